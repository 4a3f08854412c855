/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KUBELET_ANON: a kubelet that lets anybody in and allows everything runs commands in its pods for
 * whoever reaches its port. */
#include <string.h>

#include "ingest/derive/netreach.h"
#include "ingest/derive/nettargets.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/published.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

enum { KUBELET = 10250 };

static bool obeys(const struct fact_kubelet *k)
{
    return k->anonymous == TRI_YES && strcmp(k->authorization, "AlwaysAllow") == 0;
}

static struct evidence evidence(struct rule_ctx *c, const struct fact_kubelet *k)
{
    return (struct evidence){
        .object = arena_printf(c->scratch, "KubeletConfigz %s", k->meta.name),
        .uid = k->meta.uid,
        .field = "kubeletconfig.authorization.mode",
        .reason = "the kubelet lets anonymous requests in and allows everything",
    };
}

/* An address of the node that the internet may route to; NULL if it has none. */
static const char *public_address(const struct fact_node *n)
{
    static const char external[] = "ExternalIP=";

    for (size_t i = 0; i < n->addresses.n; i++)
        if (g_str_has_prefix(n->addresses.v[i], external) &&
            published_is_public(n->addresses.v[i] + strlen(external)))
            return n->addresses.v[i] + strlen(external);
    return NULL;
}

static void draw_outside(struct rule_ctx *c, const struct fact_kubelet *k,
                         const struct fact_node *n)
{
    struct evidence ev[] = {evidence(c, k), {0}};
    uint32_t pods = hubs_node_pods(c->hubs, n);
    const char *address = public_address(n);

    draft_edge_yes(c->d, hubs_lan(c->hubs), pods, EDGE_KUBELET_ANON, ev);
    if (!address)
        return;
    ev[1] = (struct evidence){
        .object = arena_printf(c->scratch, "Node %s", n->meta.name),
        .uid = n->meta.uid,
        .field = "status.addresses",
        .reason = arena_printf(
            c->scratch, "the node has the address %s; what a firewall does is not known", address),
    };
    draft_edge(c->d, c->as->internet, pods, EDGE_KUBELET_ANON, CLASS_TRIVIAL, VERDICT_UNKNOWN, ev,
               2);
}

/* Nodes that policies cannot tell apart. */
struct group {
    const struct fact_node *first; /* by name */
    const struct fact_kubelet *kubelet;
    GPtrArray *nodes; /* const struct fact_node * */
};

static void free_group(gpointer group)
{
    g_ptr_array_free(((struct group *)group)->nodes, TRUE);
    g_free(group);
}

static void join(struct netreach *nr, GHashTable *groups, const struct fact_kubelet *k,
                 const struct fact_node *n)
{
    const char *address = nettargets_address(n);
    uint32_t point =
        address ? netclass_of_address(netpol_classes(netreach_netpol(nr)), address) : NETCLASS_NONE;
    struct group *g = g_hash_table_lookup(groups, GUINT_TO_POINTER(point));

    if (!g) {
        g = g_new0(struct group, 1);
        g->nodes = g_ptr_array_new();
        g_hash_table_insert(groups, GUINT_TO_POINTER(point), g);
    }
    if (!g->first || strcmp(n->meta.name, g->first->meta.name) < 0) {
        g->first = n;
        g->kubelet = k;
    }
    g_ptr_array_add(g->nodes, (gpointer)n);
}

/* The pods of the one node, or a set of the sets of several. */
static uint32_t pods_of(struct rule_ctx *c, const struct group *g)
{
    if (g->nodes->len == 1)
        return hubs_node_pods(c->hubs, g->first);
    /* no node can have this name */
    uint32_t hub = draft_node(c->d, NODE_NODE_PODS, "",
                              arena_printf(c->scratch, "(like %s)", g->first->meta.name));
    draft_set_name(c->d, hub,
                   arena_printf(c->scratch, "all pods of %u nodes like %s", g->nodes->len,
                                g->first->meta.name));
    for (guint i = 0; i < g->nodes->len; i++) {
        const struct fact_node *n = g->nodes->pdata[i];
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Node %s", n->meta.name),
            .uid = n->meta.uid,
            .reason = "its kubelet obeys anybody, and policies treat its address alike",
        };
        draft_edge_yes(c->d, hub, hubs_node_pods(c->hubs, n), EDGE_HUB_MEMBER, &ev);
    }
    return hub;
}

static void ask(const struct netreach *nr, uint32_t segment, const struct fact_node *n,
                struct netreach_answer *out)
{
    const char *address = nettargets_address(n);

    if (address)
        netreach_address(nr, segment, address, NET_TCP, KUBELET, out);
    else
        netreach_anywhere(nr, segment, NET_TCP, KUBELET, out);
    if (!address && out->open == NETREACH_SOME)
        out->ev.reason =
            "the address of the node is not known, and policies let the pod connect to "
            "some addresses only";
}

static void draw_segments(gpointer key, gpointer value, gpointer arg)
{
    struct rule_ctx *c = arg;
    struct netreach *nr = hubs_net(c->hubs);
    const struct group *g = value;
    uint32_t pods = pods_of(c, g);

    (void)key;
    for (uint32_t s = 0; s < netreach_segments(nr); s++) {
        struct netreach_answer a = {0};

        ask(nr, s, g->first, &a);
        if (a.open == NETREACH_CLOSED)
            continue;
        struct evidence ev[] = {evidence(c, g->kubelet), a.ev};
        draft_edge(c->d, netreach_segment_node(nr, s), pods, EDGE_KUBELET_ANON, CLASS_TRIVIAL,
                   a.open == NETREACH_OPEN && a.sure ? VERDICT_YES : VERDICT_UNKNOWN, ev, 2);
    }
}

static void derive(struct rule_ctx *c)
{
    g_autoptr(GHashTable) groups = g_hash_table_new_full(NULL, NULL, NULL, free_group);

    for (size_t i = 0; i < c->f->kubelets.n; i++) {
        const struct fact_kubelet *k = &c->f->kubelets.v[i];
        const struct fact_node *n = facts_node(c->f, k->meta.name);

        if (!n || nodes_virtual(n) || !obeys(k))
            continue;
        draw_outside(c, k, n);
        join(hubs_net(c->hubs), groups, k, n);
    }
    g_hash_table_foreach(groups, draw_segments, c);
}

static const struct fact_kubelet *kubelet_of(const struct facts *f, const char *node)
{
    for (size_t i = 0; i < f->kubelets.n; i++)
        if (strcmp(f->kubelets.v[i].meta.name, node) == 0)
            return &f->kubelets.v[i];
    return NULL;
}

/* What the kubelet itself stands in the way with. */
static bool refuses(struct rule_ctx *c, const char *node, struct rule_why *out)
{
    const struct fact_kubelet *k = kubelet_of(c->f, node);

    if (!k)
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", node), NULL, NULL,
                       "the configuration of its kubelet is not known: no KubeletConfigz of the "
                       "node was read");
    struct evidence ev = evidence(c, k);
    if (k->anonymous != TRI_YES)
        return why_say(out, WHY_ALMOST, ev.object, ev.uid,
                       "kubeletconfig.authentication.anonymous.enabled",
                       "the kubelet does not let anonymous requests in");
    return !obeys(k) &&
           why_say(out, WHY_ALMOST, ev.object, ev.uid, ev.field,
                   arena_printf(c->scratch,
                                "the kubelet asks what anonymous requests may do: the mode is %s",
                                *k->authorization ? k->authorization : "not told"));
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_node *n = facts_node(c->f, q->to.name);
    struct netreach_answer a = {0};

    if (!n) /* a set of several */
        return false;
    if (refuses(c, q->to.name, out))
        return true;
    if (q->from.kind == NODE_INTERNET)
        return !public_address(n) &&
               why_say(out, WHY_ALMOST, arena_printf(c->scratch, "Node %s", n->meta.name),
                       n->meta.uid, "status.addresses", "the node has no public address");
    if (q->from.kind != NODE_NET_SEGMENT)
        return false;
    uint32_t segment = netreach_segment_named(hubs_net(c->hubs), q->from.ns, q->from.name);
    if (segment == NETREACH_NONE)
        return false;
    ask(hubs_net(c->hubs), segment, n, &a);
    return a.open == NETREACH_CLOSED &&
           why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
}

const struct rule rule_kubelet_anon = {
    .name = "kubelet_anon",
    .version = 1,
    .kinds = {EDGE_KUBELET_ANON, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
};
