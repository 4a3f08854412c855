/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_NSENTER: with the node's process ids and the right to trace them, a container enters the
 * namespaces of process 1. */
#include "ingest/derive/escape.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static const uint64_t NEEDED = ESCAPE_CAP(CAP_SYS_ADMIN) | ESCAPE_CAP(CAP_SYS_PTRACE);

static void of_container(struct rule_ctx *c, const struct fact_pod *p, uint32_t node,
                         const struct fact_container *k)
{
    const struct fact_node *n = facts_node(c->f, p->node);
    struct escape_guard g, armor = escape_apparmor(k, n);
    bool privileged = k->privileged == TRI_YES;

    if ((!privileged && (escape_caps(k) & NEEDED) != NEEDED) || !escape_guard(p, k, n, &g))
        return;
    if (armor.verdict > g.verdict)
        g = armor;

    const char *object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);
    struct evidence ev[] = {
        {object, p->meta.uid, "spec.hostPID", "the container sees the processes of the node"},
        {object, p->meta.uid,
         escape_field(c->scratch, p, k,
                      privileged ? "securityContext.privileged"
                                 : "securityContext.capabilities.add"),
         privileged ? "a privileged container may enter their namespaces"
                    : "SYS_ADMIN and SYS_PTRACE let it enter their namespaces"},
        {object, p->meta.uid, g.field, g.why},
    };
    draft_edge(c->d, k->ix, node, EDGE_CE_NSENTER, escape_class(k, CLASS_TRIVIAL), g.verdict, ev,
               g.why ? 3 : 2);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = p->host_pid ? assets_node(c->f, c->d, p) : UINT32_MAX;
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
    uint64_t lacks = k->privileged == TRI_YES ? 0 : NEEDED & ~escape_caps(k);
    const char *which = lacks == NEEDED                      ? "SYS_ADMIN and SYS_PTRACE"
                        : lacks == ESCAPE_CAP(CAP_SYS_ADMIN) ? "SYS_ADMIN"
                                                             : "SYS_PTRACE";
    if (!p->host_pid)
        return why_pod(c, out, lacks ? WHY_RELATED : WHY_ALMOST, p, "spec.hostPID",
                       "hostPID is not true: the pod does not see the processes of the node");
    return lacks && why_container(c, out, WHY_ALMOST, p, k, "securityContext.capabilities.add",
                                  arena_printf(c->scratch,
                                               "the container is not privileged and %s is not "
                                               "added",
                                               which));
}

const struct rule rule_ce_nsenter = {
    .name = "ce_nsenter",
    .version = 2,
    .kinds = {EDGE_CE_NSENTER},
    .derive = derive,
    .missing = missing,
};
