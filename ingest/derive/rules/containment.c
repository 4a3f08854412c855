/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_ATTACH and CONTAINER_ATTACH: a node holds its pods, a pod its containers, while they run. */
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);
        struct evidence ev = {
            .object = rule_pod(c, p),
            .uid = p->meta.uid,
        };

        if (!nodes_pod_runs(p))
            continue;
        for (size_t k = 0; k < p->ncontainers; k++)
            if (!p->containers[k].ended)
                draft_edge_yes(c->d, p->meta.ix, p->containers[k].ix, EDGE_CONTAINER_ATTACH, &ev);
        ev.field = "spec.nodeName";
        if (*p->node && node != UINT32_MAX)
            draft_edge_yes(c->d, node, p->meta.ix, EDGE_POD_ATTACH, &ev);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->to.pod;

    if (!p)
        return false;
    if (q->kind == EDGE_POD_ATTACH)
        return why_elsewhere(c, out, p, &q->from);
    if (p != q->from.pod)
        return why_pod(c, out, WHY_APART, p, "metadata.name", "the container is of another pod");
    return why_ended(c, out, p) ||
           (q->to.container && q->to.container->ended &&
            why_container(c, out, WHY_RELATED, p, q->to.container, "name",
                          "the ephemeral container has ended and never starts again"));
}

const struct rule rule_containment = {
    .name = "containment",
    .version = 2,
    .kinds = {EDGE_POD_ATTACH, EDGE_CONTAINER_ATTACH},
    .derive = derive,
    .missing = missing,
};
