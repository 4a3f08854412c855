/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_WINDOWS_HOSTPROCESS: a HostProcess container is a process of the node, not a container. */
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k, const struct fact_node *n, uint32_t node)
{
    bool unsaid = n && !*n->os && !nodes_windows(n);

    if (k->ended || !k->host_process || (n && *n->os && !nodes_windows(n)))
        return;

    const char *object = rule_pod(c, p);
    struct evidence ev[] = {
        {object, p->meta.uid,
         escape_field(c->scratch, p, k, "securityContext.windowsOptions.hostProcess"),
         "a HostProcess container, by its own settings or those of the pod, is a process of the "
         "Windows node"},
        {object, p->meta.uid, "spec.nodeName", "whether the node runs Windows is not known"},
    };
    draft_edge(c->d, k->ix, node, EDGE_CE_WINDOWS_HOSTPROCESS, escape_class_any(k, CLASS_TRIVIAL),
               unsaid ? VERDICT_UNKNOWN : VERDICT_YES, ev, unsaid ? 2 : 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);

        for (size_t k = 0; node != UINT32_MAX && k < p->ncontainers; k++)
            of_container(c, p, &p->containers[k], facts_node(c->f, p->node), node);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    const struct fact_node *n = p ? facts_node(c->f, p->node) : NULL;

    if (!k)
        return false;
    if (why_elsewhere(c, out, p, &q->to))
        return true;
    if (n && *n->os && !nodes_windows(n))
        return why_pod(c, out, WHY_RELATED, p, "spec.nodeName", "the node does not run Windows");
    return !k->host_process &&
           why_container(c, out, WHY_ALMOST, p, k, "securityContext.windowsOptions.hostProcess",
                         "hostProcess is not true");
}

const struct rule rule_ce_windows_hostprocess = {
    .name = "ce_windows_hostprocess",
    .version = 1,
    .kinds = {EDGE_CE_WINDOWS_HOSTPROCESS},
    .derive = derive,
    .missing = missing,
};
