/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Creating what a controller turns into pods; each kind in the group where it is served. */
#include "ingest/derive/rbac_right.h"

#define CREATE(api_group, plural)                                                                  \
    {                                                                                              \
        .verb = "create", .group = api_group, .resource = plural, .subresource = "",               \
        .class = CLASS_TRIVIAL                                                                     \
    }

static const struct rbac_right rights[] = {
    CREATE("apps", "deployments"),
    CREATE("apps", "daemonsets"),
    CREATE("apps", "statefulsets"),
    CREATE("apps", "replicasets"),
    CREATE("batch", "jobs"),
    CREATE("batch", "cronjobs"),
    CREATE("", "replicationcontrollers"),
};

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    (void)arg;
    if (!*where)
        draft_edge(c->d, h->set, c->as->slots, EDGE_WORKLOAD_CREATE,
                   kinds_edge(EDGE_WORKLOAD_CREATE)->class, VERDICT_YES, h->why, 2);
    else if (ns)
        draft_edge(c->d, h->set, ns->slot, EDGE_WORKLOAD_CREATE,
                   kinds_edge(EDGE_WORKLOAD_CREATE)->class, VERDICT_YES, h->why, 2);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_WORKLOAD_CREATE, .rights = rights, .n = ARRAY_LEN(rights)},
};

const struct rule rule_workload_create = {
    .name = "workload_create",
    .version = 2,
    .kinds = {EDGE_WORKLOAD_CREATE},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
