/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WORKLOAD_PODS: every owner on the chain above a pod makes it anew from a template. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/podsecurity_pod.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

enum { MAX_OWNERS = 8 }; /* a chain may be a ring in a file */

/* The new pods pass Pod Security, or do not, with what the old ones have. */
static void draw(struct rule_ctx *c, const struct fact_workload *w, const struct fact_pod *p)
{
    struct evidence ev[2] = {
        {
            .object = rule_pod(c, p),
            .uid = p->meta.uid,
            .field = "metadata.ownerReferences",
            .reason =
                arena_printf(c->scratch, "%s %s makes it from its template", w->kind, w->meta.name),
        },
    };
    enum verdict v =
        podsecurity_pod_again(c->f, facts_namespace(c->f, p->meta.ns), p, c->scratch, &ev[1]);

    draft_edge(c->d, w->meta.ix, p->meta.ix, EDGE_WORKLOAD_PODS, CLASS_STRUCTURAL, v, ev,
               ev[1].object ? 2 : 1);
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p)
{
    const struct fact_workload *w =
        facts_workload(c->f, p->meta.owner_kind, p->meta.ns, p->meta.owner_name);

    /* A ReplicaSet that was not read: the top of the chain is known by its label. */
    if (!w)
        w = facts_workload(c->f, p->workload_kind, p->meta.ns, p->workload_name);
    for (int hop = 0; w && hop < MAX_OWNERS; hop++) {
        draw(c, w, p);
        w = facts_workload(c->f, w->meta.owner_kind, p->meta.ns, w->meta.owner_name);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++)
        if (nodes_pod_runs(&c->f->pods.v[i]))
            of_pod(c, &c->f->pods.v[i]);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->to.pod;

    if (!p)
        return false;
    if (why_ended(c, out, p))
        return true;
    const struct fact_workload *w =
        facts_workload(c->f, p->meta.owner_kind, p->meta.ns, p->meta.owner_name);
    if (!w)
        w = facts_workload(c->f, p->workload_kind, p->meta.ns, p->workload_name);
    const char *owner = *p->meta.owner_kind ? arena_printf(c->scratch, "its owner is %s %s",
                                                           p->meta.owner_kind, p->meta.owner_name)
                                            : "nothing owns the pod";
    for (int hop = 0; w && hop < MAX_OWNERS; hop++) {
        if (strcmp(w->kind, q->from.sub) == 0 && strcmp(w->meta.name, q->from.name) == 0 &&
            strcmp(w->meta.ns, q->from.ns) == 0)
            return false;
        w = facts_workload(c->f, w->meta.owner_kind, p->meta.ns, w->meta.owner_name);
    }
    return why_pod(c, out, WHY_APART, p, "metadata.ownerReferences", owner);
}

const struct rule rule_workload_pods = {
    .name = "workload_pods",
    .version = 1,
    .kinds = {EDGE_WORKLOAD_PODS},
    .derive = derive,
    .missing = missing,
};
