/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_PROXY: the kubelet takes a WebSocket, which begins with GET, for a read: `get` on
 * nodes/proxy runs commands in its pods, on every version.  "node:port" in place of a node's name
 * makes the API server pass the request on to that port of the node. */
#include <string.h>

#include "ingest/derive/apiproxy.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/porthubs.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"

#define PROXY                                                                                      \
    .group = "", .resource = "nodes", .subresource = "proxy", .class = CLASS_EASY, .named = true,  \
    .named_class = CLASS_EASY

/* The first two run commands; all of them pass a request on. */
static const struct rbac_right rights[] = {
    {.verb = "get", PROXY},   {.verb = "create", PROXY}, {.verb = "update", PROXY},
    {.verb = "patch", PROXY}, {.verb = "delete", PROXY},
};

enum { RUNNING = 2, KUBELET = 10250 };

static void draw_pods(struct rule_ctx *c, const struct rbac_right_hit *h,
                      const struct fact_node *node)
{
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict v = VERDICT_YES;

    if (h->right >= rights + RUNNING)
        return;
    if (node && nodes_virtual(node)) {
        v = VERDICT_UNKNOWN;
        why[1].reason = arena_printf(
            c->scratch, "%s; the node is a virtual one, and may not answer as a kubelet",
            why[1].reason);
    }
    draft_edge(c->d, h->set, node ? hubs_node_pods(c->hubs, node) : c->as->pods, EDGE_NODE_PROXY,
               h->class, v, why, 2);
}

static void passed_on(struct rule_ctx *c, const struct rbac_right_hit *h, uint32_t to)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    why[1].reason = arena_printf(
        c->scratch, "%s; the API server passes requests on to ports of a node", why[1].reason);
    draft_edge(c->d, h->set, to, EDGE_NODE_PROXY, h->class, VERDICT_YES, why, 2);
}

/* The pods on the network of the node that have the port. */
static void draw_port(struct rule_ctx *c, const struct porthubs *hubs,
                      const struct rbac_right_hit *h, const struct fact_node *node, int32_t port)
{
    const GPtrArray *pods = porthubs_host_pods(hubs, node->meta.name);

    for (guint i = 0; pods && i < pods->len; i++) {
        const struct fact_pod *p = pods->pdata[i];
        size_t n;
        const int32_t *v = porthubs_of_pod(hubs, p, &n);

        for (size_t k = 0; k < n; k++)
            if (v[k] == port)
                passed_on(c, h, ports_endpoint(c->d, p, "TCP", port));
    }
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct porthubs *hubs = arg;
    struct apiproxy_name name;

    if (*h->binding->meta.ns)
        return; /* a request for a node carries no namespace */
    if (!h->name) {
        uint32_t ports = porthubs_nodes(hubs);

        draw_pods(c, h, NULL);
        if (ports != UINT32_MAX)
            passed_on(c, h, ports);
        return;
    }
    const struct fact_node *node =
        apiproxy_split(c->scratch, h->name, &name) ? facts_node(c->f, name.name) : NULL;
    if (!node)
        return;
    if (!*name.port || apiproxy_number(name.port) == KUBELET)
        draw_pods(c, h, node);
    else
        draw_port(c, hubs, h, node, apiproxy_number(name.port));
}

static void derive(struct rule_ctx *c)
{
    struct porthubs *hubs = porthubs_of(c);

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, hubs);
}

enum { PODS, PORTS };

static const struct rule_wants wants[] = {
    [PODS] = {.kind = EDGE_NODE_PROXY,
              .to = (node_kinds)1 << NODE_PODS | (node_kinds)1 << NODE_NODE_PODS,
              .rights = rights,
              .n = RUNNING,
              .cluster = true},
    [PORTS] = {.kind = EDGE_NODE_PROXY,
               .to = (node_kinds)1 << NODE_ENDPOINTS | (node_kinds)1 << NODE_ENDPOINT,
               .rights = rights,
               .n = ARRAY_LEN(rights),
               .cluster = true,
               .other = true},
};

static bool fits(void *arg, const struct apiproxy_name *n)
{
    return strcmp(n->name, arg) == 0 && (!*n->port || apiproxy_number(n->port) == KUBELET);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct rule_question now = *q;

    if (q->to.kind != NODE_NODE_PODS || !q->from.binding)
        return rbac_miss_say(c, q, &wants[q->to.kind == NODE_PODS ? PODS : PORTS], out);
    const char *name =
        apiproxy_named(c->scratch, q->from.binding->role, fits, (void *)(uintptr_t)q->to.name);
    if (name)
        now.to.name = name;
    return rbac_miss_say(c, &now, &wants[PODS], out);
}

const struct rule rule_node_proxy = {
    .name = "node_proxy",
    .version = 2,
    .kinds = {EDGE_NODE_PROXY, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
};
