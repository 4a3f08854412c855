/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A generation of about 10,000 pods in and out of PostgreSQL, against bare COPY of the same rows.
 * Wants GRAPHD_TEST_DATABASE, a migrated or empty database that it may fill; tests/db/with_pg.sh
 * makes one. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "base/clock.h"
#include "schema/migrate.h"
#include "schema/store.h"
#include "tests/db/synthetic.h"

enum { NODES = 150000, EDGES = 300000, OBJECTS = 60000 };

static void die(const char *what, const struct err *e)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, e->msg);
    exit(EXIT_FAILURE);
}

static double seconds(usec since)
{
    return (double)(clock_mono() - since) / 1e6;
}

/* The floor: the same bytes into tables without log and index. */
static double bare_copy(struct db *db, const struct part *p)
{
    AUTO(jw) buf = jw_new();
    struct err e;
    usec begin;

    if (!db_exec(db,
                 "drop table if exists bare_node, bare_edge, bare_object;"
                 "create unlogged table bare_node (kind smallint, jewel smallint, weight float8,"
                 " key text, ns text, name text, uid text, labels jsonb, props jsonb);"
                 "create unlogged table bare_edge (src integer, dst integer, kind smallint,"
                 " class smallint, verdict smallint, evidence jsonb);"
                 "create unlogged table bare_object (resource text, ns text, name text, uid text,"
                 " trimmed jsonb)",
                 &e))
        die("tables", &e);
    begin = clock_mono();
    if (!db_copy_start(db, "copy bare_node from stdin (format binary)", &e))
        die("copy", &e);
    for (const struct node_row *n = p->nodes; n < p->nodes + p->nnodes; n++) {
        db_copy_row(db, 9);
        db_copy_int2(db, n->kind);
        db_copy_int2(db, n->jewel);
        db_copy_float8(db, n->weight);
        db_copy_text(db, n->key);
        db_copy_text(db, n->ns);
        db_copy_text(db, n->name);
        db_copy_text(db, n->uid);
        db_copy_jsonb(db, n->labels);
        db_copy_jsonb(db, n->props);
    }
    if (!db_copy_end(db, &e) || !db_copy_start(db, "copy bare_edge from stdin (format binary)", &e))
        die("copy", &e);
    for (const struct edge_row *r = p->edges; r < p->edges + p->nedges; r++) {
        db_copy_row(db, 6);
        db_copy_int4(db, (int32_t)r->src);
        db_copy_int4(db, (int32_t)r->dst);
        db_copy_int2(db, r->kind);
        db_copy_int2(db, r->class);
        db_copy_int2(db, r->verdict);
        db_copy_jsonb(db, evidence_text(p->evidence, r->evidence, buf));
    }
    if (!db_copy_end(db, &e) ||
        !db_copy_start(db, "copy bare_object from stdin (format binary)", &e))
        die("copy", &e);
    for (const struct object_row *o = p->objects; o < p->objects + p->nobjects; o++) {
        db_copy_row(db, 5);
        db_copy_text(db, o->resource);
        db_copy_text(db, o->ns);
        db_copy_text(db, o->name);
        db_copy_text(db, o->uid);
        db_copy_jsonb(db, o->json);
    }
    if (!db_copy_end(db, &e))
        die("copy", &e);
    return seconds(begin);
}

static double write_part(struct db *db, const struct part *p, size_t want_changed)
{
    struct store_result r;
    struct err e;
    usec begin = clock_mono();

    if (!store_write(db, p, &r, &e))
        die("store_write", &e);
    double took = seconds(begin);
    size_t changed = r.nodes.added + r.nodes.changed + r.edges.added + r.edges.changed +
                     r.objects.added + r.objects.changed;
    if (changed != want_changed) {
        fprintf(stderr, "bench_store: %zu rows written, want %zu\n", changed, want_changed);
        exit(EXIT_FAILURE);
    }
    return took;
}

static void print(const char *name, size_t items, double took, double floor)
{
    printf("{\"bench\":\"store/%s\",\"seconds\":%.3f,\"ns_per_item\":%.0f", name, took,
           took * 1e9 / (double)items);
    if (floor > 0)
        printf(",\"ratio_to_bare_copy\":%.2f", took / floor);
    printf("}\n");
    fflush(stdout);
}

static void open_database(struct db **db, struct err *e)
{
    const char *url = getenv("GRAPHD_TEST_DATABASE");
    struct migrate_report report;

    if (!url) {
        printf("{\"bench\":\"store\",\"skipped\":\"GRAPHD_TEST_DATABASE is not set\"}\n");
        exit(EXIT_SUCCESS);
    }
    {
        AUTO(db) bare = db_open_bare(url, e);
        if (!bare || !migrate_run(bare, &report, e))
            die("migrate", e);
    }
    *db = db_open(url, e);
    if (!*db)
        die("connect", e);
}

int main(void)
{
    struct db *opened;
    struct err e;

    open_database(&opened, &e);
    AUTO(db) db = opened;
    AUTO(arena) a = arena_new();
    struct synthetic shape = {
        arena_printf(a, "bench-%" G_GINT64_FORMAT, clock_now()), NODES, EDGES, OBJECTS, 100, 0};
    struct part first = synthetic_part(a, &shape);
    shape.round = 1;
    struct part second = synthetic_part(a, &shape);
    size_t all = NODES + EDGES + OBJECTS;

    bare_copy(db, &first); /* warm-up */
    double floor = bare_copy(db, &first);
    print("bare-copy", all, floor, 0);
    print("first-load", all, write_part(db, &first, all), floor);
    print("no-change", all, write_part(db, &first, 0), floor);
    print("one-percent", all, write_part(db, &second, all / 100), floor);

    struct part back;
    usec begin = clock_mono();
    if (!store_read(db, shape.cluster, a, &back, &e))
        die("store_read", &e);
    print("read", NODES + EDGES, seconds(begin), 0);
    return back.nnodes == NODES && back.nedges == EDGES ? EXIT_SUCCESS : EXIT_FAILURE;
}
