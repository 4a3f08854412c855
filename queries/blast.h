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
    size_t by_plane[PLANE_COUNT];    /* of the reported ones: plane of the real step nearest to it
                                        on its best path; where there is none, not counted */
    bool complete;                   /* false: max_hops or min_probability left out some node */
    bool unknown;                    /* some edge that was walked or weighed is unknown; if not, all
                                        bounds are the same */
};

/* Every node that `start` reaches (or that reaches it, if `reverse`).  Paths to the hits can be
 * asked for with blast_path until the next query on `s`.  `b` NULL is no limit.  Errors: MISSING if
 * `start` is no node; INPUT if min_probability is not in 0..1; TIMEOUT. Cost: O(reached nodes and
 * edges); nothing proportional to the graph. */
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

/* The bare reached set, in breadth-first order, the start first; in `s` until its next query. */
struct blast_set {
    const struct scratch_step *steps;
    size_t count;
};

/* Which nodes, in how few hops and through which edge; knows no probabilities, so min_probability
 * is ignored and so is what a filter reports.  Errors and cost as blast_radius, about a fifth of
 * its time. */
bool blast_reach(const struct graph *g, node_ix start, bool reverse, const struct filter *f,
                 const struct budget *b, struct scratch *s, struct blast_set *out, struct err *e)
    MUST_CHECK;
