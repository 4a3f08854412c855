/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members as sorted words; the key is a hash of them. */
#include "ingest/derive/netnames.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { KEY_DIGITS = 16 };

struct netnames {
    GHashTable **members; /* of each group: words */
    size_t n;
    GHashTable *taken; /* keys given out -> how often */
};

struct netnames *netnames_new(size_t ngroups)
{
    struct netnames *n = must_calloc(1, sizeof(*n));

    n->n = ngroups;
    n->members = must_calloc(ngroups + 1, sizeof(GHashTable *));
    n->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < ngroups; i++)
        n->members[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return n;
}

void netnames_free(struct netnames *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n; i++)
        g_hash_table_destroy(n->members[i]);
    g_hash_table_destroy(n->taken);
    free(n->members);
    free(n);
}

void netnames_add(struct netnames *n, uint32_t group, const char *member)
{
    if (!g_hash_table_contains(n->members[group], member))
        g_hash_table_add(n->members[group], g_strdup(member));
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void netnames_of(struct netnames *n, uint32_t group, struct arena *a, const char **key,
                 const char **shown)
{
    guint count;
    g_autofree char **words = (char **)g_hash_table_get_keys_as_array(n->members[group], &count);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    if (count)
        qsort(words, count, sizeof(*words), by_text);
    for (guint i = 0; i < count; i++)
        g_checksum_update(sum, (const guchar *)words[i], (gssize)strlen(words[i]) + 1);
    char *hash = g_strndup(g_checksum_get_string(sum), KEY_DIGITS);
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(n->taken, hash));

    *key = before ? arena_printf(a, "%s-%u", hash, before + 1) : arena_strdup(a, hash);
    *shown = count > 1 ? arena_printf(a, "%s and %u more", words[0], count - 1)
                       : arena_strdup(a, count ? words[0] : "nothing");
    g_hash_table_replace(n->taken, hash, GUINT_TO_POINTER(before + 1));
}

char *netnames_pod(const struct fact_pod *p)
{
    return g_strdup_printf("%s/%s", p->meta.ns,
                           *p->workload_name ? p->workload_name : p->meta.name);
}
