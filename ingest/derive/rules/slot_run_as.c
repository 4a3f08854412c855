/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_RUN_AS: no right is needed to name a service account in a pod. */
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
            .reason = "a pod may name any service account of its namespace, and any audience",
        };
        if (!m->terminating)
            draft_edge_yes(c->d, c->as->namespaces[i].slot, c->as->namespaces[i].mints,
                           EDGE_SLOT_RUN_AS, &ev);
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
           why_say(
               out, WHY_APART, object, uid, NULL,
               arena_printf(c->scratch,
                            "a pod of namespace %s runs as an account of its own namespace only",
                            q->from.ns));
}

const struct rule rule_slot_run_as = {
    .name = "slot_run_as",
    .version = 2,
    .kinds = {EDGE_SLOT_RUN_AS},
    .derive = derive,
    .missing = missing,
};
