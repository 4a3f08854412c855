/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One search for each bound, unless no unknown edge was met: then one says it all. */
#include "queries/risk.h"

#include <stdlib.h>

#include "queries/asset.h"
#include "queries/walk.h"

/* A reached jewel; danger = weight * p. */
struct found {
    node_ix node;
    uint32_t rank, asset;
    uint8_t jewel;
    double danger, share;
};

static int by_asset(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->asset != y->asset)
        return x->asset < y->asset ? -1 : 1;
    if (x->danger != y->danger)
        return x->danger > y->danger ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_class_and_danger(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->jewel != y->jewel)
        return x->jewel < y->jewel ? -1 : 1;
    if (x->danger != y->danger)
        return x->danger > y->danger ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_share(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void collect_one(const struct graph *g, const struct scratch *s, node_ix v,
                        struct found *out, size_t *n)
{
    if (g->jewel[v] != JEWEL_NONE && g->weight[v] > 0)
        out[(*n)++] = (struct found){
            .node = v,
            .rank = g->rank[v],
            .asset = asset_of(g, v),
            .jewel = g->jewel[v],
            .danger = graph_node(g, v).weight * walk_p(scratch_cost(s, v)),
        };
}

/* Leaves the most dangerous jewel of each asset.  Returns: how many are left. */
static size_t once_each(struct found *f, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(f, n, sizeof(*f), by_asset);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || f[i].asset != f[kept - 1].asset)
            f[kept++] = f[i];
    return kept;
}

/* The assets that the last search reached, in `a`, each by one jewel; the start is among them if it
 * is one. */
static struct found *collect(const struct graph *g, const struct scratch *s, struct arena *a,
                             size_t *n)
{
    size_t most = s->count < g->njewels ? s->count : g->njewels;
    struct found *out = arena_alloc(a, most * sizeof(*out) + 1);

    *n = 0;
    if (s->count < g->njewels) {
        for (size_t i = 0; i < s->count; i++)
            collect_one(g, s, s->order[i], out, n);
    } else {
        for (size_t i = 0; i < g->njewels; i++)
            if (scratch_reached(s, g->jewels[i]))
                collect_one(g, s, g->jewels[i], out, n);
    }
    *n = once_each(out, *n);
    return out;
}

/* 0..100, and each jewel's share.  The factors come in an order that does not depend on the values,
 * so rounding never turns the bounds around. */
static double score(struct found *f, size_t n)
{
    double safe = 1, decay = 1;

    if (n)
        qsort(f, n, sizeof(*f), by_class_and_danger);
    for (size_t i = 0; i < n; i++) {
        decay = i && f[i].jewel == f[i - 1].jewel ? decay / 2 : 1;
        f[i].share = f[i].danger * decay;
        safe *= 1 - f[i].share;
    }
    return 100 * (1 - safe);
}

/* The score under another bound of the unknown edges. */
static bool bound(const struct graph *g, node_ix start, const struct filter *f,
                  const struct budget *b, struct scratch *s, struct arena *a, double *out,
                  struct err *e)
{
    struct walk w;
    size_t n;

    if (!walk_init(&w, g, start, false, f, b, e) || !walk_costs(&w, s, start, NODE_NONE, e))
        return false;
    struct found *found = collect(g, s, a, &n);
    *out = score(found, n);
    return true;
}

static bool fill_jewels(const struct graph *g, const struct scratch *s, struct found *found,
                        size_t n, size_t max_paths, struct arena *a, struct risk *out,
                        struct err *e)
{
    struct risk_jewel *jewels = arena_calloc(a, n, sizeof(*jewels));

    if (n)
        qsort(found, n, sizeof(*found), by_share);
    for (size_t i = 0; i < n; i++) {
        node_ix v = found[i].node;

        jewels[i] = (struct risk_jewel){
            .node = v,
            .p = walk_p(scratch_cost(s, v)),
            .weight = graph_node(g, v).weight,
            .share = found[i].share,
            .hops = s->hops[v],
        };
        if (i < max_paths && !blast_path(g, s, v, a, &jewels[i].path, e))
            return false;
    }
    out->jewels = jewels;
    out->count = n;
    return true;
}

bool risk_of(const struct graph *g, node_ix start, const struct filter *f, const struct budget *b,
             size_t max_paths, struct scratch *s, struct arena *a, struct risk *out, struct err *e)
{
    struct filter lower = *f, middle = *f, upper = *f;
    struct walk w;
    size_t n;

    lower.stop_at_admin = middle.stop_at_admin = upper.stop_at_admin = true;
    lower.yes_only = true;
    upper.unknown_full = true;
    *out = (struct risk){0};
    if (!walk_init(&w, g, start, false, &middle, b, e) || !walk_costs(&w, s, start, NODE_NONE, e) ||
        !walk_hops(&w, s, start, true, e))
        return false;
    for (size_t i = 0; i < s->nsteps; i++)
        s->hops[s->steps[i].node] = s->steps[i].hops;
    struct found *found = collect(g, s, a, &n);
    out->score = out->lower = out->upper = score(found, n);
    if (!fill_jewels(g, s, found, n, max_paths, a, out, e))
        return false;
    if (!walk_saw_unknown(s))
        return true;
    return bound(g, start, &lower, b, s, a, &out->lower, e) &&
           bound(g, start, &upper, b, s, a, &out->upper, e);
}
