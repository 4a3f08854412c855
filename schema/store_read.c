/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generations out: two binary COPYs, then sorted and numbered in memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "schema/store.h"

enum { NODE_FIELDS = 10, EDGE_FIELDS = 6 };

struct loaded_node {
    struct node_row row;
    int64_t id;
};

struct slot {
    int64_t id; /* 0: free; ids begin at 1 */
    uint32_t ix;
};

struct reader {
    const char *cluster;
    uint32_t generation; /* 0: the current one */
    struct arena *arena;
    struct part *out;
    int64_t cluster_id;
    GArray *nodes; /* struct loaded_node */
    GArray *edges; /* struct edge_row */
    struct evidence_table *evidence;
    struct slot *slots;
    size_t mask;
};

/* Most texts of a node are empty; those cost no memory. */
static bool text(const struct reader *r, const struct db_field *f, const char **out, struct err *e)
{
    if (f->len == 0) {
        *out = "";
        return true;
    }
    if (f->len == 2 && memcmp(f->bytes, "{}", 2) == 0) {
        *out = "{}";
        return true;
    }
    return db_field_text(f, r->arena, out, e);
}

static bool small(const struct db_field *f, int64_t limit, uint8_t *out, struct err *e)
{
    int64_t v;

    if (!db_field_int(f, &v, e))
        return false;
    if (v < 0 || v >= limit)
        return err_set(e, ERR_DB,
                       "the database holds %" PRId64 " where less than %" PRId64
                       " is wanted: is it newer than this program",
                       v, limit);
    *out = (uint8_t)v;
    return true;
}

static bool take_node(void *arg, const struct db_field *f, struct err *e)
{
    struct reader *r = arg;
    struct loaded_node n;

    if (!db_field_int(&f[0], &n.id, e) || !small(&f[1], NODE_KIND_LIMIT, &n.row.kind, e) ||
        !small(&f[2], JEWEL_LIMIT, &n.row.jewel, e) || !db_field_float8(&f[3], &n.row.weight, e) ||
        !text(r, &f[4], &n.row.key, e) || !text(r, &f[5], &n.row.ns, e) ||
        !text(r, &f[6], &n.row.name, e) || !text(r, &f[7], &n.row.uid, e) ||
        !text(r, &f[8], &n.row.labels, e) || !text(r, &f[9], &n.row.props, e))
        return err_wrap(e, "node");
    g_array_append_val(r->nodes, n);
    return true;
}

static size_t home(const struct reader *r, int64_t id)
{
    return (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & r->mask;
}

static bool find(const struct reader *r, const struct db_field *f, uint32_t *ix, struct err *e)
{
    int64_t id;

    if (!db_field_int(f, &id, e))
        return false;
    for (size_t at = home(r, id); r->slots[at].id; at = (at + 1) & r->mask)
        if (r->slots[at].id == id) {
            *ix = r->slots[at].ix;
            return true;
        }
    return err_set(e, ERR_DB, "node %" PRId64 " is not in this generation", id);
}

/* Many edges have the same. */
static bool evidence(const struct reader *r, const struct db_field *f, uint32_t *out, struct err *e)
{
    if (f->len < 0)
        return err_set(e, ERR_DB, "want evidence, got null");
    *out = evidence_json(r->evidence, f->bytes, (size_t)f->len);
    return *out != EVIDENCE_NONE || err_set(e, ERR_LIMIT, "more evidence than can be numbered");
}

static bool take_edge(void *arg, const struct db_field *f, struct err *e)
{
    struct reader *r = arg;
    struct edge_row row;

    if (!find(r, &f[0], &row.src, e) || !find(r, &f[1], &row.dst, e) ||
        !small(&f[2], EDGE_KIND_LIMIT, &row.kind, e) || !small(&f[3], CLASS_COUNT, &row.class, e) ||
        !small(&f[4], VERDICT_COUNT, &row.verdict, e) || !evidence(r, &f[5], &row.evidence, e))
        return err_wrap(e, "edge");
    g_array_append_val(r->edges, row);
    return true;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct loaded_node *)a)->row.key,
                  ((const struct loaded_node *)b)->row.key);
}

/* Brings the nodes into their order and makes their ids findable. */
static void number_nodes(struct reader *r)
{
    size_t n = r->nodes->len;
    struct loaded_node *nodes = (struct loaded_node *)(void *)r->nodes->data;
    struct node_row *rows = arena_calloc(r->arena, n, sizeof(*rows));

    for (r->mask = 1; r->mask < n * 2;)
        r->mask *= 2;
    r->slots = must_calloc(r->mask--, sizeof(*r->slots));
    if (n)
        qsort(nodes, n, sizeof(*nodes), by_key);
    for (size_t i = 0; i < n; i++) {
        size_t at = home(r, nodes[i].id);
        while (r->slots[at].id)
            at = (at + 1) & r->mask;
        r->slots[at] = (struct slot){nodes[i].id, (uint32_t)i};
        rows[i] = nodes[i].row;
    }
    r->out->nodes = rows;
    r->out->nnodes = n;
}

static int by_target(const void *a, const void *b)
{
    const struct edge_row *x = a, *y = b;

    if (x->dst != y->dst)
        return x->dst < y->dst ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

/* Orders the edges: a counting sort by source, then each source's few by target and kind. */
static void order_edges(struct reader *r)
{
    size_t m = r->edges->len, n = r->out->nnodes;
    const struct edge_row *in = (const struct edge_row *)(const void *)r->edges->data;
    struct edge_row *rows = arena_calloc(r->arena, m, sizeof(*rows));
    size_t *start = must_calloc(n + 2, sizeof(*start));

    for (size_t i = 0; i < m; i++)
        start[in[i].src + 2]++;
    for (size_t v = 2; v < n + 2; v++)
        start[v] += start[v - 1];
    for (size_t i = 0; i < m; i++)
        rows[start[in[i].src + 1]++] = in[i];
    for (size_t v = 0; v < n; v++)
        if (start[v + 1] - start[v] > 1)
            qsort(rows + start[v], start[v + 1] - start[v], sizeof(*rows), by_target);
    free(start);
    r->out->edges = rows;
    r->out->evidence = r->evidence;
    r->out->nedges = m;
}

static bool read_head(struct db *db, struct reader *r, struct err *e)
{
    char number[16];
    const char *const params[] = {r->cluster, number};

    snprintf(number, sizeof(number), "%u", r->generation);
    AUTO(db_rows)
    h = db_query(db, r->generation ? SQL_GENERATION_GET : SQL_CLUSTER_GET, params, e);
    if (!h)
        return false;
    if (!db_rows_count(h))
        return r->generation ? err_set(e, ERR_MISSING, "it has no generation %u", r->generation)
                             : err_set(e, ERR_MISSING, "there is no such cluster");
    r->cluster_id = db_rows_int(h, 0, 0);
    *r->out = (struct part){.cluster = arena_strdup(r->arena, r->cluster),
                            .generation = (uint32_t)db_rows_int(h, 0, 1),
                            .source = arena_strdup(r->arena, db_rows_text(h, 0, 2)),
                            .coverage = arena_strdup(r->arena, db_rows_text(h, 0, 3)),
                            .taken_at = db_rows_int(h, 0, 4)};
    return true;
}

/* COPY takes no parameters; what is put into its text are numbers of our own. */
static bool copy_out(struct db *db, struct reader *r, const char *columns, const char *table,
                     uint16_t nfields, bool (*row)(void *, const struct db_field *, struct err *),
                     struct err *e)
{
    g_autofree char *when =
        r->generation ? g_strdup_printf("valid_from <= %u and (valid_to is null or valid_to > %u)",
                                        r->generation, r->generation)
                      : g_strdup("valid_to is null");
    g_autofree char *sql =
        g_strdup_printf("copy (select %s from %s where cluster_id = %" PRId64 " and %s)"
                        " to stdout (format binary)",
                        columns, table, r->cluster_id, when);

    return db_copy_out(db, sql, nfields, row, r, e);
}

static bool read_part(struct db *db, void *arg, struct err *e)
{
    struct reader *r = arg;

    if (!db_exec(db,
                 "set transaction isolation level repeatable read, read only;"
                 "set local statement_timeout = '10min'",
                 e) ||
        !read_head(db, r, e) ||
        !copy_out(db, r, "id, kind, jewel, weight, key, ns, name, uid, labels::text, props::text",
                  "node", NODE_FIELDS, take_node, e))
        return false;
    number_nodes(r);
    if (!copy_out(db, r, "src, dst, kind, class, verdict, evidence::text", "edge", EDGE_FIELDS,
                  take_edge, e))
        return false;
    order_edges(r);
    evidence_seal(r->evidence);
    return true;
}

bool store_read_at(struct db *db, const char *cluster, uint32_t generation, struct arena *a,
                   struct part *out, struct err *e)
{
    struct reader r = {.cluster = cluster,
                       .generation = generation,
                       .arena = a,
                       .out = out,
                       .evidence = evidence_new(a),
                       .nodes = g_array_new(FALSE, FALSE, sizeof(struct loaded_node)),
                       .edges = g_array_new(FALSE, FALSE, sizeof(struct edge_row))};
    bool ok = db_tx(db, read_part, &r, e) || err_wrap(e, "cluster %.100s", cluster);

    g_array_free(r.nodes, TRUE);
    g_array_free(r.edges, TRUE);
    free(r.slots);
    return ok;
}

bool store_read(struct db *db, const char *cluster, struct arena *a, struct part *out,
                struct err *e)
{
    return store_read_at(db, cluster, 0, a, out, e);
}
