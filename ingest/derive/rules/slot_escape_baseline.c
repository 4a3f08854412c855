/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_ESCAPE_BASELINE: where privileged pods are refused, a bug of kernel or runtime is left. */
#include "ingest/derive/podsecurity.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];
        struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);
        struct evidence ev = {
            arena_printf(c->scratch, "Namespace %s", ns->meta.name), ns->meta.uid, ps.field,
            arena_printf(c->scratch,
                         "Pod Security enforces %s: only an unpatched kernel or runtime lets a pod "
                         "out, and which bugs the nodes have is not known",
                         ps.level == PODSECURITY_BASELINE ? "baseline" : "restricted")};

        if (ps.level != PODSECURITY_PRIVILEGED && !ns->meta.terminating)
            draft_edge(c->d, c->as->namespaces[i].slot, c->as->nodes, EDGE_SLOT_ESCAPE_BASELINE,
                       CLASS_RARE, VERDICT_UNKNOWN, &ev, 1);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_namespace *ns = q->from.ns_fact;

    if (!ns)
        return false;
    struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);
    const char *object = arena_printf(c->scratch, "Namespace %s", ns->meta.name);
    if (ns->meta.terminating)
        return why_say(out, WHY_ALMOST, object, ns->meta.uid, "metadata.deletionTimestamp",
                       "the namespace is being deleted: no pod is made in it any more");
    return ps.level == PODSECURITY_PRIVILEGED &&
           why_say(out, WHY_RELATED, object, ns->meta.uid, ps.field,
                   "Pod Security refuses nothing here: the way is SLOT_ESCAPE");
}

const struct rule rule_slot_escape_baseline = {
    .name = "slot_escape_baseline",
    .version = 1,
    .kinds = {EDGE_SLOT_ESCAPE_BASELINE},
    .derive = derive,
    .missing = missing,
};
