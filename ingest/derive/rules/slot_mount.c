/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_MOUNT: no right over Secrets is needed to mount one, only its name. */
#include <string.h>

#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

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

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const char *object = arena_printf(c->scratch, "Namespace %s", q->from.ns);
    const char *uid = q->from.ns_fact ? q->from.ns_fact->meta.uid : NULL;

    if (q->from.ns_fact && q->from.ns_fact->meta.terminating)
        return why_say(out, WHY_ALMOST, object, uid, "metadata.deletionTimestamp",
                       "the namespace is being deleted: no pod is made in it any more");
    return strcmp(q->from.ns, q->to.ns) != 0 &&
           why_say(out, WHY_APART, object, uid, NULL,
                   arena_printf(c->scratch,
                                "a pod of namespace %s mounts Secrets of its own namespace only",
                                q->from.ns));
}

const struct rule rule_slot_mount = {
    .name = "slot_mount",
    .version = 1,
    .kinds = {EDGE_SLOT_MOUNT},
    .derive = derive,
    .missing = missing,
};
