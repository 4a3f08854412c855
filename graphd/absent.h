/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which edges could be there and are not, between what a person calls FROM and TO. */
#pragma once

#include "graphd/http.h"
#include "ingest/derive/missing.h"

/* One kind of edge that is not there. */
struct absent_item {
    enum edge_kind kind;
    node_ix from, to; /* the pair that comes nearest; NODE_NONE in `to` for an end without a node */
    struct rule_why why;
};

struct absent {
    const struct absent_item *items; /* nearest first, then by label; one for each kind */
    size_t count;
    bool truncated; /* more pairs than are asked */
};

/* Asks about `kind`, or about all kinds if it is EDGE_KIND_NONE.  FROM stands for itself and for
 * what it is without a step worth asking about: the containers of a pod, their volumes, the account
 * whose token they have, the groups and rights of an identity.  TO stands for itself, for the sets
 * that hold it, and a pod for its containers and ports.
 * `m` NULL: nothing but the kinds of nodes is known.
 * Errors: TIMEOUT at the request's deadline. */
bool absent_ask(struct http_req *req, struct missing *m, node_ix from, node_ix to,
                enum edge_kind kind, struct absent *out, struct err *e) MUST_CHECK;

/* The edges (of `kind`, or all) from what FROM stands for to what TO stands for, blocked ones too,
 * without those that make FROM stand for more.  Returns: how many, at most `max`. */
size_t absent_nearby(struct http_req *req, node_ix from, node_ix to, enum edge_kind kind,
                     edge_ix *out, size_t max);
