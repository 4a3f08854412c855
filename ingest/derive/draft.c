/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The draft graph: two open-addressing tables (nodes, edges) over growing arrays.
 *
 * A cluster of 100,000 pods has millions of edges and many share their evidence, so a piece of it
 * is made into JSON text, kept once if it comes again soon, and edges hold its number. */
#include "ingest/derive/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/jw.h"
#include "schema/key.h"

#define NONE UINT32_MAX
enum { FIRST_ROOM = 1024 };

struct slot {
    uint32_t hash, ix; /* ix NONE: free */
};

struct table {
    struct slot *slots;
    size_t mask, used;
};

struct dnode {
    const char *ns, *name, *sub, *shown, *uid, *labels, *props;
    double weight;
    uint8_t kind, jewel;
};

struct dedge {
    uint32_t src, dst;
    uint32_t first, last; /* links of its evidence; NONE if it has none */
    uint32_t more;        /* pieces that were not kept */
    uint8_t kind, class, verdict, nkept;
};

/* One piece of evidence in the list of an edge. */
struct link {
    uint32_t text, next;
};

struct text {
    const char *s;
    uint32_t len, hash;
};

/* The last text of each of these many hashes.  What repeats does so soon, so this finds nearly all
 * that a table of all texts would, and stays in the processor's cache. */
enum { RECENT = 1 << 16 };

struct draft {
    struct arena *arena;
    const char *cluster;
    struct table node_table, edge_table;
    uint32_t *recent; /* numbers of texts; NONE: free */
    GArray *nodes, *edges, *links, *texts;
    struct jw *w;
    /* A pod and its containers share one array of labels. */
    const struct label *last_labels;
    struct label last_label; /* the last of them, to know an array that was filled anew */
    size_t nlast_labels;
    const char *last_labels_text;
    char rule[64]; /* "name.version" of the rule that is drawing; "" for none */
};

static void table_init(struct table *t)
{
    t->mask = FIRST_ROOM - 1;
    t->used = 0;
    t->slots = must_malloc(FIRST_ROOM * sizeof(*t->slots));
    memset(t->slots, 0xff, FIRST_ROOM * sizeof(*t->slots));
}

static void table_double(struct table *t)
{
    size_t mask = t->mask * 2 + 1;
    struct slot *slots = must_malloc((mask + 1) * sizeof(*slots));

    memset(slots, 0xff, (mask + 1) * sizeof(*slots));
    for (size_t i = 0; i <= t->mask; i++) {
        if (t->slots[i].ix == NONE)
            continue;
        size_t at = t->slots[i].hash & mask;
        while (slots[at].ix != NONE)
            at = (at + 1) & mask;
        slots[at] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->mask = mask;
}

/* The slot of what `same` recognises, or the free one where it belongs. */
static struct slot *table_slot(const struct table *t, uint32_t hash,
                               bool (*same)(const struct draft *, uint32_t ix, const void *what),
                               const struct draft *d, const void *what)
{
    for (size_t at = hash & t->mask;; at = (at + 1) & t->mask) {
        struct slot *s = &t->slots[at];
        if (s->ix == NONE || (s->hash == hash && same(d, s->ix, what)))
            return s;
    }
}

static void table_fill(struct table *t, struct slot *s, uint32_t hash, size_t ix)
{
    assert(ix < NONE);
    *s = (struct slot){hash, (uint32_t)ix};
    if (++t->used * 4 > t->mask * 3)
        table_double(t);
}

/* Eight bytes a step: texts of evidence are some 200 bytes long and there are millions of them. */
static uint64_t mix(uint64_t h, const char *s, size_t len)
{
    uint64_t word;

    for (; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, s, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, s, len);
    h = (h ^ word ^ (uint64_t)(len + 1) << 56) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static uint32_t fold(uint64_t h)
{
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(h >> 32);
}

struct draft *draft_new(struct arena *a, const char *cluster)
{
    struct draft *d = must_calloc(1, sizeof(*d));

    d->arena = a;
    d->cluster = arena_strdup(a, cluster);
    table_init(&d->node_table);
    table_init(&d->edge_table);
    d->recent = must_malloc(RECENT * sizeof(*d->recent));
    memset(d->recent, 0xff, RECENT * sizeof(*d->recent));
    d->nodes = g_array_new(FALSE, FALSE, sizeof(struct dnode));
    d->edges = g_array_new(FALSE, FALSE, sizeof(struct dedge));
    d->links = g_array_new(FALSE, FALSE, sizeof(struct link));
    d->texts = g_array_new(FALSE, FALSE, sizeof(struct text));
    d->w = jw_new();
    return d;
}

void draft_free(struct draft *d)
{
    if (!d)
        return;
    free(d->node_table.slots);
    free(d->edge_table.slots);
    free(d->recent);
    g_array_free(d->nodes, TRUE);
    g_array_free(d->edges, TRUE);
    g_array_free(d->links, TRUE);
    g_array_free(d->texts, TRUE);
    jw_free(d->w);
    free(d);
}

static const struct text *text_at(const struct draft *d, uint32_t ix)
{
    return &g_array_index(d->texts, struct text, ix);
}

static bool same_text(const struct text *a, const struct text *b)
{
    return a->hash == b->hash && a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

/* The number of a text; one that was seen not long ago is kept once. */
static uint32_t intern(struct draft *d, const char *s, size_t len)
{
    struct text t = {s, (uint32_t)len, fold(mix(0, s, len))};
    uint32_t *recent = &d->recent[t.hash % RECENT];

    assert(len < UINT32_MAX);
    if (*recent != NONE && same_text(text_at(d, *recent), &t))
        return *recent;
    t.s = arena_strndup(d->arena, s, len);
    assert(d->texts->len < NONE);
    *recent = d->texts->len;
    g_array_append_val(d->texts, t);
    return *recent;
}

static const char *interned(struct draft *d, const char *s)
{
    uint32_t ix = intern(d, s, strlen(s)); /* may move the array, so before looking into it */

    return text_at(d, ix)->s;
}

static struct dnode *node_at(const struct draft *d, uint32_t ix)
{
    assert(ix < d->nodes->len);
    return &g_array_index(d->nodes, struct dnode, ix);
}

static bool same_node(const struct draft *d, uint32_t ix, const void *what)
{
    const struct dnode *have = node_at(d, ix), *want = what;

    return have->kind == want->kind && strcmp(have->name, want->name) == 0 &&
           strcmp(have->ns, want->ns) == 0 && g_strcmp0(have->sub, want->sub) == 0;
}

static uint32_t node_hash(const struct dnode *n)
{
    uint64_t h = mix(n->kind, n->ns, strlen(n->ns));

    h = mix(h, n->name, strlen(n->name));
    return fold(n->sub ? mix(h, n->sub, strlen(n->sub)) : h);
}

uint32_t draft_node_sub(struct draft *d, enum node_kind kind, const char *ns, const char *name,
                        const char *sub)
{
    struct dnode n = {.kind = (uint8_t)kind, .ns = ns ? ns : "", .name = name, .sub = sub};
    uint32_t hash = node_hash(&n);
    struct slot *slot = table_slot(&d->node_table, hash, same_node, d, &n);

    if (slot->ix != NONE)
        return slot->ix;
    assert(kinds_node(kind));
    n.ns = interned(d, n.ns);
    n.name = interned(d, n.name);
    n.sub = sub ? interned(d, sub) : NULL;
    n.shown = n.sub ? n.sub : n.name;
    n.uid = "";
    n.labels = n.props = "{}";
    uint32_t ix = d->nodes->len;
    g_array_append_val(d->nodes, n);
    table_fill(&d->node_table, slot, hash, ix);
    return ix;
}

uint32_t draft_node(struct draft *d, enum node_kind kind, const char *ns, const char *name)
{
    return draft_node_sub(d, kind, ns, name, NULL);
}

uint32_t draft_find(const struct draft *d, enum node_kind kind, const char *ns, const char *name)
{
    struct dnode n = {.kind = (uint8_t)kind, .ns = ns ? ns : "", .name = name};

    return table_slot(&d->node_table, node_hash(&n), same_node, d, &n)->ix;
}

void draft_set_uid(struct draft *d, uint32_t node, const char *uid)
{
    node_at(d, node)->uid = *uid ? arena_strdup(d->arena, uid) : "";
}

void draft_set_name(struct draft *d, uint32_t node, const char *name)
{
    struct dnode *n = node_at(d, node);

    n->shown = strcmp(name, n->name) == 0 ? n->name : interned(d, name);
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
    d->last_labels_text = interned(d, jw_text(d->w));
    node_at(d, node)->labels = d->last_labels_text;
}

void draft_set_props(struct draft *d, uint32_t node, const char *json)
{
    node_at(d, node)->props = interned(d, json);
}

void draft_set_jewel(struct draft *d, uint32_t node, enum jewel jewel, double weight)
{
    struct dnode *n = node_at(d, node);
    bool had_say = n->jewel == JEWEL_CUSTOMER, has_say = jewel == JEWEL_CUSTOMER;

    if (had_say == has_say ? weight <= n->weight : had_say)
        return;
    n->jewel = (uint8_t)jewel;
    n->weight = weight;
}

static bool same_edge(const struct draft *d, uint32_t ix, const void *what)
{
    const struct dedge *have = &g_array_index(d->edges, struct dedge, ix), *want = what;

    return have->src == want->src && have->dst == want->dst && have->kind == want->kind;
}

void draft_set_rule(struct draft *d, const char *name, unsigned version)
{
    d->rule[0] = '\0';
    if (name)
        g_snprintf(d->rule, sizeof(d->rule), "%s.%u", name, version);
}

/* One piece as an array of one, since most edges have no more.  There are millions: what does not
 * change is written as it is. */
static uint32_t piece(struct draft *d, const struct evidence *ev)
{
    const struct {
        const char *head, *value;
    } members[] = {
        {",\"uid\":", ev->uid && *ev->uid ? ev->uid : NULL},
        {",\"rule\":", *d->rule ? d->rule : NULL},
        {",\"field\":", ev->field},
        {",\"reason\":", ev->reason},
    };
    struct jw *w = d->w;

    jw_reset(w);
    jw_raw(w, "[{\"object\":");
    jw_raw_str(w, ev->object);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (!members[i].value)
            continue;
        jw_raw(w, members[i].head);
        jw_raw_str(w, members[i].value);
    }
    jw_raw(w, "}]");
    return intern(d, jw_text(w), jw_len(w));
}

static bool has_piece(const struct draft *d, const struct dedge *e, uint32_t text)
{
    for (uint32_t l = e->first; l != NONE; l = g_array_index(d->links, struct link, l).next) {
        uint32_t have = g_array_index(d->links, struct link, l).text;

        if (have == text || same_text(text_at(d, have), text_at(d, text)))
            return true;
    }
    return false;
}

static void add_evidence(struct draft *d, struct dedge *e, const struct evidence *ev, size_t nev)
{
    for (size_t i = 0; i < nev; i++) {
        struct link link = {piece(d, &ev[i]), NONE};
        uint32_t at = d->links->len;

        if (has_piece(d, e, link.text))
            continue;
        if (e->nkept == DRAFT_MAX_EVIDENCE) {
            e->more++;
            continue;
        }
        g_array_append_val(d->links, link);
        if (e->first == NONE)
            e->first = at;
        else
            g_array_index(d->links, struct link, e->last).next = at;
        e->last = at;
        e->nkept++;
    }
}

void draft_edge(struct draft *d, uint32_t src, uint32_t dst, enum edge_kind kind,
                enum edge_class class, enum verdict verdict, const struct evidence *ev, size_t nev)
{
    struct dedge want = {.src = src,
                         .dst = dst,
                         .first = NONE,
                         .last = NONE,
                         .kind = (uint8_t)kind,
                         .class = (uint8_t) class,
                         .verdict = (uint8_t)verdict};
    const struct edge_kind_info *info = kinds_edge(kind);

    assert(info && info->from >> node_at(d, src)->kind & 1);
    assert(info->to >> node_at(d, dst)->kind & 1);
    assert(class < CLASS_COUNT && verdict < VERDICT_COUNT);
    if (src == dst)
        return;

    uint64_t key = (uint64_t)src << 32 | dst;
    uint32_t hash = fold((key ^ (uint64_t)kind << 56) * UINT64_C(0x9e3779b97f4a7c15));
    struct slot *slot = table_slot(&d->edge_table, hash, same_edge, d, &want);
    if (slot->ix == NONE) {
        uint32_t ix = d->edges->len;
        add_evidence(d, &want, ev, nev);
        g_array_append_val(d->edges, want);
        table_fill(&d->edge_table, slot, hash, ix);
        return;
    }

    struct dedge *have = &g_array_index(d->edges, struct dedge, slot->ix);
    int old = have->verdict * CLASS_COUNT + have->class,
        new = want.verdict *CLASS_COUNT + want.class;
    if (new > old)
        return;
    if (new < old)
        *have = want;
    add_evidence(d, have, ev, nev);
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
    return (enum node_kind)node_at(d, node)->kind;
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
        at[node_at(d, (uint32_t)i)->kind]++;
    next[NODE_INTERNET] = 0;
    first = at[NODE_INTERNET];
    for (size_t k = 0; k < nkinds; k++) {
        next[kinds[k]] = first;
        first += at[kinds[k]];
    }
    for (size_t i = 0; i < n; i++) {
        const struct dnode *v = node_at(d, (uint32_t)i);
        enum node_kind kind = (enum node_kind)v->kind;
        const char *key = key_make(d->arena, d->cluster, kind, v->ns, v->name, v->sub);
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
                                    .ns = v->ns,
                                    .name = v->shown,
                                    .uid = v->uid,
                                    .labels = v->labels,
                                    .props = v->props,
                                    .kind = v->kind,
                                    .jewel = v->weight > 0 ? v->jewel : JEWEL_NONE,
                                    .weight = v->weight};
    }
    free(order);
    return rows;
}

/* The evidence of an edge as an array; edges with the same evidence share one text. */
static const char *finish_evidence(struct draft *d, const struct dedge *e, GString *buf)
{
    g_string_assign(buf, "[");
    for (uint32_t l = e->first; l != NONE; l = g_array_index(d->links, struct link, l).next) {
        uint32_t ix = g_array_index(d->links, struct link, l).text;
        const struct text *t = text_at(d, ix);
        if (e->nkept == 1 && !e->more)
            return t->s;
        if (buf->len > 1)
            g_string_append_c(buf, ',');
        g_string_append_len(buf, t->s + 1, (gssize)t->len - 2);
    }
    if (e->more)
        g_string_append_printf(buf, ",{\"more\":%u}", e->more);
    g_string_append_c(buf, ']');
    return interned(d, buf->str);
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
    g_autoptr(GString) buf = g_string_new(NULL);

    for (size_t i = 0; i < m; i++)
        at[place[g_array_index(d->edges, struct dedge, i).src] + 1]++;
    for (size_t i = 0; i < n; i++)
        at[i + 1] += at[i];
    for (size_t i = 0; i < m; i++) {
        const struct dedge *e = &g_array_index(d->edges, struct dedge, i);
        uint32_t src = place[e->src];
        rows[at[src]++] = (struct edge_row){.src = src,
                                            .dst = place[e->dst],
                                            .kind = e->kind,
                                            .class = e->class,
                                            .verdict = e->verdict,
                                            .evidence = finish_evidence(d, e, buf)};
    }
    for (size_t i = 0, from = 0; i < n; from = at[i++])
        qsort(rows + from, at[i] - from, sizeof(*rows), by_target);
    free(at);
    return rows;
}

void draft_finish(struct draft *d, struct part *out)
{
    uint32_t *place = must_malloc(d->nodes->len * sizeof(*place));

    out->cluster = d->cluster;
    out->nodes = finish_nodes(d, place);
    out->nnodes = d->nodes->len;
    out->edges = finish_edges(d, place);
    out->nedges = d->edges->len;
    free(place);
}
