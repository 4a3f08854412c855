/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow and obvious answers about small graphs, to check the fast ones. */
#pragma once

#include "queries/filter.h"
#include "schema/rows.h"

enum { ORACLE_NODES = 64, ORACLE_FAR = 1000000000 };

/* A directed graph as a list; only edges that may be walked, with their integer cost. */
struct oracle {
    unsigned n;
    size_t m;
    struct oracle_edge {
        unsigned src, dst, cost, hop; /* hop: 0 structural, 1 not */
    } edges[1024];
};

/* What `f` lets an attacker walk in one part, with default odds; turned around if `reverse`. */
void graph_oracle_init(struct oracle *o, const struct part *part, const struct filter *f,
                       bool reverse);

/* Fewest hops to each node (ORACLE_FAR: unreached) over nodes whose `keep` is not ORACLE_FAR. */
void graph_oracle_hops(const struct oracle *o, unsigned start, const unsigned keep[],
                       unsigned hops[]);

/* Least cost to each node in at most `max_hops` hops and at most `max_cost` (ORACLE_FAR: none). */
void graph_oracle_costs(const struct oracle *o, unsigned start, unsigned max_hops,
                        unsigned max_cost, unsigned cost[]);

/* Risk from the least costs, 0..100. */
double graph_oracle_risk(const struct part *part, const unsigned cost[]);
