/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members as sorted words. */
#include "ingest/derive/netnames.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { HASH_DIGITS = 8 };

struct netnames {
    GHashTable **members; /* of each group: words */
    size_t n;
    struct label_of *labels; /* of each group; NULL: not made yet */
    uint32_t *order;
};

/* What the members of a group make of its name. */
struct label_of {
    char *key; /* "shop/web", "shop/web+1a2b3c4d" */
    char *first;
    guint others; /* members but the first */
};

struct netnames *netnames_new(size_t ngroups)
{
    struct netnames *n = must_calloc(1, sizeof(*n));

    n->n = ngroups;
    n->members = must_calloc(ngroups + 1, sizeof(GHashTable *));
    for (size_t i = 0; i < ngroups; i++)
        n->members[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return n;
}

void netnames_free(struct netnames *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n; i++) {
        g_hash_table_destroy(n->members[i]);
        g_free(n->labels ? n->labels[i].key : NULL);
        g_free(n->labels ? n->labels[i].first : NULL);
    }
    free(n->labels);
    free(n->order);
    free(n->members);
    free(n);
}

void netnames_add(struct netnames *n, uint32_t group, const char *member)
{
    if (!g_hash_table_contains(n->members[group], member))
        g_hash_table_add(n->members[group], g_strdup(member));
}

/* What is in a namespace comes first. */
static int by_text(gconstpointer a, gconstpointer b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    bool in_x = strchr(x, '/'), in_y = strchr(y, '/');

    return in_x != in_y ? in_y - in_x : strcmp(x, y);
}

static char *hash_of(char **words, guint n)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < n; i++)
        g_checksum_update(sum, (const guchar *)words[i], (gssize)strlen(words[i]) + 1);
    return g_strndup(g_checksum_get_string(sum), HASH_DIGITS);
}

static void make_label(struct netnames *n, uint32_t group)
{
    guint count;
    g_autofree char **words = (char **)g_hash_table_get_keys_as_array(n->members[group], &count);
    struct label_of *out = &n->labels[group];

    if (count == 0) {
        *out = (struct label_of){g_strdup("nothing"), g_strdup("nothing"), 0};
        return;
    }
    qsort(words, count, sizeof(*words), by_text);
    g_autofree char *hash = hash_of(words, count);
    out->key = count > 1 ? g_strdup_printf("%s+%s", words[0], hash) : g_strdup(words[0]);
    out->first = g_strdup(words[0]);
    out->others = count - 1;
}

/* Of groups with the same members `unlike` decides, where there is one, then the number. */
struct ordering {
    const struct netnames *n;
    GCompareDataFunc unlike;
    void *arg;
};

static int by_key(gconstpointer a, gconstpointer b, gpointer arg)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct ordering *o = arg;
    int order = strcmp(o->n->labels[x].key, o->n->labels[y].key);

    if (order == 0 && o->unlike)
        order = o->unlike(a, b, o->arg);
    return order ? order : (x > y) - (x < y);
}

static void put_in_order(struct netnames *n, GCompareDataFunc unlike, void *arg)
{
    struct ordering o = {n, unlike, arg};

    if (!n->labels) {
        n->labels = must_calloc(n->n + 1, sizeof(*n->labels));
        n->order = must_calloc(n->n + 1, sizeof(*n->order));
        for (uint32_t i = 0; i < n->n; i++) {
            make_label(n, i);
            n->order[i] = i;
        }
    }
    g_qsort_with_data(n->order, (gint)n->n, sizeof(*n->order), by_key, &o);
}

const uint32_t *netnames_order(struct netnames *n)
{
    put_in_order(n, NULL, NULL);
    return n->order;
}

static struct netname name_of(const struct label_of *l, size_t before, struct arena *a)
{
    const char *full =
        before ? arena_printf(a, "%s-%zu", l->key, before + 1) : arena_strdup(a, l->key);
    const char *slash = strchr(full, '/');
    struct netname out = {.ns = "", .name = full};

    if (slash) {
        out.ns = arena_strndup(a, full, (size_t)(slash - full));
        out.name = slash + 1;
    }
    out.shown = l->others ? arena_printf(a, "%s and %u more", l->first, l->others)
                          : arena_strdup(a, l->first);
    return out;
}

const struct netname *netnames_all(struct netnames *n, struct arena *a, GCompareDataFunc unlike,
                                   void *arg)
{
    struct netname *all = arena_calloc(a, n->n + 1, sizeof(*all));
    size_t before = 0;

    put_in_order(n, unlike, arg);
    for (size_t i = 0; i < n->n; i++) {
        const struct label_of *l = &n->labels[n->order[i]];

        before = i && strcmp(l->key, n->labels[n->order[i - 1]].key) == 0 ? before + 1 : 0;
        all[n->order[i]] = name_of(l, before, a);
    }
    return all;
}

char *netnames_pod(const struct fact_pod *p)
{
    return g_strdup_printf("%s/%s", p->meta.ns,
                           *p->workload_name ? p->workload_name : p->meta.name);
}
