/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_MOUNT: no right over Secrets is needed to mount one, only its name. */
#include "ingest/derive/rule.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct meta *m = &c->f->namespaces.v[i].meta;
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Namespace %s", m->name),
            .uid = m->uid,
            .reason = "a pod may mount any Secret of its namespace by name",
        };
        if (!m->terminating)
            draft_edge_yes(c->d, c->as->namespaces[i].slot, c->as->namespaces[i].secrets,
                           EDGE_SLOT_MOUNT, &ev);
    }
}

const struct rule rule_slot_mount = {
    .name = "slot_mount",
    .version = 1,
    .kinds = {EDGE_SLOT_MOUNT},
    .derive = derive,
};
