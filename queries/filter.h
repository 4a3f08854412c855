/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a question is limited to, the same for every query. */
#pragma once

#include "queries/graph.h"

struct filter {
    /* What may be walked. */
    uint32_t planes;        /* bit = enum plane; 0 is all; HUB_MEMBER is in each of them */
    uint64_t edge_kinds[4]; /* bit = enum edge_kind; all zero is all of them */
    bool yes_only;          /* leave out unknown edges (blocked ones are never walked) */
    bool unknown_full;      /* count unknown edges in full: the upper bound */
    uint32_t max_hops;      /* attack steps; 0 is no limit */
    double min_probability; /* of the best path; 0 is no limit */
    bool stop_at_admin;     /* do not walk on from CLUSTER_ADMIN */
    /* What is reported (walked through all the same). */
    node_kinds kinds;         /* 0 is all of them */
    const char *cluster, *ns; /* NULL is any */
};

/* Time budget of a query: checked every few thousand steps. */
struct budget {
    usec deadline; /* clock_mono(); 0 is none */
};
