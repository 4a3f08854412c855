/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NET_REACH: from segments to the sets of ports that are open to them. */
#include <string.h>

#include "ingest/derive/netlocal.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static enum verdict verdict_of(const struct netreach_answer *a)
{
    return a->sure && a->open == NETREACH_OPEN ? VERDICT_YES : VERDICT_UNKNOWN;
}

struct members {
    struct rule_ctx *c;
    uint32_t hub;
};

static void draw_member(void *arg, const struct netreach_port *p)
{
    struct members *m = arg;
    struct rule_ctx *c = m->c;
    uint32_t endpoint = ports_endpoint(c->d, p->pod, p->protocol, p->number);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->pod->meta.ns, p->pod->meta.name),
        .uid = p->pod->meta.uid,
        .reason = "the same segments reach this port",
    };

    if (endpoint != m->hub)
        draft_edge_yes(c->d, m->hub, endpoint, EDGE_HUB_MEMBER, &ev);
}

static void draw_node_ports(struct rule_ctx *c, uint32_t segment)
{
    struct netreach *nr = hubs_net(c->hubs);
    struct netreach_answer a;

    netreach_node_ports(nr, segment, &a);
    if (a.open != NETREACH_CLOSED)
        draft_edge(c->d, netreach_segment_node(nr, segment), hubs_node_ports(c->hubs),
                   EDGE_NET_REACH, CLASS_STRUCTURAL, verdict_of(&a), &a.ev, 1);
}

static void draw_local(void *arg, const struct netreach_port *p)
{
    struct members *m = arg;
    struct rule_ctx *c = m->c;
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->pod->meta.ns, p->pod->meta.name),
        .uid = p->pod->meta.uid,
        .field = "spec.nodeName",
        .reason = "policies do not stop what its own node sends",
    };

    draft_edge_yes(c->d, m->hub, ports_endpoint(c->d, p->pod, p->protocol, p->number),
                   EDGE_NET_REACH, &ev);
}

static void derive(struct rule_ctx *c)
{
    struct netreach *nr = hubs_net(c->hubs);

    for (uint32_t k = 0; k < netreach_sets(nr); k++) {
        struct members m = {c, netreach_set_node(nr, k)};
        netreach_ports(nr, k, draw_member, &m);
    }
    for (uint32_t s = 0; s < netreach_segments(nr); s++) {
        for (uint32_t k = 0; k < netreach_sets(nr); k++) {
            struct netreach_answer a;
            if (!netreach_reaches(nr, s, k))
                continue;
            netreach_to_set(nr, s, k, &a);
            draft_edge(c->d, netreach_segment_node(nr, s), netreach_set_node(nr, k), EDGE_NET_REACH,
                       CLASS_STRUCTURAL, verdict_of(&a), &a.ev, 1);
        }
        draw_node_ports(c, s);
    }
    for (size_t i = 0; i < c->f->nodes.n; i++) {
        struct members m = {c, netlocal_segment(nr, &c->f->nodes.v[i])};
        if (m.hub != NETREACH_NONE)
            netlocal_ports(nr, &c->f->nodes.v[i], draw_local, &m);
    }
}

/* A port by the last part of its key, "tcp:8080". */
static bool read_port(const char *sub, enum net_protocol *protocol, int32_t *port)
{
    g_auto(GStrv) part = g_strsplit(sub, ":", 2);
    guint64 n;

    if (!part[0] || !part[1] || !g_ascii_string_to_unsigned(part[1], 10, 1, 65535, &n, NULL))
        return false;
    g_autofree char *upper = g_ascii_strup(part[0], -1);
    *protocol = netports_protocol(upper);
    *port = (int32_t)n;
    return true;
}

/* Whether a port has company, so that its edges lead to a set. */
static bool in_company(const struct netreach *nr, const struct fact_pod *p,
                       enum net_protocol protocol, int32_t port)
{
    uint32_t set = netreach_set_of(nr, p, protocol, port);

    return set != NETREACH_NONE && !netreach_single(nr, set);
}

static bool why_port(struct rule_ctx *c, const struct rule_question *q, uint32_t segment,
                     struct netreach_answer *a, struct rule_why *out)
{
    const struct netreach *nr = hubs_net(c->hubs);
    enum net_protocol protocol;
    int32_t port;

    if (!q->to.pod || why_ended(c, out, q->to.pod))
        return q->to.pod != NULL;
    if (!read_port(q->to.sub, &protocol, &port))
        return false;
    netreach_pod(nr, segment, q->to.pod, protocol, port, a);
    if (a->open == NETREACH_CLOSED)
        return why_say(out, WHY_ALMOST, a->ev.object, a->ev.uid, a->ev.field, a->ev.reason);
    return in_company(nr, q->to.pod, protocol, port) &&
           why_say(out, WHY_HELD, a->ev.object, a->ev.uid, a->ev.field,
                   "the segment reaches a set of ports that this one is in");
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_segment_named(nr, q->from.ns, q->from.name);
    uint32_t set = netreach_set_named(nr, q->to.ns, q->to.name);
    struct netreach_answer a = {.open = NETREACH_OPEN};

    if (segment == NETREACH_NONE || *q->from.sub)
        return false;
    if (q->to.kind == NODE_ENDPOINT)
        return why_port(c, q, segment, &a, out);
    if (q->to.kind == NODE_LAN && strcmp(q->to.name, HUBS_NODE_PORTS) != 0)
        return why_say(out, WHY_APART, "cluster", NULL, NULL,
                       "pods are not in the network of the nodes; NodePorts stand apart from it");
    if (q->to.kind == NODE_LAN)
        netreach_node_ports(nr, segment, &a);
    else if (set != NETREACH_NONE)
        netreach_to_set(nr, segment, set, &a);
    return a.open == NETREACH_CLOSED &&
           why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
}

const struct rule rule_net_reach = {
    .name = "net_reach",
    .version = 1,
    .kinds = {EDGE_NET_REACH},
    .derive = derive,
    .missing = missing,
};
