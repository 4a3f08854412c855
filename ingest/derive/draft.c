/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The draft graph: growing arrays of nodes and edges, which two tables find, and all text once.
 *
 * A cluster of 100,000 pods has millions of edges, so what is kept of each is sixteen bytes: its
 * evidence is a number (schema/evidence.h). */
#include "ingest/derive/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/jw.h"
#include "base/probe.h"
#include "schema/key.h"

#define NONE UINT32_MAX

/* What tells nodes apart; `sub` NONE if there is none. */
struct identity {
    text_ref ns, name, sub;
    uint32_t kind;
};

struct dnode {
    struct identity id;
    text_ref shown, uid, labels, props;
    uint32_t jewel;
    uint32_t object; /* where its text is in `objects`; 0 for none */
    double weight;
};

/* An object of which many edges speak. */
struct object {
    const char *uid;         /* as its facts have it */
    text_ref text, uid_text; /* uid_text UNSAID if it has none */
    char chars[];
};

enum { OBJECT_UNIT = _Alignof(struct object) };

struct draft {
    struct arena *arena;
    const char *cluster;
    struct evidence_table *evidence;
    struct text *text; /* of `evidence` */
    struct probe node_index, edge_index;
    GArray *nodes, *edges; /* struct dnode, struct edge_row */
    char *objects;         /* struct object after struct object, in units of OBJECT_UNIT */
    size_t objects_used, objects_room;
    struct jw *w;
    text_ref no_object; /* "{}" */
    /* A pod and its containers share one array of labels. */
    const struct label *last_labels;
    struct label last_label; /* the last of them, to know an array that was filled anew */
    size_t nlast_labels;
    text_ref last_labels_text;
    struct evidence_piece last; /* with the rule that is drawing; what was said last is often said
                                   again */
};

struct draft *draft_new(struct arena *a, const char *cluster)
{
    struct draft *d = must_calloc(1, sizeof(*d));

    d->arena = a;
    d->cluster = arena_strdup(a, cluster);
    d->evidence = evidence_new(a);
    d->text = evidence_texts(d->evidence);
    probe_init(&d->node_index, 1024);
    probe_init(&d->edge_index, 1024);
    d->nodes = g_array_new(FALSE, FALSE, sizeof(struct dnode));
    d->edges = g_array_new(FALSE, FALSE, sizeof(struct edge_row));
    d->w = jw_new();
    d->no_object = text_intern(d->text, "{}");
    draft_set_rule(d, NULL, 0);
    return d;
}

void draft_free(struct draft *d)
{
    if (!d)
        return;
    probe_done(&d->node_index);
    probe_done(&d->edge_index);
    g_array_free(d->nodes, TRUE);
    g_array_free(d->edges, TRUE);
    free(d->objects);
    jw_free(d->w);
    free(d);
}

static struct dnode *node_at(const struct draft *d, uint32_t ix)
{
    assert(ix < d->nodes->len);
    return &g_array_index(d->nodes, struct dnode, ix);
}

/* The node with that identity; NONE if there is none. */
static uint32_t find_node(const struct draft *d, const struct identity *id, uint32_t hash)
{
    size_t at = SIZE_MAX;
    uint32_t ix;

    while ((ix = probe_next(&d->node_index, hash, &at)) != PROBE_NONE)
        if (memcmp(&node_at(d, ix)->id, id, sizeof(*id)) == 0)
            break;
    return ix;
}

static uint32_t identity_hash(const struct draft *d, const struct identity *id)
{
    return probe_hash(&d->node_index, (const char *)id, sizeof(*id));
}

uint32_t draft_node_sub(struct draft *d, enum node_kind kind, const char *ns, const char *name,
                        const char *sub)
{
    struct identity id = {.ns = text_intern(d->text, ns),
                          .name = text_intern(d->text, name),
                          .sub = sub ? text_intern(d->text, sub) : NONE,
                          .kind = kind};
    uint32_t hash = identity_hash(d, &id), ix = find_node(d, &id, hash);

    if (ix != NONE)
        return ix;
    assert(kinds_node(kind));
    struct dnode n = {
        .id = id, .shown = sub ? id.sub : id.name, .labels = d->no_object, .props = d->no_object};
    ix = d->nodes->len;
    assert(ix < NONE);
    g_array_append_val(d->nodes, n);
    probe_add(&d->node_index, hash, ix);
    return ix;
}

uint32_t draft_node(struct draft *d, enum node_kind kind, const char *ns, const char *name)
{
    return draft_node_sub(d, kind, ns, name, NULL);
}

uint32_t draft_find(const struct draft *d, enum node_kind kind, const char *ns, const char *name)
{
    struct identity id = {.sub = NONE, .kind = kind};

    if (!text_find(d->text, ns, &id.ns) || !text_find(d->text, name, &id.name))
        return NONE;
    return find_node(d, &id, identity_hash(d, &id));
}

void draft_set_uid(struct draft *d, uint32_t node, const char *uid)
{
    node_at(d, node)->uid = text_intern(d->text, uid);
}

void draft_set_name(struct draft *d, uint32_t node, const char *name)
{
    struct dnode *n = node_at(d, node);

    if (strcmp(name, text_get(d->text, n->shown)) != 0)
        n->shown = text_intern(d->text, name);
}

void draft_set_labels(struct draft *d, uint32_t node, const struct label *labels, size_t n)
{
    if (n == 0)
        return;
    if (labels == d->last_labels && n == d->nlast_labels &&
        labels[n - 1].key == d->last_label.key && labels[n - 1].value == d->last_label.value) {
        node_at(d, node)->labels = d->last_labels_text;
        return;
    }
    jw_reset(d->w);
    jw_obj(d->w);
    for (size_t i = 0; i < n; i++)
        jw_key_str(d->w, labels[i].key, labels[i].value);
    jw_end_obj(d->w);
    d->last_labels = labels;
    d->last_label = labels[n - 1];
    d->nlast_labels = n;
    d->last_labels_text = text_intern(d->text, jw_text(d->w));
    node_at(d, node)->labels = d->last_labels_text;
}

void draft_set_props(struct draft *d, uint32_t node, const char *json)
{
    node_at(d, node)->props = text_intern(d->text, json);
}

void draft_set_jewel(struct draft *d, uint32_t node, enum jewel jewel, double weight)
{
    struct dnode *n = node_at(d, node);
    bool had_say = n->jewel == JEWEL_CUSTOMER, has_say = jewel == JEWEL_CUSTOMER;

    if (had_say == has_say ? weight <= n->weight : had_say)
        return;
    n->jewel = jewel;
    n->weight = weight;
}

void draft_set_rule(struct draft *d, const char *name, unsigned version)
{
    char rule[64];

    d->last.rule = EVIDENCE_UNSAID;
    if (!name)
        return;
    g_snprintf(rule, sizeof(rule), "%s.%u", name, version);
    d->last.rule = text_intern(d->text, rule);
}

/* The reference of a text that is often the same as *last, which becomes it. */
static text_ref said(struct draft *d, text_ref *last, const char *s)
{
    if (!s)
        return EVIDENCE_UNSAID;
    if (strcmp(text_get(d->text, *last), s) != 0)
        *last = text_intern(d->text, s);
    return *last;
}

/* Bytes of an object whose text has that length. */
static size_t object_size(size_t len)
{
    return (sizeof(struct object) + len + OBJECT_UNIT) / OBJECT_UNIT * OBJECT_UNIT;
}

void draft_objects_room(struct draft *d, size_t objects, size_t text_bytes)
{
    assert(!d->objects);
    d->objects_room = OBJECT_UNIT + objects * object_size(0) + text_bytes;
    d->objects = must_malloc(d->objects_room);
    d->objects_used = OBJECT_UNIT; /* 0 is none */
}

void draft_object_add(struct draft *d, uint32_t node, const char *text, const char *uid)
{
    size_t len = strlen(text), size = object_size(len);
    struct object *o = (struct object *)(void *)(d->objects + d->objects_used);

    assert(size <= d->objects_room - d->objects_used);
    node_at(d, node)->object = (uint32_t)(d->objects_used / OBJECT_UNIT);
    d->objects_used += size;
    o->uid = uid;
    o->text = text_intern(d->text, text);
    o->uid_text = *uid ? text_intern(d->text, uid) : EVIDENCE_UNSAID;
    memcpy(o->chars, text, len + 1);
}

const char *draft_object(const struct draft *d, uint32_t node)
{
    size_t at = (size_t)node_at(d, node)->object * OBJECT_UNIT;

    return at ? ((const struct object *)(const void *)(d->objects + at))->chars : NULL;
}

/* The object whose text this is; NULL if it is any other text. */
static const struct object *object_of(const struct draft *d, const char *text)
{
    uintptr_t at = (uintptr_t)text - (uintptr_t)d->objects;

    if (!d->objects || at >= d->objects_used)
        return NULL;
    return (const struct object *)(const void *)(text - offsetof(struct object, chars));
}

static uint32_t add_evidence(struct draft *d, uint32_t list, const struct evidence *ev, size_t nev)
{
    for (size_t i = 0; i < nev; i++) {
        const struct object *o = object_of(d, ev[i].object);
        const char *uid = ev[i].uid && *ev[i].uid ? ev[i].uid : NULL;
        bool own = o && o->uid == uid;
        struct evidence_piece piece = {.object =
                                           o ? o->text : said(d, &d->last.object, ev[i].object),
                                       .uid = own ? o->uid_text : said(d, &d->last.uid, uid),
                                       .rule = d->last.rule,
                                       .field = said(d, &d->last.field, ev[i].field),
                                       .reason = said(d, &d->last.reason, ev[i].reason)};

        list = evidence_with(d->evidence, list, &piece);
    }
    return list;
}

static struct edge_row *edge_at(const struct draft *d, uint32_t ix)
{
    return &g_array_index(d->edges, struct edge_row, ix);
}

static uint32_t edge_hash(const struct draft *d, const struct edge_row *e)
{
    const uint32_t key[] = {e->src, e->dst, e->kind};

    return probe_hash(&d->edge_index, (const char *)key, sizeof(key));
}

/* The edge between the same nodes of the same kind; NULL if there is none. */
static struct edge_row *find_edge(const struct draft *d, const struct edge_row *like, uint32_t hash)
{
    size_t at = SIZE_MAX;
    uint32_t ix;

    while ((ix = probe_next(&d->edge_index, hash, &at)) != PROBE_NONE) {
        struct edge_row *e = edge_at(d, ix);

        if (e->src == like->src && e->dst == like->dst && e->kind == like->kind)
            return e;
    }
    return NULL;
}

/* Smaller is better: first the verdict, then the class. */
static int rank(const struct edge_row *e)
{
    return e->verdict * CLASS_COUNT + e->class;
}

void draft_edge(struct draft *d, uint32_t src, uint32_t dst, enum edge_kind kind,
                enum edge_class class, enum verdict verdict, const struct evidence *ev, size_t nev)
{
    struct edge_row want = {.src = src,
                            .dst = dst,
                            .kind = (uint8_t)kind,
                            .class = (uint8_t) class,
                            .verdict = (uint8_t)verdict};
    const struct edge_kind_info *info = kinds_edge(kind);

    assert(info && info->from >> draft_kind(d, src) & 1);
    assert(info->to >> draft_kind(d, dst) & 1);
    assert(class < CLASS_COUNT && verdict < VERDICT_COUNT);
    if (src == dst)
        return;

    uint32_t hash = edge_hash(d, &want);
    struct edge_row *have = find_edge(d, &want, hash);
    if (!have) {
        want.evidence = add_evidence(d, EVIDENCE_NONE, ev, nev);
        probe_add(&d->edge_index, hash, d->edges->len);
        g_array_append_val(d->edges, want);
        return;
    }
    if (rank(&want) > rank(have))
        return;
    if (rank(&want) < rank(have))
        *have = want;
    have->evidence = add_evidence(d, have->evidence, ev, nev);
}

void draft_edge_yes(struct draft *d, uint32_t src, uint32_t dst, enum edge_kind kind,
                    const struct evidence *ev)
{
    draft_edge(d, src, dst, kind, kinds_edge(kind)->class, VERDICT_YES, ev, 1);
}

size_t draft_nodes(const struct draft *d)
{
    return d->nodes->len;
}

size_t draft_edges(const struct draft *d)
{
    return d->edges->len;
}

enum node_kind draft_kind(const struct draft *d, uint32_t node)
{
    return (enum node_kind)node_at(d, node)->id.kind;
}

/* A key, and sixteen bytes of it in their order, from where keys of this cluster and kind differ:
 * few comparisons have to look at the text, which lies all over memory. */
struct keyed {
    uint64_t high, low;
    const char *key;
    uint32_t ix;
    uint16_t skip; /* where those bytes begin */
};

static uint64_t eight_bytes(const char *s, size_t len)
{
    unsigned char bytes[sizeof(uint64_t)] = {0};
    uint64_t v;

    memcpy(bytes, s, len < sizeof(bytes) ? len : sizeof(bytes));
    memcpy(&v, bytes, sizeof(v));
    return GUINT64_FROM_BE(v);
}

static struct keyed keyed(const char *key, size_t skip, uint32_t ix)
{
    size_t len = strlen(key);

    skip = skip < len ? skip : len;
    len -= skip;
    return (struct keyed){eight_bytes(key + skip, len),
                          len > sizeof(uint64_t)
                              ? eight_bytes(key + skip + sizeof(uint64_t), len - sizeof(uint64_t))
                              : 0,
                          key, ix, (uint16_t)skip};
}

/* Among keys that are the same up to `skip`. */
static int by_key(const void *a, const void *b)
{
    const struct keyed *ka = a, *kb = b;

    if (ka->high != kb->high)
        return ka->high < kb->high ? -1 : 1;
    if (ka->low != kb->low)
        return ka->low < kb->low ? -1 : 1;
    return strcmp(ka->key + ka->skip, kb->key + kb->skip);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(kinds_node(*(const unsigned *)a)->name, kinds_node(*(const unsigned *)b)->name);
}

/* The node kinds in the order in which their keys come.  Returns: how many. */
static size_t kinds_in_order(unsigned kinds[NODE_KIND_LIMIT])
{
    size_t n = 0;

    for (unsigned k = 0; k < NODE_KIND_LIMIT; k++)
        if (kinds_node(k) && k != NODE_INTERNET)
            kinds[n++] = k;
    qsort(kinds, n, sizeof(*kinds), by_name);
    return n;
}

/* All nodes in key order.  Keys are "k8s:CLUSTER/KIND/...", but "internet", which is before them.
 */
static struct keyed *order_nodes(struct draft *d)
{
    size_t n = d->nodes->len, at[NODE_KIND_LIMIT + 1] = {0}, next[NODE_KIND_LIMIT], first = 0;
    struct keyed *order = must_malloc(n * sizeof(*order) + 1);
    unsigned kinds[NODE_KIND_LIMIT];
    size_t nkinds = kinds_in_order(kinds);

    for (size_t i = 0; i < n; i++)
        at[draft_kind(d, (uint32_t)i)]++;
    next[NODE_INTERNET] = 0;
    first = at[NODE_INTERNET];
    for (size_t k = 0; k < nkinds; k++) {
        next[kinds[k]] = first;
        first += at[kinds[k]];
    }
    for (size_t i = 0; i < n; i++) {
        const struct identity *v = &node_at(d, (uint32_t)i)->id;
        enum node_kind kind = (enum node_kind)v->kind;
        const char *key =
            key_make(d->arena, d->cluster, kind, text_get(d->text, v->ns),
                     text_get(d->text, v->name), v->sub == NONE ? NULL : text_get(d->text, v->sub));
        const char *slash = strchr(key, '/');
        size_t head = slash ? (size_t)(slash - key) + strlen(kinds_node(kind)->name) + 2 : 0;

        order[next[kind]++] = keyed(key, head, (uint32_t)i);
    }
    for (size_t k = 0; k < nkinds; k++)
        if (at[kinds[k]] > 1)
            qsort(order + next[kinds[k]] - at[kinds[k]], at[kinds[k]], sizeof(*order), by_key);
    return order;
}

/* Writes the node rows in key order; fills place[], the row of each draft node. */
static struct node_row *finish_nodes(struct draft *d, uint32_t *place)
{
    size_t n = d->nodes->len;
    struct node_row *rows = arena_alloc(d->arena, n * sizeof(*rows) + 1);
    struct keyed *order = order_nodes(d);

    for (size_t i = 0; i < n; i++) {
        const struct dnode *v = node_at(d, order[i].ix);
        place[order[i].ix] = (uint32_t)i;
        rows[i] = (struct node_row){.key = order[i].key,
                                    .ns = text_get(d->text, v->id.ns),
                                    .name = text_get(d->text, v->shown),
                                    .uid = text_get(d->text, v->uid),
                                    .labels = text_get(d->text, v->labels),
                                    .props = text_get(d->text, v->props),
                                    .kind = (uint8_t)v->id.kind,
                                    .jewel = (uint8_t)(v->weight > 0 ? v->jewel : JEWEL_NONE),
                                    .weight = v->weight};
    }
    free(order);
    return rows;
}

static int by_target(const void *a, const void *b)
{
    const struct edge_row *ea = a, *eb = b;

    if (ea->dst != eb->dst)
        return ea->dst < eb->dst ? -1 : 1;
    return (ea->kind > eb->kind) - (ea->kind < eb->kind);
}

/* Edges by source with one counting pass, then by (target, kind) within each source. */
static struct edge_row *finish_edges(struct draft *d, const uint32_t *place)
{
    size_t n = d->nodes->len, m = d->edges->len;
    struct edge_row *rows = arena_alloc(d->arena, m * sizeof(*rows) + 1);
    size_t *at = must_calloc(n + 1, sizeof(*at));

    for (size_t i = 0; i < m; i++)
        at[place[edge_at(d, (uint32_t)i)->src] + 1]++;
    for (size_t i = 0; i < n; i++)
        at[i + 1] += at[i];
    for (size_t i = 0; i < m; i++) {
        struct edge_row row = *edge_at(d, (uint32_t)i);

        row.src = place[row.src];
        row.dst = place[row.dst];
        rows[at[row.src]++] = row;
    }
    for (size_t i = 0, from = 0; i < n; from = at[i++])
        qsort(rows + from, at[i] - from, sizeof(*rows), by_target);
    free(at);
    return rows;
}

void draft_finish(struct draft *d, struct part *out)
{
    uint32_t *place = must_malloc(d->nodes->len * sizeof(*place));

    probe_done(&d->node_index);
    probe_done(&d->edge_index);
    evidence_seal(d->evidence);
    assert(!d->text->full);
    out->cluster = d->cluster;
    out->evidence = d->evidence;
    out->nodes = finish_nodes(d, place);
    out->nnodes = d->nodes->len;
    out->edges = finish_edges(d, place);
    out->nedges = d->edges->len;
    free(place);
}
