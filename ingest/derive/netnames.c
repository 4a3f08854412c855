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

/* The same members may be in several groups, if some of their pods differ. */
static const char *unlike(struct netnames *n, struct arena *a, char *key)
{
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(n->taken, key));
    const char *out = before ? arena_printf(a, "%s-%u", key, before + 1) : arena_strdup(a, key);

    g_hash_table_replace(n->taken, key, GUINT_TO_POINTER(before + 1));
    return out;
}

struct netname netnames_of(struct netnames *n, uint32_t group, struct arena *a)
{
    guint count;
    g_autofree char **words = (char **)g_hash_table_get_keys_as_array(n->members[group], &count);
    struct netname out;

    if (count == 0)
        return (struct netname){"", unlike(n, a, g_strdup("nothing")), "nothing"};
    qsort(words, count, sizeof(*words), by_text);
    g_autofree char *hash = hash_of(words, count);
    char *key = count > 1 ? g_strdup_printf("%s+%s", words[0], hash) : g_strdup(words[0]);
    const char *full = unlike(n, a, key), *slash = strchr(full, '/');

    out.ns = slash ? arena_strndup(a, full, (size_t)(slash - full)) : "";
    out.name = slash ? slash + 1 : full;
    out.shown = count > 1 ? arena_printf(a, "%s and %u more", words[0], count - 1)
                          : arena_strdup(a, words[0]);
    return out;
}

char *netnames_pod(const struct fact_pod *p)
{
    return g_strdup_printf("%s/%s", p->meta.ns,
                           *p->workload_name ? p->workload_name : p->meta.name);
}
