/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two tables, and the union over them. */
#include "ingest/derive/podmaking.h"

#include <assert.h>
#include <string.h>

#define CREATE(api_group, plural)                                                                  \
    {                                                                                              \
        .verb = "create", .group = api_group, .resource = plural, .subresource = "",               \
        .class = CLASS_TRIVIAL                                                                     \
    }

const struct rbac_right podmaking_creates[] = {
    CREATE("", "pods"),
    CREATE("apps", "deployments"),
    CREATE("apps", "daemonsets"),
    CREATE("apps", "statefulsets"),
    CREATE("apps", "replicasets"),
    CREATE("batch", "jobs"),
    CREATE("batch", "cronjobs"),
    CREATE("", "replicationcontrollers"),
};
static_assert(ARRAY_LEN(podmaking_creates) == PODMAKING_CREATES, "count");

#define RIGHT(v, api_group, plural, how)                                                           \
    {                                                                                              \
        .verb = v, .group = api_group, .resource = plural, .subresource = "", .class = how,        \
        .named = true, .named_class = how                                                          \
    }
#define EDIT(api_group, plural, how)                                                               \
    {                                                                                              \
        RIGHT("patch", api_group, plural, how), RIGHT("update", api_group, plural, how)            \
    }

/* ReplicaSets and their elders leave the pods alone that they have, so more must be asked for.
 * Jobs are not here: not even a suspended one takes another image or account. */
const struct podmaking_kind podmaking_kinds[] = {
    {"Deployment", EDIT("apps", "deployments", CLASS_TRIVIAL)},
    {"DaemonSet", EDIT("apps", "daemonsets", CLASS_TRIVIAL)},
    {"StatefulSet", EDIT("apps", "statefulsets", CLASS_TRIVIAL)},
    {"ReplicaSet", EDIT("apps", "replicasets", CLASS_EASY)},
    {"CronJob", EDIT("batch", "cronjobs", CLASS_TRIVIAL)},
    {"ReplicationController", EDIT("", "replicationcontrollers", CLASS_EASY)},
};
static_assert(ARRAY_LEN(podmaking_kinds) == PODMAKING_KINDS, "count");

struct search {
    struct podmaking_hit hit;
    size_t n;         /* parts */
    GHashTable *told; /* "identity ns" of those that create */
    podmaking_fn *fn;
    void *arg;
};

static void on_hit(struct rule_ctx *c, const struct rbac_union_hit *u, void *arg)
{
    struct search *s = arg;
    const char *key = arena_printf(c->scratch, "%u %s", u->identity, u->ns);

    if (!s->hit.edits)
        g_hash_table_add(s->told, (gpointer)key);
    else if (g_hash_table_contains(s->told, key))
        return;
    s->hit.u = u;
    s->hit.making = &u->parts[s->n - 1];
    s->fn(c, &s->hit, s->arg);
}

static void try_kind(struct rule_ctx *c, struct search *s, const struct rbac_part *parts,
                     const struct podmaking_kind *kind)
{
    s->hit.edits = kind;
    s->hit.spaces = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < c->f->workloads.n; i++)
        if (strcmp(c->f->workloads.v[i].kind, kind->kind) == 0)
            g_hash_table_add(s->hit.spaces, (gpointer)c->f->workloads.v[i].meta.ns);
    if (g_hash_table_size(s->hit.spaces) > 0)
        rbac_union_each(c, parts, s->n, on_hit, s);
    g_hash_table_destroy(s->hit.spaces);
}

void podmaking_each(struct rule_ctx *c, const struct rbac_part *parts, size_t n, podmaking_fn *hit,
                    void *arg)
{
    struct rbac_part all[RBAC_UNION_PARTS];
    struct search s = {.n = n + 1, .fn = hit, .arg = arg};

    assert(n < RBAC_UNION_PARTS);
    s.told = g_hash_table_new(g_str_hash, g_str_equal);
    memcpy(all, parts, n * sizeof(*parts));
    all[n] = (struct rbac_part){podmaking_creates, PODMAKING_CREATES, false};
    rbac_union_each(c, all, s.n, on_hit, &s);
    for (size_t i = 0; i < PODMAKING_KINDS; i++) {
        all[n] = (struct rbac_part){podmaking_kinds[i].edit, 2, false};
        try_kind(c, &s, all, &podmaking_kinds[i]);
    }
    g_hash_table_destroy(s.told);
}

size_t podmaking_scope(struct rule_ctx *c, const struct podmaking_hit *h, size_t *end)
{
    const struct fact_namespace *one = *h->u->ns ? facts_namespace(c->f, h->u->ns) : NULL;
    size_t first = one ? (size_t)(one - c->f->namespaces.v) : 0;

    *end = one ? first + 1 : c->f->namespaces.n;
    return first;
}

bool podmaking_in(struct rule_ctx *c, const struct podmaking_hit *h,
                  const struct fact_namespace *ns)
{
    const char *name = ns->meta.name;

    if (ns->meta.terminating || (*h->u->ns && strcmp(h->u->ns, name) != 0))
        return false;
    if (!h->edits)
        return true;
    if (h->making->all)
        return g_hash_table_contains(h->spaces, name);
    for (size_t i = 0; i < h->making->names.n; i++)
        if (facts_workload(c->f, h->edits->kind, name, h->making->names.v[i]))
            return true;
    return false;
}
