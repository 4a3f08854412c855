/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joining parts, numbering, columns; then only look-ups. */
#include "queries/graph.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queries/asset.h"
#include "queries/csr.h"

static const uint32_t max_edges = UINT32_C(1) << 31;
static const uint32_t max_nodes = UINT32_C(1) << 30; /* two CSR rows a node in 32 bits */
static const double weight_unit = 10000;

/* What is known while a snapshot is made. */
struct joined {
    struct node_row *rows; /* merged; text still in the parts */
    uint32_t *part;        /* that a node was first seen in */
    uint32_t *of;          /* node of each row, over all parts */
    uint32_t n;
    struct probe keys;
};

static bool text_set(const char *s)
{
    return s && *s;
}

static bool check_node(const struct part *part, size_t i, struct err *e)
{
    const struct node_row *r = &part->nodes[i];

    if (!text_set(r->key))
        return err_set(e, ERR_INPUT, "part %s: node %zu has no key", part->cluster, i);
    if (!kinds_node(r->kind))
        return err_set(e, ERR_INPUT, "part %s: node %s: unknown kind %u", part->cluster, r->key,
                       r->kind);
    if (r->jewel != JEWEL_NONE && !kinds_jewel(r->jewel))
        return err_set(e, ERR_INPUT, "part %s: node %s: unknown jewel %u", part->cluster, r->key,
                       r->jewel);
    if (!(r->weight >= 0 && r->weight <= 1))
        return err_set(e, ERR_INPUT, "part %s: node %s: weight %g is not in 0..1", part->cluster,
                       r->key, r->weight);
    return true;
}

static bool check_edge(const struct part *part, size_t i, struct err *e)
{
    const struct edge_row *r = &part->edges[i];

    if (r->src >= part->nnodes || r->dst >= part->nnodes)
        return err_set(e, ERR_INPUT, "part %s: edge %zu: %u -> %u is outside 0..%zu", part->cluster,
                       i, r->src, r->dst, part->nnodes);
    if (!kinds_edge(r->kind) || r->class >= CLASS_COUNT || r->verdict >= VERDICT_COUNT)
        return err_set(e, ERR_INPUT, "part %s: edge %zu: unknown kind %u, class %u or verdict %u",
                       part->cluster, i, r->kind, r->class, r->verdict);
    return true;
}

static bool check_parts(const struct part *parts, size_t nparts, struct err *e)
{
    size_t nodes = 0, edges = 0;

    for (size_t p = 0; p < nparts; p++)
        if (__builtin_add_overflow(nodes, parts[p].nnodes, &nodes) || nodes > max_nodes ||
            __builtin_add_overflow(edges, parts[p].nedges, &edges) || edges >= max_edges)
            return err_set(e, ERR_LIMIT, "a snapshot holds %u nodes and %u edges at most",
                           max_nodes, max_edges - 1);
    for (size_t p = 0; p < nparts; p++) {
        for (size_t i = 0; i < parts[p].nnodes; i++)
            if (!check_node(&parts[p], i, e))
                return false;
        for (size_t i = 0; i < parts[p].nedges; i++)
            if (!check_edge(&parts[p], i, e))
                return false;
    }
    return true;
}

static bool check_odds(const struct graph_odds *o, struct err *e)
{
    const double least = 1e-6;

    for (unsigned c = 0; c < CLASS_COUNT; c++)
        if (!(o->class_p[c] >= least && o->class_p[c] <= 1))
            return err_set(e, ERR_INPUT, "probability of %s: %g is not in %g..1",
                           kinds_class_name((enum edge_class)c), o->class_p[c], least);
    if (o->class_p[CLASS_STRUCTURAL] < 1)
        return err_set(e, ERR_INPUT, "probability of structural must be 1");
    if (!(o->unknown_factor >= least && o->unknown_factor <= 1))
        return err_set(e, ERR_INPUT, "factor of unknown edges: %g is not in %g..1",
                       o->unknown_factor, least);
    return true;
}

static uint32_t cost_of(double p)
{
    return (uint32_t)lround(-1000 * log(p));
}

static void set_costs(struct graph *g, const struct graph_odds *o)
{
    memset(g->cost, 0xff, sizeof(g->cost));
    for (unsigned c = 0; c < CLASS_COUNT; c++) {
        unsigned yes = c | VERDICT_YES << GRAPH_ATTR_VERDICT_SHIFT;
        unsigned unknown = c | VERDICT_UNKNOWN << GRAPH_ATTR_VERDICT_SHIFT;

        g->p[yes] = o->class_p[c];
        g->p[unknown] = o->class_p[c] * o->unknown_factor;
        for (unsigned b = 0; b < GRAPH_BOUNDS; b++)
            g->cost[b][yes] = cost_of(g->p[yes]);
        g->cost[GRAPH_MIDDLE][unknown] = cost_of(g->p[unknown]);
        g->cost[GRAPH_UPPER][unknown] = g->cost[GRAPH_UPPER][yes];
    }
    for (unsigned k = 0; k < EDGE_KIND_LIMIT; k++)
        if (kinds_edge(k)) {
            g->plane[k] = (uint8_t)kinds_edge(k)->plane;
            g->plane_kinds[g->plane[k]][k >> 6] |= UINT64_C(1) << (k & 63);
        }
}

/* The first part that knows something wins, attribute by attribute. */
static void merge(struct node_row *into, const struct node_row *r)
{
    if (!text_set(into->ns))
        into->ns = r->ns;
    if (!text_set(into->name))
        into->name = r->name;
    if (!text_set(into->uid))
        into->uid = r->uid;
    if (!text_set(into->labels) || strcmp(into->labels, "{}") == 0)
        into->labels = r->labels;
    if (!text_set(into->props) || strcmp(into->props, "{}") == 0)
        into->props = r->props;
    if (into->jewel == JEWEL_NONE) {
        into->jewel = r->jewel;
        into->weight = r->weight;
    }
}

static void join(struct joined *j, const struct part *parts, size_t nparts)
{
    size_t rows = 0, at = 0;

    for (size_t p = 0; p < nparts; p++)
        rows += parts[p].nnodes;
    *j = (struct joined){
        .rows = must_malloc(rows * sizeof(*j->rows)),
        .part = must_malloc(rows * sizeof(*j->part)),
        .of = must_malloc(rows * sizeof(*j->of)),
    };
    probe_init(&j->keys, rows);
    for (size_t p = 0; p < nparts; p++)
        for (size_t i = 0; i < parts[p].nnodes; i++) {
            const struct node_row *r = &parts[p].nodes[i];
            uint32_t hash = probe_hash(&j->keys, r->key, strlen(r->key)), v;
            size_t slot = SIZE_MAX;

            while ((v = probe_next(&j->keys, hash, &slot)) != PROBE_NONE)
                if (strcmp(j->rows[v].key, r->key) == 0)
                    break;
            if (v == PROBE_NONE) {
                v = j->n++;
                probe_add(&j->keys, hash, v);
                j->rows[v] = *r;
                j->part[v] = (uint32_t)p;
            } else {
                merge(&j->rows[v], r);
            }
            j->of[at++] = v;
        }
}

static void joined_done(struct joined *j)
{
    free(j->rows);
    free(j->part);
    free(j->of);
    probe_done(&j->keys);
}

/* Numbers nodes (by key, then breadth-first, so that neither the order of rows nor that of parts
 * matters) and builds both directions.  Returns: joined node by final number, to be freed. */
static uint32_t *build_edges(struct graph *g, const struct joined *j, const struct part *parts,
                             size_t nparts)
{
    uint32_t *order = must_malloc(j->n * sizeof(*order));
    uint32_t *rank = must_malloc(j->n * sizeof(*rank));
    const char **keys = must_malloc(j->n * sizeof(*keys));
    struct csr_edge *edges = must_malloc(g->m * sizeof(*edges));
    size_t at = 0, row = 0;
    AUTO(jw) buf = jw_new();

    for (uint32_t v = 0; v < j->n; v++)
        keys[v] = j->rows[v].key;
    names_sort(keys, j->n, order);
    free(keys);
    for (uint32_t i = 0; i < j->n; i++)
        rank[order[i]] = i;
    for (size_t p = 0; p < nparts; row += parts[p++].nnodes)
        for (size_t i = 0; i < parts[p].nedges; i++) {
            const struct edge_row *r = &parts[p].edges[i];
            const char *evidence = evidence_text(parts[p].evidence, r->evidence, buf);

            edges[at++] = (struct csr_edge){
                .src = rank[j->of[row + r->src]],
                .dst = rank[j->of[row + r->dst]],
                .evidence = text_intern(&g->text, evidence),
                .kind = r->kind,
                .attr = (uint8_t)(r->class | r->verdict << GRAPH_ATTR_VERDICT_SHIFT),
            };
        }
    free(rank);

    uint32_t *number = csr_numbering(g->n, edges, g->m);
    for (uint32_t i = 0; i < g->m; i++) {
        edges[i].src = number[edges[i].src];
        edges[i].dst = number[edges[i].dst];
    }
    csr_build(g->n, edges, g->m, &g->out, &g->in, &g->evidence);
    free(edges);

    uint32_t *from = must_malloc(g->n * sizeof(*from));
    g->rank = must_malloc(g->n * sizeof(*g->rank));
    g->by_rank = must_malloc(g->n * sizeof(*g->by_rank));
    for (uint32_t i = 0; i < g->n; i++) {
        from[number[i]] = order[i];
        g->rank[number[i]] = i;
        g->by_rank[i] = number[i];
    }
    free(number);
    free(order);
    return from;
}

static void build_columns(struct graph *g, const struct joined *j, const struct part *parts,
                          const uint32_t *from)
{
    size_t refs = g->n * sizeof(text_ref);

    g->kind = must_malloc(g->n);
    g->jewel = must_malloc(g->n);
    g->weight = must_malloc(g->n * sizeof(*g->weight));
    g->key = must_malloc(refs);
    g->ns = must_malloc(refs);
    g->name = must_malloc(refs);
    g->uid = must_malloc(refs);
    g->labels = must_malloc(refs);
    g->props = must_malloc(refs);
    g->cluster = must_malloc(refs);
    probe_init(&g->keys, g->n);
    probe_init(&g->uids, 16);
    for (uint32_t v = 0; v < g->n; v++) {
        const struct node_row *r = &j->rows[from[v]];

        g->kind[v] = r->kind;
        g->jewel[v] = r->jewel;
        g->weight[v] = (uint16_t)lround(r->weight * weight_unit);
        g->njewels += r->jewel != JEWEL_NONE;
        g->key[v] = text_add(&g->text, r->key);
        g->ns[v] = text_intern(&g->text, r->ns);
        g->name[v] = text_intern(&g->text, r->name);
        g->uid[v] = text_add(&g->text, r->uid);
        g->labels[v] = text_intern(&g->text, text_set(r->labels) ? r->labels : "{}");
        g->props[v] = text_intern(&g->text, text_set(r->props) ? r->props : "{}");
        g->cluster[v] = text_intern(&g->text, parts[j->part[from[v]]].cluster);
        probe_add(&g->keys, probe_hash(&g->keys, r->key, strlen(r->key)), v);
        if (text_set(r->uid))
            probe_add(&g->uids, probe_hash(&g->uids, r->uid, names_uid_stem(r->uid)), v);
    }
    text_seal(&g->text);
}

static int by_cluster(const void *a, const void *b)
{
    const struct graph_part *x = a, *y = b;
    int c = strcmp(x->cluster, y->cluster);

    if (c != 0)
        return c;
    return (x->generation > y->generation) - (x->generation < y->generation);
}

static void mix(uint64_t *h, const void *bytes, size_t n)
{
    for (const unsigned char *c = bytes; n--; c++)
        *h = (*h ^ *c) * 0x100000001b3u;
}

/* The id answers "would the same question get the same answer": generations,
 * what they could not see, and odds. */
static void build_parts(struct graph *g, const struct part *parts, size_t nparts)
{
    uint64_t h = 0xcbf29ce484222325u;

    g->arena = arena_new();
    g->nparts = nparts;
    g->parts = arena_calloc(g->arena, nparts, sizeof(*g->parts));
    for (size_t p = 0; p < nparts; p++)
        g->parts[p] = (struct graph_part){
            .cluster = arena_strdup(g->arena, parts[p].cluster ? parts[p].cluster : ""),
            .source = arena_strdup(g->arena, parts[p].source ? parts[p].source : ""),
            .coverage = arena_strdup(g->arena, parts[p].coverage ? parts[p].coverage : "{}"),
            .generation = parts[p].generation,
            .taken_at = parts[p].taken_at,
            .nodes = parts[p].nnodes,
            .edges = parts[p].nedges,
        };
    qsort(g->parts, nparts, sizeof(*g->parts), by_cluster);
    for (size_t p = 0; p < nparts; p++) {
        mix(&h, g->parts[p].cluster, strlen(g->parts[p].cluster) + 1);
        mix(&h, &g->parts[p].generation, sizeof(g->parts[p].generation));
        mix(&h, &g->parts[p].taken_at,
            sizeof(g->parts[p].taken_at)); /* a new database counts anew */
        mix(&h, g->parts[p].coverage, strlen(g->parts[p].coverage) + 1);
    }
    mix(&h, g->cost, sizeof(g->cost));
    snprintf(g->id, sizeof(g->id), "%016" PRIx64, h);
}

struct graph *graph_new(const struct part *parts, size_t nparts, const struct graph_odds *odds,
                        struct err *e)
{
    struct graph_odds plain = {.unknown_factor = 0.5};
    struct joined j;

    for (unsigned c = 0; c < CLASS_COUNT; c++)
        plain.class_p[c] = kinds_class_probability((enum edge_class)c);
    if (!odds)
        odds = &plain;
    if (!check_odds(odds, e) || !check_parts(parts, nparts, e))
        return NULL;

    AUTO(graph) g = must_calloc(1, sizeof(*g));
    atomic_init(&g->refs, 1);
    set_costs(g, odds);
    text_init(&g->text);
    join(&j, parts, nparts);
    g->n = j.n;
    for (size_t p = 0; p < nparts; p++)
        g->m += (uint32_t)parts[p].nedges;
    uint32_t *from = build_edges(g, &j, parts, nparts);
    build_columns(g, &j, parts, from);
    asset_build(g);
    build_parts(g, parts, nparts);
    free(from);
    joined_done(&j);
    if (g->text.full) {
        err_set(e, ERR_LIMIT, "a snapshot holds 16 GiB of text at most");
        return NULL;
    }
    return TAKE(g);
}

struct graph *graph_ref(struct graph *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

static void dir_free(struct graph_dir *d)
{
    free(d->row);
    free(d->to);
    free(d->kind);
    free(d->attr);
    free(d->edge);
}

void graph_free(struct graph *g)
{
    if (!g || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
        return;
    dir_free(&g->out);
    dir_free(&g->in);
    free(g->evidence);
    free(g->kind);
    free(g->jewel);
    free(g->weight);
    free(g->rank);
    free(g->key);
    free(g->ns);
    free(g->name);
    free(g->uid);
    free(g->labels);
    free(g->props);
    free(g->cluster);
    free(g->by_rank);
    free(g->jewels);
    free(g->asset);
    text_done(&g->text);
    probe_done(&g->keys);
    probe_done(&g->uids);
    arena_free(g->arena);
    free(g);
}

size_t graph_nodes(const struct graph *g)
{
    return g->n;
}

size_t graph_edges(const struct graph *g)
{
    return g->m;
}

struct graph_size graph_size(const struct graph *g)
{
    const size_t per_slot = sizeof(node_ix) + 2, rows = 2 * (2 * (size_t)g->n + 2);
    const size_t per_node = 2 + sizeof(*g->weight) + 2 * sizeof(*g->rank) + 7 * sizeof(text_ref);

    return (struct graph_size){
        .walk = g->m * (2 * per_slot + sizeof(edge_ix)) + rows * sizeof(uint32_t),
        .evidence = g->m * sizeof(text_ref),
        .columns = g->n * per_node + g->njewels * (sizeof(node_ix) + sizeof(uint32_t)) +
                   probe_bytes(&g->keys) + probe_bytes(&g->uids),
        .text = g->text.cap,
    };
}

size_t graph_bytes(const struct graph *g)
{
    struct graph_size s = graph_size(g);

    return sizeof(*g) + s.walk + s.evidence + s.columns + s.text + arena_bytes(g->arena);
}

const char *graph_id(const struct graph *g)
{
    return g->id;
}

const struct graph_part *graph_parts(const struct graph *g, size_t *n)
{
    *n = g->nparts;
    return g->parts;
}

struct graph_node graph_node(const struct graph *g, node_ix n)
{
    assert(n < g->n);
    return (struct graph_node){
        .key = text_get(&g->text, g->key[n]),
        .ns = text_get(&g->text, g->ns[n]),
        .name = text_get(&g->text, g->name[n]),
        .uid = text_get(&g->text, g->uid[n]),
        .labels = text_get(&g->text, g->labels[n]),
        .props = text_get(&g->text, g->props[n]),
        .cluster = text_get(&g->text, g->cluster[n]),
        .kind = (enum node_kind)g->kind[n],
        .jewel = (enum jewel)g->jewel[n],
        .weight = g->weight[n] / weight_unit,
    };
}

enum node_kind graph_kind(const struct graph *g, node_ix n)
{
    assert(n < g->n);
    return (enum node_kind)g->kind[n];
}

node_ix graph_by_key(const struct graph *g, size_t i)
{
    assert(i < g->n);
    return g->by_rank[i];
}

node_ix graph_find(const struct graph *g, const char *key)
{
    size_t at = SIZE_MAX;
    uint32_t hash = probe_hash(&g->keys, key, strlen(key)), v;

    while ((v = probe_next(&g->keys, hash, &at)) != PROBE_NONE)
        if (strcmp(text_get(&g->text, g->key[v]), key) == 0)
            break;
    return v;
}

size_t graph_find_uid(const struct graph *g, const char *uid, node_ix *out, size_t max)
{
    return names_find_uid(g, uid, out, max);
}

bool graph_resolve(const struct graph *g, const char *text, node_ix *out, struct err *e)
{
    return names_resolve(g, text, out, e);
}

/* The node whose rows hold a slot: the last one that starts at or before it. */
static node_ix owner(const struct graph *g, edge_ix e)
{
    uint32_t lo = 0, hi = g->n;

    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (g->out.row[2 * (size_t)mid] <= e)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

struct graph_edge graph_edge(const struct graph *g, edge_ix e)
{
    assert(e < g->m);
    return (struct graph_edge){
        .src = owner(g, e),
        .dst = g->out.to[e],
        .kind = (enum edge_kind)g->out.kind[e],
        .class = (enum edge_class)(g->out.attr[e] & GRAPH_ATTR_CLASS),
        .verdict = (enum verdict)(g->out.attr[e] >> GRAPH_ATTR_VERDICT_SHIFT),
        .p = g->p[g->out.attr[e]],
        .evidence = text_get(&g->text, g->evidence[e]),
    };
}

static size_t degree(const struct graph_dir *d, node_ix n)
{
    return d->row[2 * (size_t)n + 2] - d->row[2 * (size_t)n];
}

size_t graph_out_count(const struct graph *g, node_ix n)
{
    assert(n < g->n);
    return degree(&g->out, n);
}

size_t graph_in_count(const struct graph *g, node_ix n)
{
    assert(n < g->n);
    return degree(&g->in, n);
}

edge_ix graph_out(const struct graph *g, node_ix n, size_t i)
{
    assert(i < graph_out_count(g, n));
    return g->out.row[2 * (size_t)n] + (edge_ix)i;
}

edge_ix graph_in(const struct graph *g, node_ix n, size_t i)
{
    assert(i < graph_in_count(g, n));
    return g->in.edge[g->in.row[2 * (size_t)n] + i];
}

const node_ix *graph_jewels(const struct graph *g, size_t *n)
{
    *n = g->njewels;
    return g->jewels;
}

static bool check_dir(const struct graph *g, const struct graph_dir *d, const char *name,
                      struct err *e)
{
    if (d->row[0] != 0 || d->row[2 * (size_t)g->n] != g->m)
        return err_set(e, ERR_BUG, "%s: rows do not cover the edges", name);
    for (size_t r = 0; r < 2 * (size_t)g->n; r++) {
        if (d->row[r] > d->row[r + 1])
            return err_set(e, ERR_BUG, "%s: row %zu falls", name, r);
        for (uint32_t i = d->row[r]; i < d->row[r + 1]; i++) {
            if (d->to[i] >= g->n || !kinds_edge(d->kind[i]) || g->p[d->attr[i] & 31] > 1 ||
                graph_attr_structural(d->attr[i]) != (r % 2 == 0))
                return err_set(e, ERR_BUG, "%s: slot %u is malformed", name, i);
            if (i > d->row[r] && (d->to[i - 1] > d->to[i] ||
                                  (d->to[i - 1] == d->to[i] && d->kind[i - 1] > d->kind[i])))
                return err_set(e, ERR_BUG, "%s: slot %u is out of order", name, i);
        }
    }
    return true;
}

static bool check_reverse(const struct graph *g, struct err *e)
{
    for (node_ix v = 0; v < g->n; v++)
        for (uint32_t i = g->in.row[2 * (size_t)v]; i < g->in.row[2 * (size_t)v + 2]; i++) {
            edge_ix f = g->in.edge[i];

            if (f >= g->m || g->out.to[f] != v || owner(g, f) != g->in.to[i] ||
                g->out.kind[f] != g->in.kind[i] || g->out.attr[f] != g->in.attr[i])
                return err_set(e, ERR_BUG, "reverse slot %u is not edge %u", i, f);
        }
    return true;
}

bool graph_check(const struct graph *g, struct err *e)
{
    if (!check_dir(g, &g->out, "forward", e) || !check_dir(g, &g->in, "reverse", e) ||
        !check_reverse(g, e))
        return false;
    for (uint32_t i = 0; i < g->n; i++) {
        node_ix v = g->by_rank[i];
        const char *key = v < g->n ? text_get(&g->text, g->key[v]) : "";

        if (v >= g->n || g->rank[v] != i)
            return err_set(e, ERR_BUG, "rank %u is of no node", i);
        if (i && strcmp(text_get(&g->text, g->key[g->by_rank[i - 1]]), key) >= 0)
            return err_set(e, ERR_BUG, "key %s is out of order", key);
        if (graph_find(g, key) != v)
            return err_set(e, ERR_BUG, "key %s is not found", key);
        if (!kinds_node(g->kind[v]))
            return err_set(e, ERR_BUG, "node %s has no kind", key);
    }
    for (size_t i = 0; i < g->njewels; i++)
        if (g->jewel[g->jewels[i]] == JEWEL_NONE || g->asset[i] > i ||
            (i && g->weight[g->jewels[i - 1]] < g->weight[g->jewels[i]]))
            return err_set(e, ERR_BUG, "jewel %zu is misplaced", i);
    return true;
}
