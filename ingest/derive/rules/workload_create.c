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
        draft_edge_yes(c->d, h->set, c->as->slots, EDGE_WORKLOAD_CREATE, &h->why);
    else if (ns)
        draft_edge_yes(c->d, h->set, ns->slot, EDGE_WORKLOAD_CREATE, &h->why);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

const struct rule rule_workload_create = {
    .name = "workload_create",
    .version = 1,
    .kinds = {EDGE_WORKLOAD_CREATE},
    .derive = derive,
};
