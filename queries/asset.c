/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An asset is known by the first of its jewels in the order of graph_jewels. */
#include "queries/asset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/jx.h"

/* A jewel in the order of graph_jewels: by falling weight, then by key. */
struct ranked {
    uint32_t weight, rank;
    node_ix node;
};

static int by_weight(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static struct ranked ranked(const struct graph *g, node_ix v)
{
    return (struct ranked){g->weight[v], g->rank[v], v};
}

/* What tells the asset of a jewel from all others; NULL: the jewel itself is the asset. */
static char *identity(const struct graph *g, node_ix v)
{
    g_autofree char *of = jx_peek(text_get(&g->text, g->props[v]), "crownJewelOf");

    return of ? g_strdup_printf("%u %s\n%s", g->jewel[v], text_get(&g->text, g->cluster[v]), of)
              : NULL;
}

void asset_build(struct graph *g)
{
    g_autoptr(GHashTable) first = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct ranked *all = must_malloc(g->njewels * sizeof(*all));
    size_t n = 0;

    for (node_ix v = 0; v < g->n; v++)
        if (g->jewel[v] != JEWEL_NONE)
            all[n++] = ranked(g, v);
    qsort(all, n, sizeof(*all), by_weight);
    g->jewels = must_malloc(n * sizeof(*g->jewels));
    g->asset = must_malloc(n * sizeof(*g->asset));
    for (uint32_t i = 0; i < n; i++) {
        char *id = identity(g, all[i].node);
        gpointer known = NULL;

        g->jewels[i] = all[i].node;
        g->asset[i] = i;
        if (id && g_hash_table_lookup_extended(first, id, NULL, &known))
            g->asset[i] = GPOINTER_TO_UINT(known);
        else if (id)
            g_hash_table_insert(first, g_steal_pointer(&id), GUINT_TO_POINTER(i));
        g_free(id);
    }
    free(all);
}

uint32_t asset_of(const struct graph *g, node_ix jewel)
{
    struct ranked want = ranked(g, jewel);
    size_t lo = 0, hi = g->njewels;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        struct ranked at = ranked(g, g->jewels[mid]);

        if (by_weight(&at, &want) <= 0)
            lo = mid;
        else
            hi = mid;
    }
    assert(g->jewels[lo] == jewel);
    return g->asset[lo];
}
