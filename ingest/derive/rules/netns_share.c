/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NETNS_SHARE: a container sends from the network of its pod. */
#include "ingest/derive/netlocal.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* What is the same for all containers of a pod. */
struct sending {
    uint32_t segment, local; /* nodes of the graph; NETREACH_NONE: none */
    struct evidence ev;
};

static bool sends(struct rule_ctx *c, const struct fact_pod *p, struct sending *out)
{
    struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_of_pod(nr, p);

    if (segment == NETREACH_NONE)
        return false;
    *out = (struct sending){
        .segment = netreach_segment_node(nr, segment),
        .local = p->host_network && p->on ? netlocal_segment(nr, p->on) : NETREACH_NONE,
    };
    out->ev.object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);
    out->ev.uid = p->meta.uid;
    if (p->host_network)
        out->ev.field = "spec.hostNetwork";
    out->ev.reason = p->host_network
                         ? "it uses the network of its node, which policies do not select"
                         : "all containers of the pod share its network";
    return true;
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        struct sending s;

        if (!nodes_pod_runs(p) || !sends(c, p, &s))
            continue;
        for (size_t k = 0; k < p->ncontainers; k++) {
            if (p->containers[k].ended)
                continue;
            draft_edge_yes(c->d, p->containers[k].ix, s.segment, EDGE_NETNS_SHARE, &s.ev);
            if (s.local != NETREACH_NONE)
                draft_edge_yes(c->d, p->containers[k].ix, s.local, EDGE_NETNS_SHARE, &s.ev);
        }
    }
}

static uint32_t segment_asked(struct rule_ctx *c, const struct rule_question *q)
{
    struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_segment_named(nr, q->to.ns, q->to.name);

    return segment == NETREACH_NONE ? NETREACH_NONE : netreach_segment_node(nr, segment);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct sending s;

    if (!q->from.pod || !q->from.container)
        return false;
    if (!nodes_pod_runs(q->from.pod))
        return why_pod(c, out, WHY_APART, q->from.pod, "status.phase", "the pod has ended");
    return sends(c, q->from.pod, &s) && s.segment != segment_asked(c, q) && !*q->to.sub &&
           why_pod(c, out, WHY_APART, q->from.pod, s.ev.field,
                   "the pod is in another segment: policies treat it differently");
}

const struct rule rule_netns_share = {
    .name = "netns_share",
    .version = 1,
    .kinds = {EDGE_NETNS_SHARE},
    .derive = derive,
    .missing = missing,
};
