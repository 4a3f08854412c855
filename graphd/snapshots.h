/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The current snapshot, swapped without failing a request: a thread of its own LISTENs, reads what
 * changed and installs the new graph. */
#pragma once

#include "base/err.h"
#include "queries/graph.h"

struct snapshots;

/* Starts the thread: loads all current generations, then waits for notifications.  Loses and finds
 * the database again by itself. */
struct snapshots *snapshots_new(const char *database_url);
void snapshots_free(struct snapshots *s); /* stops the thread */
DEFINE_AUTO(snapshots)

/* A reference to the current graph, to be dropped with graph_free; NULL before the first load. */
struct graph *snapshots_take(struct snapshots *s);

/* Installs a graph as the current one (takes the reference). */
void snapshots_install(struct snapshots *s, struct graph *take_g);

/* For /readyz and /metrics. */
struct snapshots_state {
    bool loaded, database; /* database: the listening connection is up */
    usec loaded_at;        /* of the last load */
    double load_seconds;   /* it took */
    uint64_t loads, failures;
};
void snapshots_state(struct snapshots *s, struct snapshots_state *out);
