/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generations in and out: bulk write by COPY and one set-based diff, bulk read by COPY. */
#pragma once

#include "schema/db.h"
#include "schema/rows.h"

struct store_diff {
    size_t added, changed, removed, same;
};

struct store_result {
    uint32_t generation; /* now current; the old one if nothing changed */
    bool changed;        /* false: a row for row identical part; nothing was written */
    struct store_diff nodes, edges, objects;
};

/* Makes `part` the current generation of its cluster, in one transaction, and notifies
 * `graph_changed` with the cluster's name.  A part equal to the current generation writes no rows.
 * Errors: BUSY if another collector holds the cluster's advisory lock; DB; INPUT if the part breaks
 * a constraint (duplicate key, edge to nowhere).
 * Cost: COPY of the part plus the diff. */
bool store_write(struct db *db, const struct part *part, struct store_result *out, struct err *e)
    MUST_CHECK;

/* What is current: one entry a cluster, by name.  *out lives in `a`. */
struct store_cluster {
    const char *name;
    uint32_t generation;
    usec taken_at;
    const char *source, *coverage;
    size_t nodes, edges, objects;
};
bool store_clusters(struct db *db, struct arena *a, struct store_cluster **out, size_t *count,
                    struct err *e) MUST_CHECK;

/* Reads the current generation of `cluster` for a snapshot (nodes and edges, no objects).  Rows
 * live in `a`, in a fixed order: nodes by key, edges by source, target and kind.
 * Errors: MISSING if there is no such cluster; DB. */
bool store_read(struct db *db, const char *cluster, struct arena *a, struct part *out,
                struct err *e) MUST_CHECK;
