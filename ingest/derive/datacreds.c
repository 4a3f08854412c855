/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Credentials that stores take, and those that clients seem to have. */
#include "ingest/derive/datacreds.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/datanames.h"
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"

struct datacreds {
    const struct facts *f;
    const struct datastores *ds;
    struct arena *a;
    GHashTable *by_secret; /* const struct fact_secret * -> GPtrArray of struct datacred * */
    GHashTable *asks;      /* const struct datastore * -> its first sure one */
    GHashTable *hints;     /* Secret -> struct hint *: a variable that speaks of a password */
};

struct hint {
    const struct fact_pod *pod;
    const struct fact_secret_var *var;
};

/* --- words ----------------------------------------------------------------------------------- */

static bool has_word(const char *lower, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

/* Passwords of something else that stores are given too. */
static bool foreign(const char *lower)
{
    static const char *const words[] = {"keystore", "truststore", "tls",    "ssl",  "cert",
                                        "smtp",     "mail",       "ldap",   "aws",  "s3",
                                        "gcs",      "azure",      "backup", "oidc", "oauth"};

    return has_word(lower, words, ARRAY_LEN(words));
}

bool datacreds_word(const char *name, bool wide)
{
    static const char *const narrow[] = {"pass", "pwd"};
    static const char *const more[] = {"credential", "connection", "uri",  "url",
                                       "dsn",        "token",      "auth", "secret"};
    g_autofree char *lower = g_ascii_strdown(name, -1);

    return !foreign(lower) && (has_word(lower, narrow, ARRAY_LEN(narrow)) ||
                               (wide && has_word(lower, more, ARRAY_LEN(more))));
}

/* --- the list -------------------------------------------------------------------------------- */

static void free_list(gpointer list)
{
    g_ptr_array_unref(list);
}

/* Each Secret opens each store once; what is sure wins. */
static void add(struct datacreds *dc, const struct datacred *cred)
{
    GPtrArray *list = g_hash_table_lookup(dc->by_secret, cred->secret);
    struct datacred *have = NULL;

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(dc->by_secret, (gpointer)cred->secret, list);
    }
    for (guint i = 0; i < list->len; i++)
        if (((struct datacred *)list->pdata[i])->store == cred->store)
            have = list->pdata[i];
    if (have && (have->sure || !cred->sure))
        return;
    if (have) {
        *have = *cred;
    } else {
        have = arena_memdup(dc->a, cred, sizeof(*cred));
        g_ptr_array_add(list, have);
    }
    if (cred->sure && !g_hash_table_contains(dc->asks, cred->store))
        g_hash_table_insert(dc->asks, (gpointer)cred->store, have);
}

const struct datacred *const *datacreds_of(const struct datacreds *dc, const struct fact_secret *s,
                                           size_t *n)
{
    const GPtrArray *list = g_hash_table_lookup(dc->by_secret, s);

    *n = list ? list->len : 0;
    return list ? (const struct datacred *const *)list->pdata : NULL;
}

const struct datacred *datacreds_asks(const struct datacreds *dc, const struct datastore *s)
{
    return g_hash_table_lookup(dc->asks, s);
}

/* --- what stores take ------------------------------------------------------------------------ */

/* One container beside or of a store. */
struct taker {
    struct datacreds *dc;
    const struct datastore *store;
    const struct fact_pod *pod;
    const struct fact_container *container;
    bool itself; /* it is the store */
};

/* Types of Secrets that are no passwords. */
static bool of_other_type(const struct fact_secret *s)
{
    return *s->type && strcmp(s->type, "Opaque") != 0 &&
           strcmp(s->type, "kubernetes.io/basic-auth") != 0 &&
           (g_str_has_prefix(s->type, "kubernetes.io/") ||
            g_str_has_prefix(s->type, "bootstrap.kubernetes.io/") ||
            g_str_has_prefix(s->type, "helm.sh/"));
}

static void take(const struct taker *t, const char *secret, const char *key, bool sure,
                 const char *field, const char *reason)
{
    struct arena *a = t->dc->a;
    struct datacred cred = {
        .secret = facts_secret(t->dc->f, t->pod->meta.ns, secret),
        .store = t->store,
        .sure = sure,
        .key = key,
        .ev = {.object = arena_printf(a, "Pod %s/%s", t->pod->meta.ns, t->pod->meta.name),
               .uid = t->pod->meta.uid,
               .field = escape_field(a, t->pod, t->container, field),
               .reason = reason},
    };

    if (cred.secret && !of_other_type(cred.secret))
        add(t->dc, &cred);
}

static void take_variables(const struct taker *t)
{
    const struct fact_container *k = t->container;

    for (size_t i = 0; i < k->nsecret_vars; i++) {
        const struct fact_secret_var *v = &k->secret_vars[i];

        if (datastores_variable(t->store->engine, v->name) ||
            (t->itself && (datacreds_word(v->name, false) || datacreds_word(v->key, false))))
            take(t, v->secret, v->key, true, "env",
                 arena_printf(t->dc->a,
                              "the store takes its password from %s, key %s of the Secret", v->name,
                              v->key));
    }
}

/* A Secret of which the store sees these keys (none: all): which is the password? */
static void take_keys(const struct taker *t, const char *secret, const struct texts *only,
                      const char *field)
{
    const struct fact_secret *s = facts_secret(t->dc->f, t->pod->meta.ns, secret);
    const struct texts *keys = only->n ? only : s ? &s->keys : only;

    for (size_t i = 0; i < keys->n; i++)
        if (datastores_variable(t->store->engine, keys->v[i]) || datacreds_word(keys->v[i], false))
            take(t, secret, keys->v[i], true, field,
                 arena_printf(t->dc->a, "the store is shown key %s of the Secret", keys->v[i]));
    if (keys->n == 0 && datacreds_word(secret, true))
        take(t, secret, "", false, field,
             "the store is shown the Secret, whose name speaks of credentials; its keys are not "
             "known");
}

static void take_all(const struct taker *t)
{
    static const struct texts all = {NULL, 0};
    const struct fact_container *k = t->container;

    take_variables(t);
    if (!t->itself)
        return;
    for (size_t i = k->env_secrets_from; i < k->env_secrets.n; i++)
        take_keys(t, k->env_secrets.v[i], &all, "envFrom");
    for (size_t i = 0; i < k->nmounts; i++) {
        if (k->mounts[i].volume >= t->pod->nvolumes)
            continue;
        const struct fact_volume *v = &t->pod->volumes[k->mounts[i].volume];
        for (size_t m = 0; v->type != VOLUME_CSI && m < v->secrets.n; m++)
            take_keys(t, v->secrets.v[m], &v->secret_keys, "volumeMounts");
    }
}

static void of_store(struct datacreds *dc, const struct datastore *s)
{
    for (size_t i = 0; i < s->runs.n; i++) {
        const struct fact_pod *p = s->runs.v[i].pod;

        for (size_t k = 0; k < p->ncontainers; k++)
            take_all(&(struct taker){dc, s, p, &p->containers[k],
                                     &p->containers[k] == s->runs.v[i].container});
    }
}

/* --- what clients seem to have --------------------------------------------------------------- */

static void note_hints(struct datacreds *dc, const struct fact_pod *p,
                       const struct fact_container *k)
{
    for (size_t i = 0; i < k->nsecret_vars; i++) {
        const struct fact_secret_var *v = &k->secret_vars[i];
        const struct fact_secret *s = facts_secret(dc->f, p->meta.ns, v->secret);

        if (!s || g_hash_table_contains(dc->hints, s) ||
            (!datacreds_word(v->name, true) && !datacreds_word(v->key, true)))
            continue;
        struct hint h = {p, v};
        g_hash_table_insert(dc->hints, (gpointer)s, arena_memdup(dc->a, &h, sizeof(h)));
    }
}

/* A key of the Secret, or the way it is used, that speaks of a credential; NULL if nothing does. */
static const char *speaks(const struct datacreds *dc, const struct fact_secret *s)
{
    const struct hint *h = g_hash_table_lookup(dc->hints, s);

    for (size_t i = 0; i < s->keys.n; i++)
        if (datacreds_word(s->keys.v[i], true))
            return s->keys.v[i];
    if (h)
        return h->var->key;
    return s->keys.n == 0 && datacreds_word(s->meta.name, true) ? "" : NULL;
}

/* Names of the Secret, of its key and of the variable, in this order. */
static void guess(struct datacreds *dc, const struct datanames *dn, const struct fact_secret *s)
{
    const struct hint *h = g_hash_table_lookup(dc->hints, s);
    const char *key = of_other_type(s) ? NULL : speaks(dc, s);
    const char *texts[] = {s->meta.name, key, h ? h->var->name : NULL};
    static const char *const where[] = {"metadata.name", "data", NULL};
    const struct datastore *const *stores;
    const char *name;
    size_t n, at = 0;

    if (datacreds_of(dc, s, &n) && n > 0) /* a store takes it: we need not guess */
        return;
    for (n = 0; key && n == 0 && at < ARRAY_LEN(texts); at++)
        if (texts[at])
            n = datanames_in(dn, s->meta.ns, texts[at], dc->a, &stores, &name);
    for (size_t i = 0; i < n; i++) {
        struct datacred cred = {
            .secret = s,
            .store = stores[i],
            .key = key,
            .ev = {.object = arena_printf(dc->a, "Secret %s/%s", s->meta.ns, s->meta.name),
                   .uid = s->meta.uid,
                   .field = where[at - 1],
                   .reason = arena_printf(
                       dc->a,
                       "%.80s is called after %.80s; whether it opens that store only its values "
                       "say",
                       texts[at - 1], name)},
        };
        add(dc, &cred);
    }
}

struct datacreds *datacreds_new(const struct facts *f, const struct datastores *ds, struct arena *a)
{
    struct datacreds *dc = must_calloc(1, sizeof(*dc));
    size_t n;
    struct datastore **all = datastores_all(ds, &n);

    *dc = (struct datacreds){.f = f, .ds = ds, .a = a};
    dc->by_secret = g_hash_table_new_full(NULL, NULL, NULL, free_list);
    dc->asks = g_hash_table_new(NULL, NULL);
    dc->hints = g_hash_table_new(NULL, NULL);
    if (n == 0)
        return dc;
    for (size_t i = 0; i < n; i++)
        of_store(dc, all[i]);
    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t k = 0; nodes_pod_runs(&f->pods.v[i]) && k < f->pods.v[i].ncontainers; k++)
            note_hints(dc, &f->pods.v[i], &f->pods.v[i].containers[k]);
    AUTO(datanames) dn = datanames_new(f, ds);
    for (size_t i = 0; i < f->secrets.n; i++)
        guess(dc, dn, &f->secrets.v[i]);
    return dc;
}

void datacreds_free(struct datacreds *dc)
{
    if (!dc)
        return;
    g_hash_table_destroy(dc->by_secret);
    g_hash_table_destroy(dc->asks);
    g_hash_table_destroy(dc->hints);
    free(dc);
}
