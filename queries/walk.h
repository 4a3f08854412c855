/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The searches under all queries: cheapest ways by cost, fewest hops by level. */
#pragma once

#include "queries/filter.h"
#include "queries/scratch_inside.h"

#define WALK_NO_LIMIT UINT32_MAX

/* A filter made ready for one graph and direction. */
struct walk {
    const struct graph *g;
    const struct graph_dir *d;
    uint32_t cost[GRAPH_ATTRS];
    uint64_t kinds[4];
    bool by_kind; /* kinds says which may be walked; else all may */
    bool reverse, stop_at_admin;
    uint32_t max_cost, max_hops; /* WALK_NO_LIMIT: none */
    usec deadline;
};

/* Errors: MISSING if `start` is no node; INPUT if min_probability is not in 0..1. */
bool walk_init(struct walk *w, const struct graph *g, node_ix start, bool reverse,
               const struct filter *f, const struct budget *b, struct err *e) MUST_CHECK;

/* Cheapest ways from `start`: fills marks and order of `s`, exact also under max_hops.
 * Stops early once `until` is reached (NODE_NONE: never). Errors: TIMEOUT.
 * Cost: O(reached edges); with max_hops at most max_hops times that. */
bool walk_costs(const struct walk *w, struct scratch *s, node_ix start, node_ix until,
                struct err *e) MUST_CHECK;

/* Fewest hops from `start`, breadth first: fills steps of `s`.  With `within`, only over nodes that
 * walk_costs just reached; else it begins a query of its own. Errors: TIMEOUT. */
bool walk_hops(const struct walk *w, struct scratch *s, node_ix start, bool within, struct err *e)
    MUST_CHECK;

/* Whether an allowed step leads from a node that walk_costs reached to one that it did not. */
bool walk_more(const struct walk *w, const struct scratch *s);

/* Whether the last search met an unknown edge that it might walk. */
bool walk_saw_unknown(const struct scratch *s);

/* Probability of a cost. */
double walk_p(uint32_t cost);
