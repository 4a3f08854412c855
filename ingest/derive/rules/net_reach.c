/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NET_REACH: from segments to the sets of ports that are open to them. */
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
            netreach_to_set(nr, s, k, &a);
            if (a.open != NETREACH_CLOSED)
                draft_edge(c->d, netreach_segment_node(nr, s), netreach_set_node(nr, k),
                           EDGE_NET_REACH, CLASS_STRUCTURAL, verdict_of(&a), &a.ev, 1);
        }
        draw_node_ports(c, s);
    }
    for (size_t i = 0; i < c->f->nodes.n; i++) {
        struct members m = {c, netreach_local_node(nr, &c->f->nodes.v[i])};
        if (m.hub != NETREACH_NONE)
            netreach_local(nr, &c->f->nodes.v[i], draw_local, &m);
    }
}

const struct rule rule_net_reach = {
    .name = "net_reach",
    .version = 1,
    .kinds = {EDGE_NET_REACH},
    .derive = derive,
};
