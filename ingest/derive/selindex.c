/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A selector stands below its first matchLabel; without one, below each value of its first In;
 * without either it is asked always. */
#include "ingest/derive/selindex.h"

#include <stdlib.h>

#include "base/must.h"

struct selindex {
    GHashTable *by_label; /* struct label (borrowed texts) to GArray of uint32_t */
    GArray *always;       /* uint32_t */
};

static guint hash_label(gconstpointer at)
{
    const struct label *l = at;

    return g_str_hash(l->key) * 31 + g_str_hash(l->value);
}

static gboolean same_label(gconstpointer a, gconstpointer b)
{
    const struct label *x = a, *y = b;

    return g_str_equal(x->key, y->key) && g_str_equal(x->value, y->value);
}

static void free_ids(gpointer ids)
{
    g_array_free(ids, TRUE);
}

struct selindex *selindex_new(void)
{
    struct selindex *ix = must_calloc(1, sizeof(*ix));

    ix->by_label = g_hash_table_new_full(hash_label, same_label, g_free, free_ids);
    ix->always = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return ix;
}

void selindex_free(struct selindex *ix)
{
    if (!ix)
        return;
    g_hash_table_destroy(ix->by_label);
    g_array_free(ix->always, TRUE);
    free(ix);
}

static void add_below(struct selindex *ix, const char *key, const char *value, uint32_t id)
{
    struct label l = {key, value};
    GArray *ids = g_hash_table_lookup(ix->by_label, &l);

    if (!ids) {
        struct label *own = g_new(struct label, 1);
        *own = l;
        ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(ix->by_label, own, ids);
    }
    g_array_append_val(ids, id);
}

void selindex_add(struct selindex *ix, const struct fact_selector *s, uint32_t id)
{
    if (s->nlabels) {
        add_below(ix, s->labels[0].key, s->labels[0].value, id);
        return;
    }
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];
        if (r->op != SELECTOR_IN)
            continue;
        for (size_t k = 0; k < r->values.n; k++)
            add_below(ix, r->key, r->values.v[k], id);
        return;
    }
    g_array_append_val(ix->always, id);
}

static void each_of(const GArray *ids, void (*fn)(void *arg, uint32_t id), void *arg)
{
    for (guint i = 0; i < ids->len; i++)
        fn(arg, g_array_index(ids, uint32_t, i));
}

void selindex_each(const struct selindex *ix, const struct label *labels, size_t n,
                   void (*fn)(void *arg, uint32_t id), void *arg)
{
    each_of(ix->always, fn, arg);
    for (size_t i = 0; i < n; i++) {
        const GArray *ids = g_hash_table_lookup(ix->by_label, &labels[i]);
        if (ids)
            each_of(ids, fn, arg);
    }
}
