/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_PROXY: the kubelet takes a WebSocket, which begins with GET, for a read: `get` on
 * nodes/proxy runs commands in its pods, on every version. */
#include "ingest/derive/nodes.h"
#include "ingest/derive/rbac_right.h"

#define PROXY                                                                                      \
    .group = "", .resource = "nodes", .subresource = "proxy", .class = CLASS_EASY, .named = true,  \
    .named_class = CLASS_EASY

static const struct rbac_right rights[] = {
    {.verb = "get", PROXY},
    {.verb = "create", PROXY},
};

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct fact_node *node = h->name ? facts_node(c->f, h->name) : NULL;
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict v = VERDICT_YES;

    (void)arg;
    if (*h->binding->meta.ns || (h->name && !node))
        return; /* a request for a node carries no namespace */
    if (node && nodes_virtual(node)) {
        v = VERDICT_UNKNOWN;
        why[1].reason = arena_printf(
            c->scratch, "%s; the node is a virtual one, and may not answer as a kubelet",
            why[1].reason);
    }
    draft_edge(c->d, h->set, node ? hubs_node_pods(c->hubs, node) : c->as->pods, EDGE_NODE_PROXY,
               h->class, v, why, 2);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_NODE_PROXY, .rights = rights, .n = ARRAY_LEN(rights), .cluster = true},
};

const struct rule rule_node_proxy = {
    .name = "node_proxy",
    .version = 1,
    .kinds = {EDGE_NODE_PROXY, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
