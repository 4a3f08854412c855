/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One variant of a policy for each tuple of label values. */
#include "ingest/derive/netsame.h"

#include <string.h>

#include "ingest/derive/selector.h"

/* The keys that a policy compares, and their values (NULL: not there) in some namespaces. */
struct tuple {
    const struct texts *keys;
    const char **values;
};

static void note_keys(GPtrArray *keys, const struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (!g_ptr_array_find_with_equal_func(keys, t->v[i], g_str_equal, NULL))
            g_ptr_array_add(keys, (gpointer)t->v[i]);
}

static void keys_of(const struct fact_netrule *rules, size_t n, GPtrArray *keys)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++) {
            note_keys(keys, &rules[i].peers[k].same);
            note_keys(keys, &rules[i].peers[k].not_same);
        }
}

static const char *value_of(const struct fact_namespace *n, const char *key)
{
    const char *v = facts_label(&n->meta, key);

    return v || strcmp(key, "kubernetes.io/metadata.name") != 0 ? v : n->meta.name;
}

static const char *tuple_value(const struct tuple *t, const char *key)
{
    for (size_t i = 0; i < t->keys->n; i++)
        if (strcmp(t->keys->v[i], key) == 0)
            return t->values[i];
    return NULL;
}

static struct fact_requirement requirement(struct arena *a, const char *key,
                                           enum selector_operator op, const char *value)
{
    struct fact_requirement r = {.key = key, .op = op};

    if (value) {
        const char **v = arena_calloc(a, 1, sizeof(*v));
        v[0] = value;
        r.values = (struct texts){v, 1};
    }
    return r;
}

/* Room for what a selector asks and `more`; *n is how many there are. */
static struct fact_requirement *widen(struct arena *a, struct fact_selector *s, size_t more)
{
    struct fact_requirement *r = arena_calloc(a, s->nrequirements + more, sizeof(*r));

    if (s->nrequirements)
        memcpy(r, s->requirements, s->nrequirements * sizeof(*r));
    s->requirements = r;
    return r;
}

/* Only subjects in namespaces of the tuple. */
static struct fact_netpeer narrowed(struct arena *a, const struct fact_netpeer *subject,
                                    const struct tuple *t)
{
    struct fact_netpeer p = *subject;
    struct fact_requirement *r = widen(a, &p.namespaces, t->keys->n);

    for (size_t i = 0; i < t->keys->n; i++)
        r[p.namespaces.nrequirements++] = requirement(
            a, t->keys->v[i], t->values[i] ? SELECTOR_IN : SELECTOR_DOES_NOT_EXIST, t->values[i]);
    return p;
}

static struct fact_netpeer without_keys(const struct fact_netpeer *p)
{
    struct fact_netpeer out = *p;

    out.same = out.not_same = (struct texts){0};
    return out;
}

/* Namespaces with all the values of the tuple. */
static void add_same(struct arena *a, const struct fact_netpeer *p, const struct tuple *t,
                     GArray *out)
{
    struct fact_netpeer peer = without_keys(p);
    struct fact_requirement *r = widen(a, &peer.namespaces, p->same.n);

    for (size_t i = 0; i < p->same.n; i++) {
        const char *value = tuple_value(t, p->same.v[i]);
        if (!value)
            return;
        r[peer.namespaces.nrequirements++] = requirement(a, p->same.v[i], SELECTOR_IN, value);
    }
    g_array_append_val(out, peer);
}

/* Namespaces that have all keys, one of them with another value: a peer for each such one. */
static void add_not_same(struct arena *a, const struct fact_netpeer *p, const struct tuple *t,
                         GArray *out)
{
    for (size_t other = 0; other < p->not_same.n; other++) {
        struct fact_netpeer peer = without_keys(p);
        struct fact_requirement *r = widen(a, &peer.namespaces, p->not_same.n + 1);
        const char *value = tuple_value(t, p->not_same.v[other]);

        for (size_t i = 0; i < p->not_same.n; i++)
            r[peer.namespaces.nrequirements++] =
                requirement(a, p->not_same.v[i], SELECTOR_EXISTS, NULL);
        if (value)
            r[peer.namespaces.nrequirements++] =
                requirement(a, p->not_same.v[other], SELECTOR_NOT_IN, value);
        g_array_append_val(out, peer);
    }
}

static const struct fact_netrule *resolved(struct arena *a, const struct fact_netrule *rules,
                                           size_t n, const struct tuple *t)
{
    struct fact_netrule *out = arena_calloc(a, n, sizeof(*out));
    g_autoptr(GArray) peers = g_array_new(FALSE, FALSE, sizeof(struct fact_netpeer));

    for (size_t i = 0; i < n; i++) {
        out[i] = rules[i];
        g_array_set_size(peers, 0);
        for (size_t k = 0; k < rules[i].npeers; k++) {
            const struct fact_netpeer *p = &rules[i].peers[k];
            if (p->same.n)
                add_same(a, p, t, peers);
            else if (p->not_same.n)
                add_not_same(a, p, t, peers);
            else
                g_array_append_vals(peers, p, 1);
        }
        out[i].npeers = peers->len;
        out[i].peers =
            peers->len ? arena_memdup(a, peers->data, peers->len * sizeof(*out->peers)) : NULL;
    }
    return out;
}

static void add_variant(const struct facts *f, const struct fact_netpol *p, const struct tuple *t,
                        GArray *out)
{
    struct fact_netpol v = *p;

    v.subject = narrowed(f->arena, &p->subject, t);
    v.ingress = resolved(f->arena, p->ingress, p->ningress, t);
    v.egress = resolved(f->arena, p->egress, p->negress, t);
    g_array_append_val(out, v);
}

/* The values in one namespace, and a text that is the same for the same values. */
static char *read_values(const struct fact_namespace *n, struct tuple *t)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < t->keys->n; i++) {
        t->values[i] = value_of(n, t->keys->v[i]);
        if (t->values[i])
            g_string_append_printf(text, "=%zu:%s", strlen(t->values[i]), t->values[i]);
        else
            g_string_append_c(text, '!');
    }
    return g_string_free(text, FALSE);
}

static void add_variants(const struct facts *f, const struct fact_netpol *p, GPtrArray *keys,
                         GArray *out)
{
    const struct texts all = {(const char *const *)keys->pdata, keys->len};
    struct tuple t = {&all, arena_calloc(f->arena, keys->len, sizeof(*t.values))};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < f->namespaces.n; i++) {
        const struct fact_namespace *n = &f->namespaces.v[i];

        if (selector_matches_namespace(&p->subject.namespaces, n) &&
            g_hash_table_add(seen, read_values(n, &t)))
            add_variant(f, p, &t, out);
    }
}

GArray *netsame_policies(const struct facts *f)
{
    GArray *out = g_array_sized_new(FALSE, FALSE, sizeof(struct fact_netpol), (guint)f->netpols.n);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();

    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];

        g_ptr_array_set_size(keys, 0);
        keys_of(p->ingress, p->ningress, keys);
        keys_of(p->egress, p->negress, keys);
        if (keys->len && !p->subject.unread)
            add_variants(f, p, keys, out);
        else
            g_array_append_vals(out, p, 1);
    }
    return out;
}
