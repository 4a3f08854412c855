/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What query parameters say in common: the filter, nodes by name, page limits. */
#pragma once

#include "graphd/http.h"

/* Reads planes, edge_kinds, max_hops, min_probability, verdict, kinds, cluster and namespace.
 * Text is borrowed from the request.
 * Errors: INPUT naming the parameter and what it may be. */
bool query_args_filter(struct http_req *req, struct filter *out, struct err *e) MUST_CHECK;

/* The node that the parameter names, in whatever form graph_resolve takes.
 * Errors: INPUT if the parameter is missing; MISSING with near matches; CONFLICT. */
bool query_args_node(struct http_req *req, const struct graph *g, const char *param, node_ix *out,
                     struct err *e) MUST_CHECK;

/* A comma-separated list of node kinds; 0 (all of them) for NULL or "". */
bool query_args_kinds(struct http_req *req, const char *param, node_kinds *out, struct err *e)
    MUST_CHECK;

/* One page of a list. */
struct query_page {
    uint32_t limit;
    const char *position; /* of the last item of the page before; "" for the first page */
    const char *scope;    /* of cursor_make for the next page */
};

/* Reads limit (1..max) and cursor.  `names`, ended by NULL, are the parameters that make up the
 * question besides; `snapshot` is the id of the graph if a position means nothing in another, else
 * "".
 * Errors: INPUT, also for a cursor of another question. */
bool query_args_page(struct http_req *req, const char *const *names, const char *snapshot,
                     uint32_t dflt, uint32_t max, struct query_page *out, struct err *e) MUST_CHECK;

/* The page of a blast radius or an exposure: everything that query_args_filter reads is part of the
 * question, and the snapshot too. */
bool query_args_hits(struct http_req *req, const struct graph *g, struct query_page *out,
                     struct err *e) MUST_CHECK;

/* The position as a whole number, 0 for the first page.  Errors: INPUT. */
bool query_args_offset(const struct query_page *page, size_t *out, struct err *e) MUST_CHECK;

/* Where the error text begins with a JSON pointer ("/3/rule: missing"), names it as the field at
 * fault.  Returns: false, for `return query_args_blame()`. */
bool query_args_blame(struct http_req *req, const struct err *e);
