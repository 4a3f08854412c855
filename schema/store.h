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
 * `graph_changed` with the cluster's name.  A part equal to the current generation writes no rows:
 * only the cluster's time, source and coverage are renewed, and other coverage notifies, too.
 *
 * A node keeps its id while its key and uid stay, so its edges are not written again when only its
 * labels or properties change; the same key with another uid is a new node.
 * The connection keeps the cluster's advisory lock until db_free: as long as a collector lives, no
 * second one may write its cluster.
 * Errors: BUSY if another collector holds the lock; DB; LIMIT; INPUT if the part breaks a
 * constraint (duplicate key, edge to nowhere, text that is not UTF-8 or JSON). Cost: COPY of the
 * part plus the diff, which reads the current generation once. */
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

/* The same as of `generation`; 0 is the current one.
 * Errors: MISSING if there is no such cluster or generation; DB.
 * Cost: reads every row that the cluster ever had. */
bool store_read_at(struct db *db, const char *cluster, uint32_t generation, struct arena *a,
                   struct part *out, struct err *e) MUST_CHECK;

/* Calls `row` for each object of one generation of a cluster, in no order; its text is borrowed for
 * the call.  `row` must not use `db`.
 * Errors: MISSING if there is no such cluster or generation; DB; what `row` returns.
 * Cost: one COPY; memory for one row at a time. */
bool store_objects(struct db *db, const char *cluster, uint32_t generation,
                   bool (*row)(void *arg, const struct object_row *o, size_t json_len,
                               struct err *e),
                   void *arg, struct err *e) MUST_CHECK;
