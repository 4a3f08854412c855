/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VOLUME_ACCESS: a node holds the volumes of the pods that run on it. */
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, uint32_t node)
{
    struct evidence ev = {
        .object = rule_pod(c, p),
        .uid = p->meta.uid,
    };

    for (size_t i = 0; i < p->nvolumes; i++) {
        ev.field = arena_printf(c->scratch, "spec.volumes[%zu]", i);
        draft_edge_yes(c->d, node, p->volumes[i].ix, EDGE_VOLUME_ACCESS, &ev);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = *p->node ? assets_node(c->f, c->d, p) : UINT32_MAX;
        if (node != UINT32_MAX)
            of_pod(c, p, node);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return q->to.pod && why_elsewhere(c, out, q->to.pod, &q->from);
}

const struct rule rule_volume_access = {
    .name = "volume_access",
    .version = 1,
    .kinds = {EDGE_VOLUME_ACCESS},
    .derive = derive,
    .missing = missing,
};
