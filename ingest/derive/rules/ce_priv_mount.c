/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_PRIV_MOUNT: a privileged container sees the node's disks and mounts them. */
#include "ingest/derive/escape.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void of_container(struct rule_ctx *c, const struct fact_pod *p, uint32_t node,
                         const struct fact_container *k)
{
    struct escape_guard g;

    if (k->privileged != TRI_YES || !escape_guard(p, k, facts_node(c->f, p->node), &g))
        return;

    struct evidence ev[2] = {
        {.object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
         .uid = p->meta.uid,
         .field = escape_field(c->scratch, p, k, "securityContext.privileged"),
         .reason = "a privileged container sees the disks of the node"},
    };
    ev[1] = (struct evidence){
        .object = ev[0].object, .uid = p->meta.uid, .field = g.field, .reason = g.why};
    draft_edge(c->d, k->ix, node, EDGE_CE_PRIV_MOUNT, escape_class(k, CLASS_EASY), g.verdict, ev,
               g.why ? 2 : 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);
        for (size_t k = 0; node != UINT32_MAX && k < p->ncontainers; k++)
            of_container(c, p, node, &p->containers[k]);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;

    if (!k)
        return false;
    if (why_elsewhere(c, out, p, &q->to) || why_no_linux(c, out, p, k))
        return true;
    return k->privileged != TRI_YES &&
           why_container(c, out, WHY_ALMOST, p, k, "securityContext.privileged",
                         k->privileged == TRI_NO ? "privileged is false: the container does not "
                                                   "see the disks of the node"
                                                 : "privileged is not set: the container does not "
                                                   "see the disks of the node");
}

const struct rule rule_ce_priv_mount = {
    .name = "ce_priv_mount",
    .version = 2,
    .kinds = {EDGE_CE_PRIV_MOUNT},
    .derive = derive,
    .missing = missing,
};
