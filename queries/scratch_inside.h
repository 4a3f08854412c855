/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arrays of a scratch, for the files of queries/ only. */
#pragma once

#include "queries/graph_inside.h"
#include "queries/scratch.h"

/* Entries of one edge cost: searches push them with rising `cost`, so the queue is always sorted.
 */
struct scratch_fifo {
    struct scratch_entry {
        uint32_t item, cost; /* item: a node, or a label of a search with a hop limit */
    } * at;
    size_t head, n, cap;
};

/* How a node was reached best; all in one cache line.
 *
 * key = epoch << 35 | cost << 3 | plane of the last real step (PLANE_COUNT: none yet).  Epochs
 * fall, so a key of an older query is greater than any of this one, and "not reached yet" and
 * "reached at a higher cost" are one comparison. */
struct scratch_mark {
    uint64_t key;
    edge_ix edge;
    uint32_t from; /* node, or label of a search with a hop limit */
};

enum { SCRATCH_PLANE_BITS = 3, SCRATCH_EPOCHS = 1 << 29 };
/* PLANE_COUNT itself must fit, too. */
_Static_assert(PLANE_COUNT < 1 << SCRATCH_PLANE_BITS, "a plane fits into a key");

/* A way to a node that no other way beats in both cost and hops. */
struct scratch_label {
    node_ix node;
    uint32_t cost, hops, from; /* from: label before it */
    edge_ix edge;
    uint8_t plane;
};

struct scratch {
    size_t cap; /* nodes */

    uint32_t epoch;
    struct scratch_mark *marks;
    uint32_t *hops;
    node_ix *order; /* nodes by rising cost, the start first */
    size_t count;

    uint64_t *bits; /* all clear between queries */
    struct scratch_step *steps;
    size_t nsteps;

    struct scratch_fifo fifos[GRAPH_ATTRS];
    struct scratch_label *labels;
    size_t nlabels, cap_labels;
    uint64_t *pending; /* best label waiting at a node: hops << 32 | cost, valid if pending_epoch */
    uint32_t *pending_epoch;
    uint64_t *keys[2]; /* for sorting */
    size_t cap_keys;

    /* What the arrays hold now. */
    const struct graph *g;
    node_ix start;
    bool reverse, limited; /* limited: marks come from labels */
    uint32_t seen;         /* bit = attr of an edge that was walked */
    bool cut;              /* max_hops or min_probability turned something away */
};

/* Makes room for a graph and begins a new epoch. */
void scratch_begin(struct scratch *s, const struct graph *g);

/* Makes room for the arrays of a search with a hop limit, and for sorting `n` keys. */
void scratch_pending(struct scratch *s);
void scratch_keys(struct scratch *s, size_t n);

/* Makes a fifo longer. */
void scratch_grow(struct scratch_fifo *f);

/* Epoch and cost of a key: what marks are compared by. */
static inline uint64_t scratch_order(const struct scratch *s, uint32_t cost)
{
    return (uint64_t)s->epoch << 32 | cost;
}

static inline void scratch_mark(struct scratch *s, node_ix v, uint32_t cost, uint8_t plane,
                                edge_ix edge, uint32_t from)
{
    s->marks[v] =
        (struct scratch_mark){scratch_order(s, cost) << SCRATCH_PLANE_BITS | plane, edge, from};
}

static inline bool scratch_reached(const struct scratch *s, node_ix v)
{
    return s->marks[v].key >> (32 + SCRATCH_PLANE_BITS) == s->epoch;
}

static inline uint32_t scratch_cost(const struct scratch *s, node_ix v)
{
    return (uint32_t)(s->marks[v].key >> SCRATCH_PLANE_BITS);
}

static inline uint8_t scratch_plane(const struct scratch *s, node_ix v)
{
    return s->marks[v].key & ((1 << SCRATCH_PLANE_BITS) - 1);
}
