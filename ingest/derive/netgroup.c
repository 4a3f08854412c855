/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries the labels that all have, then one label whose values only they have, then everybody. */
#include "ingest/derive/netgroup.h"

#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/selector.h"

#define NAME_LABEL "kubernetes.io/metadata.name"

bool netgroup_volatile(const char *key)
{
    static const char *const keys[] = {
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* Whether two pods are of one workload. */
static bool same_workload(const struct fact_pod *a, const struct fact_pod *b)
{
    return strcmp(a->meta.ns, b->meta.ns) == 0 &&
           ((*a->workload_name && strcmp(a->workload_name, b->workload_name) == 0 &&
             strcmp(a->workload_kind, b->workload_kind) == 0) ||
            (*a->meta.owner_name && strcmp(a->meta.owner_name, b->meta.owner_name) == 0 &&
             strcmp(a->meta.owner_kind, b->meta.owner_kind) == 0 &&
             strcmp(a->meta.owner_kind, "Node") != 0));
}

/* The pods of a namespace that belong to the group. */
static bool *members(const struct facts *f, const uint32_t *pods, size_t n, const char *ns,
                     struct arena *a, size_t *count)
{
    bool *in = arena_calloc(a, f->pods.n + 1, sizeof(*in));

    *count = 0;
    for (size_t i = 0; i < n; i++)
        in[pods[i]] = strcmp(f->pods.v[pods[i]].meta.ns, ns) == 0;
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        for (size_t k = 0; k < n && !in[i] && nodes_pod_runs(p); k++)
            in[i] = strcmp(p->meta.ns, ns) == 0 && same_workload(p, &f->pods.v[pods[k]]);
    }
    for (size_t i = 0; i < f->pods.n; i++)
        *count += in[i];
    return in;
}

/* Whether the selector takes the members and no other running pod of the namespace.  Policies say
 * nothing of pods on the node's network. */
static bool exact(const struct facts *f, const struct netgroup *g, const bool *in)
{
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        if (strcmp(p->meta.ns, g->ns) != 0 || p->host_network || !nodes_pod_runs(p))
            continue;
        if (selector_matches(&g->selector, p->meta.labels, p->meta.nlabels) != in[i])
            return false;
    }
    return true;
}

static bool everyone_has(const struct facts *f, const struct netgroup *g, const struct label *l)
{
    for (size_t i = 0; i < g->n; i++)
        if (g_strcmp0(facts_label(&f->pods.v[g->pods[i]].meta, l->key), l->value) != 0)
            return false;
    return true;
}

static bool by_common_labels(const struct facts *f, struct netgroup *g, const bool *in,
                             struct arena *a)
{
    const struct meta *m = &f->pods.v[g->pods[0]].meta;
    struct label *labels = arena_calloc(a, m->nlabels + 1, sizeof(*labels));
    size_t n = 0;

    for (size_t i = 0; i < m->nlabels; i++)
        if (!netgroup_volatile(m->labels[i].key) && everyone_has(f, g, &m->labels[i]))
            labels[n++] = m->labels[i];
    g->selector = (struct fact_selector){.labels = labels, .nlabels = n};
    return n && exact(f, g, in);
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The values that the members have of one label, each once; false if one has none. */
static bool values_of(const struct facts *f, const struct netgroup *g, const char *key,
                      struct arena *a, struct texts *out)
{
    const char **v = arena_calloc(a, g->n, sizeof(*v));
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++)
        if (!(v[i] = facts_label(&f->pods.v[g->pods[i]].meta, key)))
            return false;
    qsort(v, g->n, sizeof(*v), by_text);
    for (size_t i = 0; i < g->n; i++)
        if (n == 0 || strcmp(v[n - 1], v[i]) != 0)
            v[n++] = v[i];
    *out = (struct texts){v, n};
    return true;
}

static bool by_one_key(const struct facts *f, struct netgroup *g, const bool *in, struct arena *a)
{
    const struct meta *m = &f->pods.v[g->pods[0]].meta;

    for (size_t i = 0; i < m->nlabels; i++) {
        struct fact_requirement *r = arena_calloc(a, 1, sizeof(*r));

        if (netgroup_volatile(m->labels[i].key) ||
            !values_of(f, g, m->labels[i].key, a, &r->values))
            continue;
        r->key = m->labels[i].key;
        r->op = SELECTOR_IN;
        g->selector = (struct fact_selector){.requirements = r, .nrequirements = 1};
        if (exact(f, g, in))
            return true;
    }
    return false;
}

static void find_selector(const struct facts *f, struct netgroup *g, const bool *in,
                          struct arena *a)
{
    if (by_common_labels(f, g, in, a) || by_one_key(f, g, in, a))
        return;
    g->selector = (struct fact_selector){0};
    if (exact(f, g, in))
        return;
    const struct meta *m = &f->pods.v[g->pods[0]].meta;
    g->why = arena_printf(a, "no labels tell %s/%s%s from other pods of its namespace", m->ns,
                          m->name, g->n > 1 ? " and the other pods asked about" : "");
}

size_t netgroup_split(const struct facts *f, const uint32_t *pods, size_t n, struct arena *a,
                      const struct netgroup **out)
{
    struct netgroup *v = arena_calloc(a, n + 1, sizeof(*v));
    const char **names = arena_calloc(a, n + 1, sizeof(*names));
    size_t groups = 0, count;

    for (size_t i = 0; i < n; i++)
        names[i] = f->pods.v[pods[i]].meta.ns;
    qsort(names, n, sizeof(*names), by_text);
    for (size_t i = 0; i < n; i++) {
        if (groups && strcmp(v[groups - 1].ns, names[i]) == 0)
            continue;
        struct netgroup *g = &v[groups++];
        g->ns = names[i];
        const bool *in = members(f, pods, n, g->ns, a, &count);
        uint32_t *list = arena_calloc(a, count + 1, sizeof(*list));
        for (uint32_t k = 0; k < f->pods.n; k++)
            if (in[k])
                list[g->n++] = k;
        g->pods = list;
        find_selector(f, g, in, a);
    }
    *out = v;
    return groups;
}

struct fact_selector netgroup_namespaces(const struct netgroup *v, size_t n, bool in,
                                         struct arena *a)
{
    struct fact_requirement *r = arena_calloc(a, 1, sizeof(*r));
    const char **names = arena_calloc(a, n + 1, sizeof(*names));

    for (size_t i = 0; i < n; i++)
        names[i] = v[i].ns;
    *r = (struct fact_requirement){
        .key = NAME_LABEL, .op = in ? SELECTOR_IN : SELECTOR_NOT_IN, .values = {names, n}};
    return (struct fact_selector){.requirements = r, .nrequirements = 1};
}

/* Pods of the namespace for which one requirement does not hold. */
static void add_without(const struct netgroup *g, const char *key, struct texts values,
                        struct arena *a, GArray *peers)
{
    struct fact_requirement *r = arena_calloc(a, 1, sizeof(*r));

    *r = (struct fact_requirement){.key = key, .op = SELECTOR_NOT_IN, .values = values};
    struct fact_netpeer p = {.by_namespace = true,
                             .by_pod = true,
                             .namespaces = netgroup_namespaces(g, 1, true, a),
                             .pods = {.requirements = r, .nrequirements = 1}};
    g_array_append_val(peers, p);
}

void netgroup_others(const struct netgroup *g, struct arena *a, GArray *peers)
{
    for (size_t i = 0; i < g->selector.nlabels; i++) {
        const struct texts one = {&g->selector.labels[i].value, 1};
        add_without(g, g->selector.labels[i].key, one, a, peers);
    }
    for (size_t i = 0; i < g->selector.nrequirements; i++)
        add_without(g, g->selector.requirements[i].key, g->selector.requirements[i].values, a,
                    peers);
}

void netgroup_peer(const struct netgroup *g, struct arena *a, GArray *peers)
{
    struct fact_netpeer p = {.by_namespace = true,
                             .by_pod = true,
                             .namespaces = netgroup_namespaces(g, 1, true, a),
                             .pods = g->selector};

    g_array_append_val(peers, p);
}
