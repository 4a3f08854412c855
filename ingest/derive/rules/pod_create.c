/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Creating pods means running one of one's own making.  A plain create carries no name, so a rule
 * with resourceNames never gives it. */
#include "ingest/derive/rbac_right.h"

static const struct rbac_right rights[] = {
    {.verb = "create", .group = "", .resource = "pods", .subresource = "", .class = CLASS_TRIVIAL},
};

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    (void)arg;
    if (!*where)
        draft_edge(c->d, h->set, c->as->slots, EDGE_POD_CREATE, kinds_edge(EDGE_POD_CREATE)->class,
                   VERDICT_YES, h->why, 2);
    else if (ns)
        draft_edge(c->d, h->set, ns->slot, EDGE_POD_CREATE, kinds_edge(EDGE_POD_CREATE)->class,
                   VERDICT_YES, h->why, 2);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_CREATE, .rights = rights, .n = ARRAY_LEN(rights)},
};

const struct rule rule_pod_create = {
    .name = "pod_create",
    .version = 2,
    .kinds = {EDGE_POD_CREATE},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
