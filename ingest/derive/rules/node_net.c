/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_NET: who holds a node sends from its addresses. */
#include "ingest/derive/netlocal.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/rule.h"

static void draw(struct rule_ctx *c, const struct fact_node *n, uint32_t lan)
{
    struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_of_node(nr, n), local = netlocal_segment(nr, n);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Node %s", n->meta.name),
        .uid = n->meta.uid,
        .field = "status.addresses",
        .reason = "policies that choose by labels of pods do not select nodes",
    };

    if (segment != NETREACH_NONE)
        draft_edge_yes(c->d, n->meta.ix, netreach_segment_node(nr, segment), EDGE_NODE_NET, &ev);
    ev.field = NULL;
    ev.reason = "traffic from a node to its own pods is never stopped";
    if (local != NETREACH_NONE)
        draft_edge_yes(c->d, n->meta.ix, local, EDGE_NODE_NET, &ev);
    ev.reason = "it is one of the nodes";
    draft_edge_yes(c->d, n->meta.ix, lan, EDGE_NODE_NET, &ev);
}

static void derive(struct rule_ctx *c)
{
    uint32_t lan = UINT32_MAX;

    for (size_t i = 0; i < c->f->nodes.n; i++) {
        if (c->f->nodes.v[i].is_virtual)
            continue;
        if (lan == UINT32_MAX)
            lan = hubs_lan(c->hubs);
        draw(c, &c->f->nodes.v[i], lan);
    }
}

const struct rule rule_node_net = {
    .name = "node_net",
    .version = 1,
    .kinds = {EDGE_NODE_NET},
    .derive = derive,
};
