/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_CREATE and WORKLOAD_CREATE: running a pod of one's own making, or having a controller run it.
 * A plain create carries no name, so a rule with resourceNames does not give it; but a server-side
 * apply does, and asks for `create` with that name once it finds nothing to patch. */
#include <string.h>

#include "ingest/derive/rbac_right.h"

#define CREATE(api_group, plural)                                                                  \
    {                                                                                              \
        .verb = "create", .group = api_group, .resource = plural, .subresource = "",               \
        .class = CLASS_TRIVIAL, .applied = true, .named_class = CLASS_TRIVIAL                      \
    }

static const struct rbac_right pods[] = {CREATE("", "pods")};
/* each in the group where it is served */
static const struct rbac_right workloads[] = {
    CREATE("apps", "deployments"),
    CREATE("apps", "daemonsets"),
    CREATE("apps", "statefulsets"),
    CREATE("apps", "replicasets"),
    CREATE("batch", "jobs"),
    CREATE("batch", "cronjobs"),
    CREATE("", "replicationcontrollers"),
};

/* "Deployment" and "deployments" */
static bool is_plural(const char *kind, const char *resource)
{
    size_t n = strlen(kind);

    return g_ascii_strncasecmp(kind, resource, n) == 0 && strcmp(resource + n, "s") == 0;
}

/* Whether there is an object of that name in the namespace ("" any): to apply it is to patch it. */
static bool taken(const struct facts *f, bool pod, const char *resource, const char *ns,
                  const char *name)
{
    for (size_t i = 0; pod && i < f->pods.n; i++)
        if (strcmp(f->pods.v[i].meta.name, name) == 0 &&
            (!*ns || strcmp(f->pods.v[i].meta.ns, ns) == 0))
            return true;
    for (size_t i = 0; !pod && i < f->workloads.n; i++)
        if (strcmp(f->workloads.v[i].meta.name, name) == 0 &&
            (!*ns || strcmp(f->workloads.v[i].meta.ns, ns) == 0) &&
            is_plural(f->workloads.v[i].kind, resource))
            return true;
    return false;
}

/* What a create by name is worth; false if nothing. */
static bool by_name(struct rule_ctx *c, const struct rbac_right_hit *h, enum verdict *v,
                    const char **reason)
{
    const char *where = h->binding->meta.ns;
    bool pod = h->right == pods, is = taken(c->f, pod, h->right->resource, where, h->name);

    *v =
        is || !facts_read(c->f, pod ? FACTS_PODS : FACTS_WORKLOADS) ? VERDICT_UNKNOWN : VERDICT_YES;
    *reason = arena_printf(
        c->scratch, "%s, which a server-side apply of %.80s asks for%s", *reason, h->name,
        is ? "; there is one of that name in some namespaces, and it makes none there"
        : *v == VERDICT_UNKNOWN
            ? "; they were not read, so whether there is one of that name already is not known"
            : "");
    return !is || !*where;
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const enum edge_kind *kind = arg;
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict v = VERDICT_YES;

    if ((*where && !ns) || (h->name && !by_name(c, h, &v, &why[1].reason)))
        return;
    draft_edge(c->d, h->set, *where ? ns->slot : c->as->slots, *kind, kinds_edge(*kind)->class, v,
               why, 2);
}

static void derive(struct rule_ctx *c)
{
    enum edge_kind pod = EDGE_POD_CREATE, workload = EDGE_WORKLOAD_CREATE;

    rbac_right_each(c, pods, ARRAY_LEN(pods), hit, &pod);
    rbac_right_each(c, workloads, ARRAY_LEN(workloads), hit, &workload);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_CREATE, .rights = pods, .n = ARRAY_LEN(pods), .other = true},
    {.kind = EDGE_WORKLOAD_CREATE, .rights = workloads, .n = ARRAY_LEN(workloads), .other = true},
};

const struct rule rule_pod_create = {
    .name = "pod_create",
    .version = 3,
    .kinds = {EDGE_POD_CREATE, EDGE_WORKLOAD_CREATE},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
