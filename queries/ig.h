/* SPDX-License-Identifier: GPL-3.0-or-later */
/* igraph behind plain arrays: a second opinion for tests and benchmarks, and a worker process's
 * tool.  One thread only: Debian's build of igraph is not thread-safe. */
#pragma once

#include "base/err.h"

/* Edges as parallel arrays; weight may be NULL where no function needs it. */
struct ig_edges {
    uint32_t n; /* nodes */
    size_t m;
    const uint32_t *src, *dst;
    const double *weight; /* >= 0 */
};

/* An igraph graph made of them.  Errors: INPUT if an edge is outside 0..n; LIMIT if igraph cannot.
 */
struct ig;
struct ig *ig_new(const struct ig_edges *edges, struct err *e) MUST_CHECK;
void ig_free(struct ig *g);
DEFINE_AUTO(ig)

/* Breadth-first search over out-edges.  Arrays of n that the caller owns, any may be NULL: `order`
 * gets the reached nodes (*reached of them), `hops` and `parent` UINT32_MAX where there is none. */
bool ig_bfs(struct ig *g, uint32_t start, uint32_t *order, size_t *reached, uint32_t *hops,
            uint32_t *parent, struct err *e) MUST_CHECK;

/* Strongly connected components: `of` gets each node's component number.  Returns: how many. */
bool ig_scc(struct ig *g, uint32_t *of, size_t *count, struct err *e) MUST_CHECK;

/* Least weight of a path from `start` to each node, INFINITY where there is none. */
bool ig_dijkstra(struct ig *g, uint32_t start, double *distance, struct err *e) MUST_CHECK;

/* Bytes of igraph's own edge index and of the weights. */
size_t ig_bytes(const struct ig *g);
