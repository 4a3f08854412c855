/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_RUN_AS: no right is needed to name a service account in a pod. */
#include "ingest/derive/rule.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct meta *m = &c->f->namespaces.v[i].meta;
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Namespace %s", m->name),
            .uid = m->uid,
            .reason = "a pod may name any service account of its namespace, and any audience",
        };
        if (!m->terminating)
            draft_edge_yes(c->d, c->as->namespaces[i].slot, c->as->namespaces[i].mints,
                           EDGE_SLOT_RUN_AS, &ev);
    }
}

const struct rule rule_slot_run_as = {
    .name = "slot_run_as",
    .version = 2,
    .kinds = {EDGE_SLOT_RUN_AS},
    .derive = derive,
};
