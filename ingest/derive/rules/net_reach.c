/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NET_REACH: from segments to the sets of ports that are open to them. */
#include <stdio.h>

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
        draft_edge(c->d, netreach_segment_node(nr, segment), hubs_lan(c->hubs), EDGE_NET_REACH,
                   CLASS_STRUCTURAL, verdict_of(&a), &a.ev, 1);
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
        struct members m = {c, netreach_local_node(nr, &c->f->nodes.v[i])};
        if (m.hub != NETREACH_NONE)
            netreach_local(nr, &c->f->nodes.v[i], draw_local, &m);
    }
}

/* The answer for one end of the question; false if it is about a node's own pods or no segment. */
static bool answer(struct netreach *nr, const struct rule_question *q, struct netreach_answer *out)
{
    uint32_t segment = netreach_segment_named(nr, q->from.ns, q->from.name);
    uint32_t set;
    char protocol[8];
    int32_t port;

    if (segment == NETREACH_NONE || *q->from.sub)
        return false;
    if (q->to.kind == NODE_LAN) {
        netreach_node_ports(nr, segment, out);
        return true;
    }
    if (q->to.kind == NODE_ENDPOINTS) {
        set = netreach_set_named(nr, q->to.ns, q->to.name);
        if (set != NETREACH_NONE)
            netreach_to_set(nr, segment, set, out);
        return set != NETREACH_NONE;
    }
    if (!q->to.pod || sscanf(q->to.sub, "%7[a-z]:%d", protocol, &port) != 2)
        return false;
    g_autofree char *upper = g_ascii_strup(protocol, -1);
    netreach_pod(nr, segment, q->to.pod, netports_protocol(upper), port, out);
    return true;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct netreach_answer a;

    if (q->to.pod && why_ended(c, out, q->to.pod))
        return true;
    if (!answer(hubs_net(c->hubs), q, &a))
        return false;
    if (a.open == NETREACH_CLOSED)
        return why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
    return why_say(out, WHY_HELD, a.ev.object, a.ev.uid, a.ev.field,
                   "the segment leads to a set that the port is in");
}

const struct rule rule_net_reach = {
    .name = "net_reach",
    .version = 1,
    .kinds = {EDGE_NET_REACH},
    .derive = derive,
    .missing = missing,
};
