/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generations: a part goes into temporary tables by COPY, is compared with the current rows there,
 * and what differs is written; all in one transaction. */
#include "schema/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "schema/sip.h"

/* Each statement of the comparison reads both sides whole, and the planner knows neither temporary
 * tables nor a cluster loaded a second ago: a nested loop chosen on a wrong guess would take hours.
 */
static const char settings_sql[] = "set local statement_timeout = '30min';"
                                   "set local work_mem = '256MB';"
                                   "set local maintenance_work_mem = '256MB';"
                                   "set local enable_nestloop = off";

/* Where a part lies while it is compared.  The views name the partitions of the cluster so
 * that the statements need not: a partition is written directly, before it is attached as well. */
static const char stage_sql[] =
    "create temp table if not exists node_stage (ix integer not null, kind smallint not null,"
    "    jewel smallint not null, weight double precision not null, key_id uuid not null,"
    "    content uuid not null, key text not null, ns text not null, name text not null,"
    "    uid text not null, labels text not null, props text not null) on commit delete rows;"
    "create temp table if not exists node_map (ix integer not null, id bigint not null,"
    "    old_id bigint, same boolean not null) on commit delete rows;"
    "create temp table if not exists edge_stage (src bigint not null, dst bigint not null,"
    "    kind smallint not null, class smallint not null, verdict smallint not null,"
    "    content uuid not null, evidence text not null) on commit delete rows;"
    "create temp table if not exists object_stage (key_id uuid not null, content uuid not null,"
    "    resource text not null, ns text not null, name text not null, uid text not null,"
    "    trimmed text not null) on commit delete rows;"
    "create or replace temp view own_object as select * from public.object_%s;"
    "create or replace temp view own_node as select * from public.node_%s;"
    "create or replace temp view own_edge as select * from public.edge_%s";

struct id {
    uint8_t bytes[16];
};

struct writer {
    const struct part *part;
    struct store_result *out;
    struct arena *arena;
    struct id *node_ids, *object_ids;
    int64_t *node_rows; /* the database's id of each node */
    uint8_t secret[16];
    char cluster_id[16], generation[16]; /* as parameters; the generation that is being made */
    uint32_t current;
    bool same_coverage;
};

static uint64_t id_word(const struct id *id)
{
    uint64_t w;

    memcpy(&w, id->bytes, sizeof(w));
    return w;
}

/* Whether all ids differ; else *dup is one that was there before.  The ids are secret hashes, so
 * nobody can fill one corner of the table. */
static bool all_differ(struct arena *a, const struct id *ids, size_t n, size_t *dup)
{
    size_t mask = 1;

    while (mask < n * 2)
        mask *= 2;
    uint32_t *table = arena_calloc(a, mask--, sizeof(*table)); /* index + 1, 0: free */
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)id_word(&ids[i]) & mask;
        for (; table[at]; at = (at + 1) & mask)
            if (memcmp(&ids[table[at] - 1], &ids[i], sizeof(ids[i])) == 0) {
                *dup = i;
                return false;
            }
        table[at] = (uint32_t)i + 1;
    }
    return true;
}

static bool check_nodes(struct writer *w, struct err *e)
{
    const struct part *p = w->part;
    size_t dup;

    w->node_ids = arena_alloc(w->arena, p->nnodes * sizeof(*w->node_ids));
    for (size_t i = 0; i < p->nnodes; i++) {
        const struct node_row *n = &p->nodes[i];
        struct sip s;

        if (!kinds_node(n->kind) || (n->jewel && !kinds_jewel(n->jewel)))
            return err_set(e, ERR_INPUT, "node %zu: no such kind or jewel: %u, %u", i, n->kind,
                           n->jewel);
        if (!(n->weight >= 0 && n->weight <= 1))
            return err_set(e, ERR_INPUT, "node %zu: weight %g is outside 0..1", i, n->weight);
        sip_init(&s, w->secret);
        sip_text(&s, n->key);
        sip_done(&s, w->node_ids[i].bytes);
    }
    return all_differ(w->arena, w->node_ids, p->nnodes, &dup) ||
           err_set(e, ERR_INPUT, "node %zu: its key is there twice: %.150s", dup,
                   p->nodes[dup].key);
}

static bool check_edges(struct writer *w, struct err *e)
{
    const struct part *p = w->part;
    struct id *ids = arena_alloc(w->arena, p->nedges * sizeof(*ids));
    size_t dup;

    for (size_t i = 0; i < p->nedges; i++) {
        const struct edge_row *r = &p->edges[i];
        struct sip s;

        if (r->src >= p->nnodes || r->dst >= p->nnodes)
            return err_set(e, ERR_INPUT, "edge %zu: %u to %u, but there are %zu nodes", i, r->src,
                           r->dst, p->nnodes);
        if (!kinds_edge(r->kind) || r->class >= CLASS_COUNT || r->verdict >= VERDICT_COUNT)
            return err_set(e, ERR_INPUT, "edge %zu: no such kind, class or verdict: %u, %u, %u", i,
                           r->kind, r->class, r->verdict);
        sip_init(&s, w->secret);
        sip_add(&s, &r->src, sizeof(r->src));
        sip_add(&s, &r->dst, sizeof(r->dst));
        sip_add(&s, &r->kind, sizeof(r->kind));
        sip_done(&s, ids[i].bytes);
    }
    return all_differ(w->arena, ids, p->nedges, &dup) ||
           err_set(e, ERR_INPUT, "edge %zu: %s from %.90s to %.90s is there twice", dup,
                   kinds_edge(p->edges[dup].kind)->label, p->nodes[p->edges[dup].src].key,
                   p->nodes[p->edges[dup].dst].key);
}

static bool check_objects(struct writer *w, struct err *e)
{
    const struct part *p = w->part;
    size_t dup;

    w->object_ids = arena_alloc(w->arena, p->nobjects * sizeof(*w->object_ids));
    for (size_t i = 0; i < p->nobjects; i++) {
        const struct object_row *o = &p->objects[i];
        struct sip s;

        sip_init(&s, w->secret);
        sip_text(&s, o->resource);
        sip_text(&s, o->ns);
        sip_text(&s, o->name);
        sip_done(&s, w->object_ids[i].bytes);
    }
    return all_differ(w->arena, w->object_ids, p->nobjects, &dup) ||
           err_set(e, ERR_INPUT, "object %zu: %.40s %.80s/%.80s is there twice", dup,
                   p->objects[dup].resource, p->objects[dup].ns, p->objects[dup].name);
}

static struct id node_content(const struct writer *w, const struct node_row *n)
{
    uint8_t head[10] = {n->kind, n->jewel};
    struct sip s;
    struct id id;

    memcpy(head + 2, &n->weight, sizeof(n->weight));
    sip_init(&s, w->secret);
    sip_add(&s, head, sizeof(head));
    sip_text(&s, n->ns);
    sip_text(&s, n->name);
    sip_text(&s, n->uid);
    sip_text(&s, n->labels);
    sip_text(&s, n->props);
    sip_done(&s, id.bytes);
    return id;
}

static bool copy_nodes(struct db *db, const struct writer *w, struct err *e)
{
    const struct part *p = w->part;

    if (!db_copy_start(db, "copy node_stage from stdin (format binary)", e))
        return false;
    for (size_t i = 0; i < p->nnodes; i++) {
        const struct node_row *n = &p->nodes[i];
        struct id content = node_content(w, n);

        db_copy_row(db, 12);
        db_copy_int4(db, (int32_t)i);
        db_copy_int2(db, n->kind);
        db_copy_int2(db, n->jewel);
        db_copy_float8(db, n->weight);
        db_copy_uuid(db, w->node_ids[i].bytes);
        db_copy_uuid(db, content.bytes);
        db_copy_text(db, n->key);
        db_copy_text(db, n->ns);
        db_copy_text(db, n->name);
        db_copy_text(db, n->uid);
        db_copy_text(db, n->labels);
        db_copy_text(db, n->props);
    }
    return db_copy_end(db, e);
}

static bool copy_edges(struct db *db, const struct writer *w, struct err *e)
{
    const struct part *p = w->part;

    AUTO(jw) buf = jw_new();

    if (!db_copy_start(db, "copy edge_stage from stdin (format binary)", e))
        return false;
    for (size_t i = 0; i < p->nedges; i++) {
        const struct edge_row *r = &p->edges[i];
        const char *evidence = evidence_text(p->evidence, r->evidence, buf);
        const uint8_t head[] = {r->class, r->verdict};
        struct sip s;
        struct id content;

        sip_init(&s, w->secret);
        sip_add(&s, head, sizeof(head));
        sip_text(&s, evidence);
        sip_done(&s, content.bytes);
        db_copy_row(db, 7);
        db_copy_int8(db, w->node_rows[r->src]);
        db_copy_int8(db, w->node_rows[r->dst]);
        db_copy_int2(db, r->kind);
        db_copy_int2(db, r->class);
        db_copy_int2(db, r->verdict);
        db_copy_uuid(db, content.bytes);
        db_copy_text(db, evidence);
    }
    return db_copy_end(db, e);
}

static bool copy_objects(struct db *db, const struct writer *w, struct err *e)
{
    const struct part *p = w->part;

    if (!db_copy_start(db, "copy object_stage from stdin (format binary)", e))
        return false;
    for (size_t i = 0; i < p->nobjects; i++) {
        const struct object_row *o = &p->objects[i];
        struct sip s;
        struct id content;

        sip_init(&s, w->secret);
        sip_text(&s, o->uid);
        sip_text(&s, o->json);
        sip_done(&s, content.bytes);
        db_copy_row(db, 7);
        db_copy_uuid(db, w->object_ids[i].bytes);
        db_copy_uuid(db, content.bytes);
        db_copy_text(db, o->resource);
        db_copy_text(db, o->ns);
        db_copy_text(db, o->name);
        db_copy_text(db, o->uid);
        db_copy_text(db, o->json);
    }
    return db_copy_end(db, e);
}

static bool run(struct db *db, enum sql_stmt stmt, const char *const *params, size_t *count,
                struct err *e)
{
    AUTO(db_rows) r = db_query(db, stmt, params, e);

    if (r && count)
        *count = db_rows_count(r);
    return r != NULL;
}

static bool take_id(void *arg, const struct db_field *f, struct err *e)
{
    struct writer *w = arg;
    int64_t ix, id;

    if (!db_field_int(&f[0], &ix, e) || !db_field_int(&f[1], &id, e))
        return false;
    if (ix < 0 || (size_t)ix >= w->part->nnodes)
        return err_set(e, ERR_DB, "there is no staged node %" PRId64, ix);
    w->node_rows[ix] = id;
    return true;
}

/* Ties the staged nodes to ids, which the edges need. */
static bool match_nodes(struct db *db, struct writer *w, struct err *e)
{
    w->node_rows = arena_calloc(w->arena, w->part->nnodes, sizeof(*w->node_rows));
    return run(db, SQL_STAGE_NODE_MATCH, NULL, NULL, e) &&
           db_copy_out(db, "copy node_map (ix, id) to stdout (format binary)", 2, take_id, w, e);
}

/* Ends the rows that differ, then writes those that are missing. */
static bool diff(struct db *db, const struct writer *w, enum sql_stmt close, enum sql_stmt insert,
                 size_t staged, struct store_diff *out, struct err *e)
{
    const char *const params[] = {w->generation, w->cluster_id};
    size_t closed, written;

    AUTO(db_rows) r = db_query(db, close, params, e);
    if (!r || !run(db, insert, params, &written, e))
        return false;
    closed = (size_t)db_rows_int(r, 0, 0);
    out->changed = (size_t)db_rows_int(r, 0, 1);
    out->removed = closed - out->changed;
    out->added = written - out->changed;
    out->same = staged - written;
    return true;
}

static bool differs(const struct store_diff *d)
{
    return d->added || d->changed || d->removed;
}

/* Closes the transaction's work: a generation if anything differs, and when the cluster was seen.
 */
static bool finish(struct db *db, struct writer *w, struct err *e)
{
    const struct part *p = w->part;
    char taken[24], nodes[24], edges[24], objects[24], current[16];

    w->out->changed = differs(&w->out->nodes) || differs(&w->out->edges) ||
                      differs(&w->out->objects) || w->current == 0;
    w->out->generation = w->out->changed ? w->current + 1 : w->current;
    snprintf(taken, sizeof(taken), "%" PRId64, p->taken_at);
    snprintf(current, sizeof(current), "%u", w->out->generation);
    if (w->out->changed) {
        snprintf(nodes, sizeof(nodes), "%zu", p->nnodes);
        snprintf(edges, sizeof(edges), "%zu", p->nedges);
        snprintf(objects, sizeof(objects), "%zu", p->nobjects);
        const char *const row[] = {w->cluster_id, current, p->source, taken,
                                   nodes,         edges,   objects,   p->coverage};
        if (!run(db, SQL_GENERATION_ADD, row, NULL, e))
            return false;
    }
    const char *const seen[] = {w->cluster_id, current, p->source, p->coverage, taken};
    if (!run(db, SQL_CLUSTER_SEEN, seen, NULL, e))
        return false;
    /* What could not be read belongs to every answer, so listeners must hear of it as well. */
    return (!w->out->changed && w->same_coverage) ||
           run(db, SQL_CLUSTER_NOTIFY, &p->cluster, NULL, e);
}

static bool read_state(struct db *db, struct writer *w, struct err *e)
{
    const char *const params[] = {w->cluster_id, w->part->coverage};
    AUTO(db_rows) r = db_query(db, SQL_CLUSTER_STATE, params, e);

    if (!r)
        return false;
    w->current = (uint32_t)db_rows_int(r, 0, 0);
    w->same_coverage = strcmp(db_rows_text(r, 0, 2), "t") == 0;
    snprintf(w->generation, sizeof(w->generation), "%u", w->current + 1);
    const char *hex = db_rows_text(r, 0, 1);
    for (size_t i = 0; i < sizeof(w->secret); i++)
        w->secret[i] =
            (uint8_t)(g_ascii_xdigit_value(hex[i * 2]) * 16 + g_ascii_xdigit_value(hex[i * 2 + 1]));
    return true;
}

static bool prepare(struct db *db, struct writer *w, struct err *e)
{
    g_autofree char *stage =
        g_strdup_printf(stage_sql, w->cluster_id, w->cluster_id, w->cluster_id);

    return db_exec(db, settings_sql, e) && db_exec(db, stage, e) && read_state(db, w, e) &&
           check_nodes(w, e) && check_edges(w, e) && check_objects(w, e);
}

static bool write_part(struct db *db, void *arg, struct err *e)
{
    struct writer *w = arg;
    const struct part *p = w->part;
    struct store_result *out = w->out;
    const char *const id[] = {w->cluster_id};

    if (!prepare(db, w, e) || !copy_nodes(db, w, e) || !match_nodes(db, w, e) ||
        !copy_edges(db, w, e) || !copy_objects(db, w, e))
        return false;
    if (!diff(db, w, SQL_STAGE_NODE_CLOSE, SQL_STAGE_NODE_INSERT, p->nnodes, &out->nodes, e) ||
        !diff(db, w, SQL_STAGE_EDGE_CLOSE, SQL_STAGE_EDGE_INSERT, p->nedges, &out->edges, e) ||
        !diff(db, w, SQL_STAGE_OBJECT_CLOSE, SQL_STAGE_OBJECT_INSERT, p->nobjects, &out->objects,
              e))
        return false;
    if (w->current == 0 && !run(db, SQL_CLUSTER_ATTACH, id, NULL, e))
        return false;
    return finish(db, w, e);
}

/* The cluster's id, and its lock for this connection. */
static bool take_cluster(struct db *db, const char *name, char id[16], struct err *e)
{
    AUTO(db_rows) made = db_query(db, SQL_CLUSTER_OPEN, &name, e);

    if (!made)
        return false;
    snprintf(id, 16, "%s", db_rows_text(made, 0, 0));
    const char *const params[] = {id};
    AUTO(db_rows) taken = db_query(db, SQL_CLUSTER_LOCK, params, e);
    if (!taken)
        return false;
    return strcmp(db_rows_text(taken, 0, 0), "t") == 0 ||
           err_set(e, ERR_BUSY, "another collector is at work");
}

bool store_write(struct db *db, const struct part *part, struct store_result *out, struct err *e)
{
    AUTO(arena) a = arena_new();
    struct writer w = {.part = part, .out = out, .arena = a};

    if (part->nnodes > INT32_MAX || part->nedges > INT32_MAX || part->nobjects > INT32_MAX)
        return err_set(e, ERR_LIMIT, "cluster %.100s: more rows than a generation may have",
                       part->cluster);
    if (!take_cluster(db, part->cluster, w.cluster_id, e) || !db_tx(db, write_part, &w, e))
        return err_wrap(e, "cluster %.100s", part->cluster);
    return true;
}

bool store_clusters(struct db *db, struct arena *a, struct store_cluster **out, size_t *count,
                    struct err *e)
{
    AUTO(db_rows) r = db_query(db, SQL_CLUSTER_LIST, NULL, e);

    if (!r)
        return false;
    *count = db_rows_count(r);
    *out = arena_calloc(a, *count, sizeof(**out));
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct store_cluster){
            .name = arena_strdup(a, db_rows_text(r, i, 0)),
            .generation = (uint32_t)db_rows_int(r, i, 1),
            .taken_at = db_rows_int(r, i, 2),
            .source = arena_strdup(a, db_rows_text(r, i, 3)),
            .coverage = arena_strdup(a, db_rows_text(r, i, 4)),
            .nodes = (size_t)db_rows_int(r, i, 5),
            .edges = (size_t)db_rows_int(r, i, 6),
            .objects = (size_t)db_rows_int(r, i, 7),
        };
    return true;
}
