/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a snapshot is made of, for the files of queries/ only. */
#pragma once

#include <stdatomic.h>

#include "base/text.h"
#include "queries/graph.h"
#include "queries/names.h"

/* Class and verdict of an edge in one byte: an index into tables of GRAPH_ATTRS. */
enum { GRAPH_ATTRS = 32, GRAPH_ATTR_CLASS = 7, GRAPH_ATTR_VERDICT_SHIFT = 3 };

/* Costs are thousandths of a nat, round(-1000 ln p), so that sums are exact. */
#define GRAPH_COST_NONE UINT32_MAX

/* How unknown edges count. */
enum graph_bound { GRAPH_LOWER, GRAPH_MIDDLE, GRAPH_UPPER, GRAPH_BOUNDS };

/* One direction of the CSR.  The edges of node v are the slots row[2v] .. row[2v + 2]; those before
 * row[2v + 1] are structural.  Inside both halves: by other end, then kind. */
struct graph_dir {
    uint32_t *row;
    node_ix *to;
    uint8_t *kind, *attr;
    edge_ix *edge; /* of a slot; NULL forward, where the slot is the edge */
};

struct graph {
    atomic_uint refs;
    uint32_t n, m;
    struct graph_dir out, in;
    text_ref *evidence; /* by edge */

    /* Columns by node. */
    uint8_t *kind, *jewel;
    uint16_t *weight; /* ten-thousandths */
    uint32_t *rank;   /* place among all keys in byte order */
    text_ref *key, *ns, *name, *uid, *labels, *props, *cluster;

    node_ix *by_rank;
    node_ix *jewels;
    uint32_t *asset; /* of a jewel by its place: that of the first jewel of the same asset */
    size_t njewels;
    struct text text;
    struct probe keys, uids;

    double p[GRAPH_ATTRS];                    /* of success; 0 if blocked */
    uint32_t cost[GRAPH_BOUNDS][GRAPH_ATTRS]; /* GRAPH_COST_NONE: not walked */
    uint8_t plane[EDGE_KIND_LIMIT];           /* of a kind */
    uint64_t plane_kinds[PLANE_COUNT][4];     /* kinds of a plane */
    struct graph_part *parts;
    size_t nparts;
    struct arena *arena; /* of the parts' text */
    char id[17];
};

static inline bool graph_attr_structural(uint8_t attr)
{
    return (attr & GRAPH_ATTR_CLASS) == CLASS_STRUCTURAL;
}

static inline edge_ix graph_dir_edge(const struct graph_dir *d, uint32_t slot)
{
    return d->edge ? d->edge[slot] : slot;
}
