/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CONTROL_PLANE_NODE: the node of the API server or etcd holds the keys of the cluster. */
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->nodes.n; i++) {
        const struct meta *m = &c->f->nodes.v[i].meta;
        const struct evidence *why = assets_control_plane(c->as, m->name);
        if (why)
            draft_edge_yes(c->d, m->ix, c->as->cluster_admin, EDGE_CONTROL_PLANE_NODE, why);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return why_no_control_plane(c, out, &q->from);
}

const struct rule rule_control_plane_node = {
    .name = "control_plane_node",
    .version = 1,
    .kinds = {EDGE_CONTROL_PLANE_NODE},
    .derive = derive,
    .missing = missing,
};
