/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index of names, and runs of words looked up in it. */
#include "ingest/derive/datanames.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/ports.h"

enum { MAX_WORDS = 12 };

struct datanames {
    GHashTable *in_ns; /* "ns/name" -> GPtrArray of const struct datastore */
    GHashTable *all;   /* name -> the same */
};

static void free_list(gpointer list)
{
    g_ptr_array_unref(list);
}

static void put(GHashTable *t, const char *key, const struct datastore *s)
{
    GPtrArray *list = g_hash_table_lookup(t, key);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(t, g_strdup(key), list);
    }
    if (!g_ptr_array_find(list, s, NULL))
        g_ptr_array_add(list, (gpointer)s);
}

/* Lower case; what is no letter or digit parts words, written as "-". */
static char *plain(const char *text)
{
    GString *s = g_string_new(NULL);

    for (; *text; text++)
        if (g_ascii_isalnum(*text))
            g_string_append_c(s, g_ascii_tolower(*text));
        else if (s->len > 0 && s->str[s->len - 1] != '-')
            g_string_append_c(s, '-');
    if (s->len > 0 && s->str[s->len - 1] == '-')
        g_string_truncate(s, s->len - 1);
    return g_string_free(s, FALSE);
}

static void add(struct datanames *dn, const char *ns, const char *name, const struct datastore *s)
{
    g_autofree char *p = plain(name);
    g_autofree char *key = g_strdup_printf("%s/%s", ns, p);

    put(dn->in_ns, key, s);
    put(dn->all, p, s);
}

struct leading {
    struct datanames *dn;
    const struct datastores *ds;
};

/* A Service is a name of the stores in the pods that it leads to. */
static void leads(void *arg, const struct port_target *t)
{
    struct leading *l = arg;

    for (size_t i = 0; i < t->pod->ncontainers; i++) {
        const struct datastore *s = datastores_of(l->ds, &t->pod->containers[i]);

        if (s)
            add(l->dn, t->service->meta.ns, t->service->meta.name, s);
    }
}

struct datanames *datanames_new(const struct facts *f, const struct datastores *ds)
{
    struct datanames *dn = must_calloc(1, sizeof(*dn));
    struct leading l = {dn, ds};
    size_t n;
    struct datastore **all = datastores_all(ds, &n);

    dn->in_ns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_list);
    dn->all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_list);
    for (size_t i = 0; i < n; i++) {
        if (all[i]->runs.n)
            add(dn, all[i]->ns, all[i]->name, all[i]);
        for (size_t k = 0; k < all[i]->nservices; k++)
            add(dn, all[i]->services[k]->meta.ns, all[i]->services[k]->meta.name, all[i]);
    }
    if (n == 0)
        return dn;
    AUTO(ports) ps = ports_new(f);
    AUTO(arena) a = arena_new();
    for (size_t i = 0; i < f->services.n; i++)
        ports_of_service(ps, &f->services.v[i], a, leads, &l);
    return dn;
}

void datanames_free(struct datanames *dn)
{
    if (!dn)
        return;
    g_hash_table_destroy(dn->in_ns);
    g_hash_table_destroy(dn->all);
    free(dn);
}

/* The stores of that name: of the namespace, else of the cluster. */
static const GPtrArray *look(const struct datanames *dn, const char *ns, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", ns, name);
    const GPtrArray *list = g_hash_table_lookup(dn->in_ns, key);

    if (list || !strchr(name, '-'))
        return list;
    list = g_hash_table_lookup(dn->all, name);
    return list && list->len == 1 ? list : NULL;
}

/* The text from one word to another is a name. */
static const GPtrArray *look_words(const struct datanames *dn, const char *ns, char **words,
                                   size_t n, struct arena *a, const char **name)
{
    char *after = words[n];
    g_autofree char *run =
        after ? g_strndup(words[0], (gsize)(after - words[0]) - 1) : g_strdup(words[0]);
    const GPtrArray *list = look(dn, ns, run);

    if (list)
        *name = arena_strdup(a, run);
    return list;
}

size_t datanames_in(const struct datanames *dn, const char *ns, const char *text, struct arena *a,
                    const struct datastore *const **out, const char **name)
{
    char *words[MAX_WORDS + 1] = {NULL}; /* where they begin, then NULL */
    g_autofree char *p = plain(text);
    const GPtrArray *list = NULL;
    size_t n = 0;

    if (g_hash_table_size(dn->all) == 0 || !*p)
        return 0;
    for (char *at = p; at && n < MAX_WORDS; at = strchr(at, '-')) {
        at += *at == '-';
        words[n++] = at;
    }
    for (size_t len = n; len > 0 && !list; len--)
        for (size_t i = 0; i + len <= n && !list; i++)
            list = look_words(dn, ns, &words[i], len, a, name);
    if (!list)
        return 0;
    *out = (const struct datastore *const *)list->pdata;
    return list->len;
}
