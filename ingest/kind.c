/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of kinds, metadata, and the pods that templates would make. */
#include "ingest/kind.h"

#include <string.h>

#include "ingest/field.h"

#define KIND(name) extern const struct kind kind_##name;
#include "ingest/kinds.def"
#undef KIND

const struct kind *const kinds[] = {
#define KIND(name) &kind_##name,
#include "ingest/kinds.def"
#undef KIND
    NULL,
};

const char *const kind_common[] = {
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.labels.*",
    "metadata.ownerReferences[].kind",
    "metadata.ownerReferences[].name",
    "metadata.ownerReferences[].controller",
    "metadata.deletionTimestamp",
    "metadata.annotations.\"graphd.io/*\"",
    NULL,
};

static bool is_group(const char *api_version, const char *group)
{
    const char *slash = strchr(api_version, '/');
    size_t n = slash ? (size_t)(slash - api_version) : 0;

    return group && strlen(group) == n && !strncmp(api_version, group, n);
}

const struct kind *kind_find(const char *api_version, const char *kind)
{
    for (const struct kind *const *k = kinds; *k; k++)
        if (!strcmp((*k)->kind, kind) &&
            (is_group(api_version, (*k)->group) || is_group(api_version, (*k)->old_group)))
            return *k;
    return NULL;
}

/* Keys of facts are "ns/name", and the API server refuses a slash in either. */
static bool check_slash(const struct jx *meta, const char *key, const char *s, struct err *e)
{
    struct jx at = {.v = meta->v, .up = meta, .key = key};

    return !strchr(s, '/') || jx_err(&at, e, "want no slash, got \"%s\"", s);
}

static bool read_owner(const struct jx *meta, struct facts *f, struct meta *out, struct err *e)
{
    struct jx owners, owner;
    bool controller;

    if (!jx_opt_arr(meta, "ownerReferences", &owners, e))
        return false;
    for (size_t i = 0; i < jx_count(&owners); i++) {
        if (!jx_at_obj(&owners, i, &owner, e) ||
            !jx_opt_bool(&owner, "controller", false, &controller, e))
            return false;
        if (controller)
            return field_str(&owner, "kind", f, &out->owner_kind, e) &&
                   field_str(&owner, "name", f, &out->owner_name, e);
    }
    return true;
}

bool kind_meta(const struct jx *item, bool namespaced, struct facts *f, struct meta *out,
               struct err *e)
{
    const char *deleted;
    struct jx meta;

    *out = (struct meta){.ns = "", .owner_kind = "", .owner_name = ""};
    if (!jx_obj(item, "metadata", &meta, e) || !field_name(&meta, "name", f, &out->name, e) ||
        !check_slash(&meta, "name", out->name, e) || !field_str(&meta, "uid", f, &out->uid, e) ||
        !field_labels(&meta, "labels", f, &out->labels, &out->nlabels, e) ||
        !field_labels(&meta, "annotations", f, &out->annotations, &out->nannotations, e) ||
        !jx_opt_str(&meta, "deletionTimestamp", "", &deleted, e) || !read_owner(&meta, f, out, e))
        return false;
    out->terminating = deleted[0] != '\0';
    if (!namespaced)
        return true;
    if (!field_str(&meta, "namespace", f, &out->ns, e) ||
        !check_slash(&meta, "namespace", out->ns, e))
        return false;
    if (!out->ns[0])
        out->ns = "default"; /* where kubectl puts a manifest that names none */
    return true;
}

/* What has a pod or a predicted one: "kind/ns/name". */
static char *owner_key(const char *kind, const char *ns, const char *name)
{
    return g_strjoin("/", kind, ns, name, NULL);
}

static void note_owner(GHashTable *set, const char *kind, const char *ns, const char *name)
{
    if (kind[0])
        g_hash_table_add(set, owner_key(kind, ns, name));
}

static bool has(GHashTable *set, const char *kind, const char *ns, const char *name)
{
    g_autofree char *key = owner_key(kind, ns, name);

    return g_hash_table_contains(set, key);
}

static const char *predicted_name(struct facts *f, GHashTable *names, const struct fact_workload *w)
{
    const char *name = arena_printf(f->arena, "%s-predicted", w->meta.name);

    /* A Deployment and a StatefulSet of one name: the second shows its kind. */
    if (has(names, "Pod", w->meta.ns, name)) {
        g_autofree char *kind = g_ascii_strdown(w->kind, -1);
        name = arena_printf(f->arena, "%s-%s-predicted", w->meta.name, kind);
    }
    note_owner(names, "Pod", w->meta.ns, name);
    return name;
}

static void predict(struct facts *f, GHashTable *names, const struct fact_workload *w)
{
    struct fact_pod p = *w->template;

    p.meta.ns = w->meta.ns;
    p.meta.name = predicted_name(f, names, w);
    p.meta.owner_kind = w->kind;
    p.meta.owner_name = w->meta.name;
    p.meta.predicted = true;
    /* Nodes of the graph are set per volume and container, so each pod needs its own. */
    p.volumes = arena_memdup(f->arena, p.volumes, p.nvolumes * sizeof(*p.volumes));
    p.containers = arena_memdup(f->arena, p.containers, p.ncontainers * sizeof(*p.containers));
    FACTS_ADD(f, pods, p);
}

void kind_predict_pods(struct facts *f)
{
    g_autoptr(GHashTable) made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    facts_owners(f);
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        note_owner(made, p->meta.owner_kind, p->meta.ns, p->meta.owner_name);
        note_owner(made, p->workload_kind, p->meta.ns, p->workload_name);
        note_owner(names, "Pod", p->meta.ns, p->meta.name);
    }
    for (size_t i = 0; i < f->workloads.n; i++)
        note_owner(read, f->workloads.v[i].kind, f->workloads.v[i].meta.ns,
                   f->workloads.v[i].meta.name);
    for (size_t i = 0; i < f->workloads.n; i++) {
        const struct fact_workload *w = &f->workloads.v[i];
        const struct meta *m = &w->meta;
        if (!w->template || w->replicas < 1 || has(made, w->kind, m->ns, m->name) ||
            has(read, m->owner_kind, m->ns, m->owner_name))
            continue;
        note_owner(made, w->kind, m->ns, m->name);
        predict(f, names, w);
    }
}
