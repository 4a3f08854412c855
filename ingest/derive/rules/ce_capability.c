/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes that privileges, capabilities and namespaces of the node make possible: every container
 * against every row of escapes.h. */
#include "ingest/derive/escapes.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"

/* Where a row leads from this case; UINT32_MAX where that is not known. */
static uint32_t target(struct rule_ctx *c, const struct escapes_row *r,
                       const struct escapes_case *at, uint32_t node)
{
    const char *name = *at->p->node ? at->p->node : NODES_UNSCHEDULED;

    if (r->target == ESCAPES_TRAFFIC)
        return hubs_traffic(c->hubs, "", name, "node");
    if (r->target == ESCAPES_NODE_PODS)
        return at->node ? hubs_node_pods(c->hubs, at->node) : UINT32_MAX;
    return node;
}

static void of_container(struct rule_ctx *c, const struct escapes_case *at, uint32_t node)
{
    struct escapes_found found;

    for (size_t i = 0; i < escapes_count; i++) {
        if (!escapes_judge(&escapes_rows[i], at, &found))
            continue;
        uint32_t to = target(c, &escapes_rows[i], at, node);
        if (to != UINT32_MAX)
            draft_edge(c->d, at->k->ix, to, escapes_rows[i].kind, found.class, found.verdict,
                       found.ev, found.nev);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);
        struct escapes_case at = {
            .f = c->f, .p = p, .node = facts_node(c->f, p->node), .a = c->scratch};

        for (size_t k = 0; node != UINT32_MAX && k < p->ncontainers; k++) {
            at.k = &p->containers[k];
            of_container(c, &at, node);
        }
    }
}

const struct rule rule_ce_capability = {
    .name = "ce_capability",
    .version = 2,
    .kinds = {EDGE_CE_PRIV_MOUNT, EDGE_CE_NSENTER, EDGE_CE_MODULE_LOAD, EDGE_CE_SYS_PTRACE,
              EDGE_CE_CGROUP_RELEASE_AGENT, EDGE_CE_DAC_READ_SEARCH, EDGE_CE_SYS_RAWIO, EDGE_CE_BPF,
              EDGE_CE_HOSTNET_MITM, EDGE_CE_HOSTNET_LOCAL, EDGE_CE_HOST_IPC, EDGE_CE_PROC_UNMASKED,
              EDGE_HOST_PID_PEEK, EDGE_HUB_MEMBER},
    .derive = derive,
};
