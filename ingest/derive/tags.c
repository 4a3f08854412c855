/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags: read once for each namespace and workload, then looked up by what they contain. */
#include "ingest/derive/tags.h"

#include <stdlib.h>
#include <string.h>

struct tags {
    const struct facts *f;
    GHashTable *said; /* "kind ns/name" of a workload, "ns" of a namespace -> struct tags_said * */
    GString *key;     /* reused */
};

static const char *word(const struct meta *m, const char *key)
{
    const char *v = facts_label(m, key);

    if (!v)
        v = facts_annotation(m, key);
    return v && *v ? v : NULL;
}

bool tags_worth(const struct facts *f, const struct meta *m, double *weight, const char **bad)
{
    const char *v = facts_label(m, f->tags.crown_jewel);
    char *end;

    if (!v)
        v = facts_annotation(m, f->tags.crown_jewel);
    if (bad)
        *bad = NULL;
    if (!v)
        return false;
    /* Plain decimals only: g_ascii_strtod would also take "nan", "1e-3" and " 1". */
    double w = g_ascii_strtod(v, &end);
    if (*v && !v[strspn(v, "0123456789.")] && !*end && w >= 0 && w <= 1) {
        *weight = w;
        return true;
    }
    if (bad)
        *bad = v;
    return false;
}

/* The object's own words. */
static struct tags_said own(const struct facts *f, const struct meta *m)
{
    struct tags_said s = {0};

    if (m->nlabels + m->nannotations == 0)
        return s;
    s.owner = word(m, f->tags.owner);
    s.data_class = word(m, f->tags.data_class);
    s.own_class = s.data_class != NULL;
    s.own_worth = tags_worth(f, m, &s.worth, NULL);
    return s;
}

/* Fills what `s` lacks from what contains it. */
static void inherit(struct tags_said *s, const struct tags_said *from, bool near)
{
    if (!from)
        return;
    if (!s->owner)
        s->owner = from->owner;
    if (!s->data_class) {
        s->data_class = from->data_class;
        s->own_class = near && from->data_class;
    }
    if (!s->worth_of && from->worth_of) {
        s->worth = from->worth;
        s->worth_of = from->worth_of;
        s->own_worth = near;
    }
}

/* Takes `key` over. */
static void note(struct tags *t, const struct meta *m, char *take_key, const char *thing)
{
    struct tags_said s = own(t->f, m);

    s.worth_of = s.own_worth ? thing : NULL;
    if (s.owner || s.data_class || s.worth_of)
        g_hash_table_insert(t->said, take_key, arena_memdup(t->f->arena, &s, sizeof(s)));
    else
        g_free(take_key);
}

struct tags *tags_new(const struct facts *f)
{
    struct tags *t = must_calloc(1, sizeof(*t));

    t->f = f;
    t->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    t->key = g_string_new(NULL);
    for (size_t i = 0; i < f->namespaces.n; i++) {
        const struct meta *m = &f->namespaces.v[i].meta;

        note(t, m, g_strdup(m->name), arena_printf(f->arena, "Namespace %s", m->name));
    }
    for (size_t i = 0; i < f->workloads.n; i++) {
        const struct fact_workload *w = &f->workloads.v[i];
        const char *thing = arena_printf(f->arena, "%s %s/%s", w->kind, w->meta.ns, w->meta.name);

        note(t, &w->meta, g_strdup(thing), thing);
    }
    return t;
}

void tags_free(struct tags *t)
{
    if (!t)
        return;
    g_hash_table_destroy(t->said);
    g_string_free(t->key, TRUE);
    free(t);
}

struct tags_said tags_of_namespace(const struct tags *t, const char *ns)
{
    const struct tags_said *s = g_hash_table_lookup(t->said, ns);

    return s ? *s : (struct tags_said){0};
}

struct tags_said tags_of(const struct tags *t, const struct meta *m)
{
    struct tags_said s = own(t->f, m);

    if (*m->ns) {
        inherit(&s, g_hash_table_lookup(t->said, m->ns), false);
        if (!s.own_worth)
            s.worth_of = NULL;
    }
    return s;
}

struct tags_said tags_of_pod(const struct tags *t, const struct fact_pod *p)
{
    bool owned = *p->workload_kind;
    struct tags_said s = own(t->f, &p->meta);

    g_string_printf(t->key, "%s %s/%s", owned ? p->workload_kind : "Pod", p->meta.ns,
                    owned ? p->workload_name : p->meta.name);
    if (s.own_worth)
        s.worth_of = arena_strdup(t->f->arena, t->key->str);
    if (g_hash_table_size(t->said) > 0) {
        inherit(&s, g_hash_table_lookup(t->said, t->key->str), true);
        inherit(&s, g_hash_table_lookup(t->said, p->meta.ns), false);
    }
    return s;
}

static bool among(const char *const *words, size_t nwords, const char *s, size_t n)
{
    for (size_t i = 0; i < nwords; i++)
        if (strlen(words[i]) == n && g_ascii_strncasecmp(s, words[i], n) == 0)
            return true;
    return false;
}

bool tags_sensitive(const char *data_class)
{
    static const char *const worst[] = {"pii", "pci", "phi", "secret", "gdpr", "hipaa"};
    static const char *const denials[] = {"no", "non", "not", "without"};
    bool denied = false;

    while (data_class && *data_class) {
        size_t n = 0;

        while (g_ascii_isalnum(data_class[n]))
            n++;
        if (!denied && among(worst, ARRAY_LEN(worst), data_class, n))
            return true;
        if (n > 0)
            denied = among(denials, ARRAY_LEN(denials), data_class, n);
        data_class += n + (data_class[n] != '\0');
    }
    return false;
}

bool tags_key_ok(const char *key)
{
    enum { MOST = 253 + 1 + 63 };
    size_t n = strlen(key);

    if (n == 0 || n > MOST)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isalnum(key[i]) && !strchr("./_-", key[i]))
            return false;
    return true;
}

void tags_props(const struct tags_said *s, struct jw *w)
{
    if (s->owner)
        jw_key_str(w, "owner", s->owner);
    if (s->data_class)
        jw_key_str(w, "dataClass", s->data_class);
}
