/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blast radius (what an attacker who holds one node can come to hold) and its reverse, exposure. */
#pragma once

#include "queries/filter.h"
#include "queries/scratch.h"

struct blast_hit {
    node_ix node;
    uint32_t hops; /* fewest attack steps from the start (structural edges are none) */
    double p;      /* of the most probable path */
};

struct blast {
    const struct blast_hit *hits;    /* without the start; best probability first, then fewest hops,
                                        then key */
    size_t count;                    /* reported ones (filter.kinds, cluster, ns) */
    size_t by_kind[NODE_KIND_LIMIT]; /* of the reported ones */
    size_t by_plane[PLANE_COUNT];    /* of the reported ones: plane of the last real step to it */
    bool complete;                   /* false: max_hops or min_probability cut something off */
};

/* Every node that `start` reaches (or that reaches it, if `reverse`).  Paths to the hits can be
 * asked for with blast_path until the next query on `s`. Errors: MISSING if `start` is no node;
 * TIMEOUT. Cost: O(reached nodes and edges); nothing proportional to the graph. */
bool blast_radius(const struct graph *g, node_ix start, bool reverse, const struct filter *f,
                  const struct budget *b, struct scratch *s, struct arena *a, struct blast *out,
                  struct err *e) MUST_CHECK;

struct path {
    const edge_ix
        *edges; /* from the source to the target, in that order, also in reverse queries */
    size_t count;
    uint32_t hops; /* real steps among them */
    double p;
};

/* The most probable path between the start of the last blast_radius on `s` and one of its hits. */
bool blast_path(const struct graph *g, const struct scratch *s, node_ix hit, struct arena *a,
                struct path *out, struct err *e) MUST_CHECK;
