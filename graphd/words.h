/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the graph knows, in sentences that a ticket can quote.  All text lives in `a`. */
#pragma once

#include "ingest/derive/rule.h"
#include "queries/graph.h"

/* "container web of Pod shop/web-1", "the rights that RoleBinding shop/readers grants", "all
 * Secrets of namespace shop". */
const char *words_node(struct arena *a, const struct graph *g, node_ix n);

/* What makes an edge true, then what follows: "Pod shop/web: ... (spec.hostPID). Therefore ...".
 * An unknown or blocked edge ends with the missing input or the control. */
const char *words_edge(struct arena *a, const struct graph *g, edge_ix e);

/* What decides a verdict other than yes: the last reason of the evidence; NULL if there is none. */
const char *words_decides(struct arena *a, const struct graph *g, edge_ix e);

/* The rule and version that drew an edge, "pod_exec@2"; NULL if the evidence does not say. */
const char *words_rule(struct arena *a, const struct graph *g, edge_ix e);

/* The first failing precondition, and that therefore there is no such edge. */
const char *words_missing(struct arena *a, const struct graph *g, node_ix from, node_ix to,
                          enum edge_kind kind, const struct rule_why *why);

/* Where the page of a kind is: "docs/edges/POD_EXEC.md". */
const char *words_page(struct arena *a, enum edge_kind kind);
