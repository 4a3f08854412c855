/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Services from outside, and who of the outside a policy lets through. */
#include "ingest/derive/exposure.h"

#include <string.h>

#include "ingest/derive/netoutside.h"

static const enum netreach_who everyone[] = {NETREACH_INTERNET, NETREACH_LAN};

enum { MOST_NODES = 8 }; /* asked whether their addresses are let in: one is enough */

uint32_t exposure_source(struct rule_ctx *c, enum netreach_who who)
{
    return who == NETREACH_INTERNET ? c->as->internet : draft_node(c->d, NODE_LAN, "", "lan");
}

static enum net_protocol protocol_of(const char *name)
{
    return strcmp(name, "UDP") == 0 ? NET_UDP : strcmp(name, "SCTP") == 0 ? NET_SCTP : NET_TCP;
}

/* A port of a pod that somebody connects to. */
struct target {
    struct rule_ctx *c;
    const struct netreach *nr;
    const struct fact_pod *pod;
    enum net_protocol protocol;
    int32_t number;
};

/* The answer with the policy's evidence, in words that say what it means here. */
static struct published_answer decided(struct target *t, enum published_open open,
                                       const struct netreach_answer *by, const char *means)
{
    struct published_answer out = {.open = open, .ev = by->ev};

    out.ev.reason = arena_printf(t->c->scratch, "%s: %s", by->ev.reason, means);
    return out;
}

/* Whether a policy lets in the addresses of some node but the pod's own. */
static bool some_node_passes(struct target *t, struct netreach_answer *by)
{
    size_t asked = 0;

    for (size_t i = 0; i < t->c->f->nodes.n && asked < MOST_NODES; i++) {
        const struct fact_node *n = &t->c->f->nodes.v[i];
        struct netreach_answer one;
        uint32_t segment = n == t->pod->on ? NETREACH_NONE : netreach_of_node(t->nr, n);

        if (segment == NETREACH_NONE)
            continue;
        asked++;
        netreach_pod(t->nr, segment, t->pod, t->protocol, t->number, &one);
        if (one.open == NETREACH_OPEN) {
            *by = one;
            return true;
        }
    }
    return false;
}

/* The connection comes from the node that took it. */
static struct published_answer from_node(struct target *t, const struct published_answer *way)
{
    struct netreach_answer by;

    netoutside_ask(t->nr, NETREACH_LAN, t->pod, t->protocol, t->number, &by);
    if (by.sure && by.open != NETREACH_OPEN && !some_node_passes(t, &by))
        return decided(t, PUBLISHED_MAYBE, &by,
                       "only the node that runs the pod is let through, if it takes the "
                       "connection");
    if (!by.sure)
        return decided(t, PUBLISHED_MAYBE, &by, "whether nodes are let through is not sure");
    return *way;
}

/* The connection comes from the client, as far as the pod sees. */
static struct published_answer from_client(struct target *t, const struct published_answer *way,
                                           enum netreach_who who, bool sure)
{
    struct netreach_answer by;

    netoutside_ask(t->nr, who, t->pod, t->protocol, t->number, &by);
    if (!by.sure)
        return decided(t, PUBLISHED_MAYBE, &by, "whether it is let through is not sure");
    if (by.open == NETREACH_CLOSED && sure)
        return decided(t, PUBLISHED_NO, &by, "it does not let in who connects from there");
    if (by.open == NETREACH_CLOSED)
        return decided(t, PUBLISHED_MAYBE, &by,
                       "it lets in the pod's own node only, which may be whom the pod sees");
    if (by.open == NETREACH_SOME)
        return decided(t, PUBLISHED_MAYBE, &by, "only from some addresses");
    return *way;
}

struct published_answer exposure_judge(struct rule_ctx *c, const struct published_answer *way,
                                       enum exposure_source seen, enum netreach_who who,
                                       const struct fact_pod *to, const char *protocol,
                                       int32_t number)
{
    struct netreach *nr = hubs_net(c->hubs);
    struct target t = {c, nr, to, protocol_of(protocol), number};
    bool keeps = netreach_profile(nr)->keeps_source;
    struct published_answer out;

    if (way->open == PUBLISHED_NO)
        return *way;
    if (seen == EXPOSURE_NODE && !keeps)
        out = from_node(&t, way);
    else
        out = from_client(&t, way, who, keeps || seen == EXPOSURE_CLIENT);
    return out;
}

/* The edge from one source; `sure` false: unknown at the most. */
static void edge_from(struct rule_ctx *c, uint32_t from, enum edge_kind kind, uint32_t to,
                      const struct published_answer *way, const struct published_answer *judged,
                      const struct evidence *leads, bool sure)
{
    struct evidence ev[3] = {way->ev};
    size_t n = 1;

    if (judged->open == PUBLISHED_NO)
        return;
    if (leads->object)
        ev[n++] = *leads;
    if (judged->ev.reason != way->ev.reason)
        ev[n++] = judged->ev;
    /* What the way leaves open a policy does not make sure. */
    sure = sure && way->open == PUBLISHED_YES && judged->open == PUBLISHED_YES;
    draft_edge(c->d, from, to, kind, CLASS_STRUCTURAL, sure ? VERDICT_YES : VERDICT_UNKNOWN, ev, n);
}

void exposure_edge(struct rule_ctx *c, enum edge_kind kind, enum netreach_who who, uint32_t to,
                   const struct published_answer *way, const struct published_answer *judged,
                   const struct evidence *leads)
{
    edge_from(c, exposure_source(c, who), kind, to, way, judged, leads, true);
}

/* One Service on its way to its targets. */
struct walk {
    struct rule_ctx *c;
    const struct exposure_way *way;
    enum netreach_who who;
    struct published_answer published;
    const struct rule_end *port; /* that is asked about; NULL: draw all */
    bool found, drawn;           /* a target is the port; and an edge leads there */
    struct rule_why why;         /* the nearest reason so far */
};

/* With externalTrafficPolicy Local only the nodes of the pods answer on node ports. */
static struct published_answer way_to(struct walk *w, const struct port_target *t)
{
    struct published_answer host;

    if (!w->way->node_ports || !t->service->external_local)
        return w->published;
    published_host(t->pod->on, w->who, w->c->scratch, &host);
    return host.open < w->published.open ? host : w->published;
}

static struct published_answer judge(struct walk *w, const struct published_answer *way,
                                     const struct port_target *t)
{
    struct published_answer none = {.open = PUBLISHED_NO, .ev = way->ev};

    if (way->open != PUBLISHED_NO && w->way->node_ports &&
        !published_has_node_port(t->service, t->from)) {
        none.ev.field = "spec.ports";
        none.ev.reason = "the port is none of the nodes";
        return none;
    }
    return exposure_judge(w->c, way, t->service->external_local ? EXPOSURE_CLIENT : EXPOSURE_NODE,
                          w->who, t->pod, t->protocol, t->number);
}

static const char *leads(struct walk *w, const struct port_target *t)
{
    struct arena *a = w->c->scratch;
    bool node = w->way->node_ports;

    if (node && !t->from->node_port)
        return arena_printf(a, "a port of the nodes leads to port %d of pod %s", t->number,
                            t->pod->meta.name);
    return arena_printf(a, "%sport %d leads to port %d of pod %s", node ? "node " : "",
                        node ? t->from->node_port : t->port, t->number, t->pod->meta.name);
}

static void draw(void *arg, const struct port_target *t)
{
    struct walk *w = arg;
    struct published_answer way = way_to(w, t), judged = judge(w, &way, t);
    struct evidence ev = {.object = t->object, .uid = t->uid};

    if (judged.open == PUBLISHED_NO)
        return;
    ev.reason = leads(w, t);
    uint32_t to = ports_endpoint(w->c->d, t->pod, t->protocol, t->number);
    exposure_edge(w->c, w->way->kind, w->who, to, &way, &judged, &ev);
    if (w->who != NETREACH_LAN || !w->way->node_ports)
        return;
    bool local = t->service->external_local;
    if (local)
        ev.reason = arena_printf(w->c->scratch,
                                 "%s, which sees the client itself and lets in some, maybe not all",
                                 ev.reason);
    edge_from(w->c, hubs_node_ports(w->c->hubs), w->way->kind, to, &way, &judged, &ev, !local);
}

void exposure_draw(struct rule_ctx *c, const struct exposure_way *way)
{
    const struct ports *ps = hubs_ports(c->hubs);
    struct published_nodes pn = published_nodes(c->f);

    for (size_t i = 0; i < c->f->services.n; i++)
        for (size_t k = 0; k < ARRAY_LEN(everyone); k++) {
            struct walk w = {.c = c, .way = way, .who = everyone[k]};

            way->published(&pn, &c->f->services.v[i], w.who, c->scratch, &w.published);
            if (w.published.open != PUBLISHED_NO)
                ports_of_service(ps, &c->f->services.v[i], c->scratch, draw, &w);
        }
}

static void look(void *arg, const struct port_target *t)
{
    struct walk *w = arg;

    if (t->pod != w->port->pod || !ports_is(w->port->sub, t->protocol, t->number))
        return;
    struct published_answer way = way_to(w, t), judged = judge(w, &way, t);
    unsigned near = judged.unused ? w->way->unused : WHY_ALMOST;

    w->drawn |= judged.open != PUBLISHED_NO;
    if (!w->found || near > w->why.near)
        why_say(&w->why, near, judged.ev.object, judged.ev.uid, judged.ev.field, judged.ev.reason);
    w->found = true;
}

bool exposure_missing(struct rule_ctx *c, const struct exposure_way *way,
                      const struct rule_question *q, struct rule_why *out)
{
    const struct ports *ps = hubs_ports(c->hubs);
    struct published_nodes pn = published_nodes(c->f);
    struct walk w = {
        .c = c,
        .way = way,
        .who = q->from.kind == NODE_INTERNET ? NETREACH_INTERNET : NETREACH_LAN,
        .port = &q->to,
    };

    if (!q->to.pod)
        return false;
    for (size_t i = 0; i < c->f->services.n; i++) {
        const struct fact_service *s = &c->f->services.v[i];

        if (strcmp(s->meta.ns, q->to.ns) != 0)
            continue;
        way->published(&pn, s, w.who, c->scratch, &w.published);
        ports_of_service(ps, s, c->scratch, look, &w);
    }
    if (w.drawn)
        return false;
    if (w.found)
        *out = w.why;
    return w.found ||
           why_pod(c, out, WHY_APART, q->to.pod, "metadata.labels",
                   arena_printf(c->scratch, "no Service leads to port %s of the pod", q->to.sub));
}
