/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_ESCAPE: where a privileged pod is admitted, it lands on any node and takes it. */
#include "ingest/derive/podsecurity.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];
        struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);
        struct evidence ev[] = {
            {arena_printf(c->scratch, "Namespace %s", ns->meta.name), ns->meta.uid, ps.field,
             ps.reason},
            ps.engine,
        };
        if (!ns->meta.terminating)
            draft_edge(c->d, c->as->namespaces[i].slot, c->as->nodes, EDGE_SLOT_ESCAPE, CLASS_EASY,
                       ps.privileged, ev, ps.engine.object ? 2 : 1);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_namespace *ns = q->from.ns_fact;

    return ns && ns->meta.terminating &&
           why_say(out, WHY_ALMOST, arena_printf(c->scratch, "Namespace %s", ns->meta.name),
                   ns->meta.uid, "metadata.deletionTimestamp",
                   "the namespace is being deleted: no pod is made in it any more");
}

const struct rule rule_slot_escape = {
    .name = "slot_escape",
    .version = 3,
    .kinds = {EDGE_SLOT_ESCAPE},
    .derive = derive,
    .missing = missing,
};
