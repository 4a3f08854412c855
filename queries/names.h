/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what people and runtimes call a node to the node.  Used by graph.c, whose functions are the
 * interface. */
#pragma once

#include "queries/graph.h"

/* The order of `n` keys by bytes: out[i] is the index of the i-th smallest.
 * Cost: O(n log n) comparisons of eight bytes, not of whole keys. */
void names_sort(const char *const *keys, uint32_t n, uint32_t *out);

/* The bytes of a uid that its table is keyed by: the first twelve, which a short container id has.
 */
size_t names_uid_stem(const char *uid);

/* graph_find_uid and graph_resolve of graph.h. */
size_t names_find_uid(const struct graph *g, const char *uid, node_ix *out, size_t max);
bool names_resolve(const struct graph *g, const char *text, node_ix *out, struct err *e) MUST_CHECK;
