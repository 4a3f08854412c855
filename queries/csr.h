/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an edge list to both directions of the CSR. */
#pragma once

#include "queries/graph_inside.h"

struct csr_edge {
    node_ix src, dst;
    text_ref evidence;
    uint8_t kind, attr;
};

/* A numbering in breadth-first order: what is walked together lies together.  Depends only on the
 * set of edges, not on their order.  Returns: new number by old one, to be freed.
 * Cost: O(nodes + edges). */
uint32_t *csr_numbering(uint32_t n, const struct csr_edge *edges, uint32_t m);

/* Fills both directions and the evidence column, each array to be freed.
 * Cost: O(nodes + edges log(largest degree)). */
void csr_build(uint32_t n, const struct csr_edge *edges, uint32_t m, struct graph_dir *out,
               struct graph_dir *in, text_ref **evidence);
