/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_HOSTPORT: ports of pods that are ports of their node: host ports, and whatever a pod on
 * the node's network listens on. */
#include "ingest/derive/escape.h"
#include "ingest/derive/exposure.h"
#include "ingest/derive/netoutside.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/why.h"

static const enum netreach_who everyone[] = {NETREACH_INTERNET, NETREACH_LAN};

/* A port of a pod that is one of its node. */
struct opening {
    const struct fact_pod *pod;
    const char *protocol, *host_ip;
    int32_t number, host_port;
    struct evidence ev; /* where it is said */
};

/* Who reaches the address of the node that the port is bound to. */
static struct published_answer way_to(struct rule_ctx *c, const struct opening *o,
                                      enum netreach_who who)
{
    struct published_answer out;
    enum published_open most;

    published_host(o->pod->on, who, c->scratch, &out);
    most = published_bound(o->host_ip, who);
    if (most < out.open) {
        out = (struct published_answer){.open = most, .ev = o->ev};
        out.ev.reason =
            arena_printf(c->scratch, "the port is bound to the address %.100s only", o->host_ip);
    }
    return out;
}

/* A port that the plugin forwards comes from the client, with most plugins. */
static struct published_answer judge(struct rule_ctx *c, const struct opening *o,
                                     const struct published_answer *way, enum netreach_who who)
{
    return exposure_judge(c, way, o->pod->host_network ? EXPOSURE_CLIENT : EXPOSURE_NOT_KNOWN, who,
                          o->pod, o->protocol, o->number);
}

static void draw(struct rule_ctx *c, const struct opening *o)
{
    for (size_t i = 0; i < ARRAY_LEN(everyone); i++) {
        struct published_answer way = way_to(c, o, everyone[i]),
                                judged = judge(c, o, &way, everyone[i]);

        if (judged.open != PUBLISHED_NO)
            exposure_edge(c, EDGE_EXPOSE_HOSTPORT, everyone[i],
                          ports_endpoint(c->d, o->pod, o->protocol, o->number), &way, &judged,
                          &o->ev);
    }
}

static struct opening declared(struct arena *a, const struct fact_pod *p,
                               const struct fact_container *k, size_t i)
{
    const struct fact_port *port = &k->ports[i];

    return (struct opening){
        .pod = p,
        .protocol = port->protocol,
        .host_ip = port->host_ip,
        .number = port->number,
        .host_port = port->host_port,
        .ev = {.object = arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name),
               .uid = p->meta.uid,
               .field = escape_field(a, p, k, arena_printf(a, "ports[%zu]", i)),
               .reason = p->host_network ? "the pod is on the network of its node"
                                         : arena_printf(a, "port %d of the node leads to port %d",
                                                        port->host_port, port->number)},
    };
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    for (size_t i = 0; ports_listens(k) && i < k->nports; i++) {
        struct opening o = declared(c->scratch, p, k, i);
        if (o.host_port > 0)
            draw(c, &o);
    }
}

/* What a Service leads to somebody listens on, declared or not. */
static struct opening led(const struct port_target *t)
{
    return (struct opening){
        .pod = t->pod,
        .protocol = t->protocol,
        .host_ip = "",
        .number = t->number,
        .host_port = t->number,
        .ev = {.object = t->object,
               .uid = t->uid,
               .reason = "a Service leads to the port of a pod on the network of its node"},
    };
}

static void undeclared(void *arg, const struct port_target *t)
{
    struct rule_ctx *c = arg;

    if (!t->pod->host_network || ports_declared(t->pod, t->protocol, t->number))
        return;
    struct opening o = led(t);
    draw(c, &o);
}

static void derive(struct rule_ctx *c)
{
    const struct ports *ps = hubs_ports(c->hubs);

    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            of_container(c, p, &p->containers[k]);
    }
    for (size_t i = 0; i < c->f->services.n; i++)
        ports_of_service(ps, &c->f->services.v[i], c->scratch, undeclared, c);
}

struct looking {
    struct rule_ctx *c;
    const struct rule_end *port;
    enum netreach_who who;
    bool found, drawn;
    struct rule_why why;
};

static void look(struct looking *l, const struct opening *o)
{
    struct published_answer way = way_to(l->c, o, l->who), judged = judge(l->c, o, &way, l->who);

    l->found = true;
    l->drawn |= judged.open != PUBLISHED_NO;
    why_say(&l->why, WHY_ALMOST, judged.ev.object, judged.ev.uid, judged.ev.field,
            judged.ev.reason);
}

static void look_undeclared(void *arg, const struct port_target *t)
{
    struct looking *l = arg;
    struct opening o = led(t);

    if (t->pod == l->port->pod && t->pod->host_network &&
        !ports_declared(t->pod, t->protocol, t->number) &&
        ports_is(l->port->sub, t->protocol, t->number))
        look(l, &o);
}

static void look_declared(struct looking *l, const struct fact_container *k)
{
    for (size_t i = 0; ports_listens(k) && i < k->nports; i++) {
        struct opening o = declared(l->c->scratch, l->port->pod, k, i);
        if (o.host_port > 0 && ports_is(l->port->sub, o.protocol, o.number))
            look(l, &o);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->to.pod;
    struct looking l = {
        .c = c,
        .port = &q->to,
        .who = q->from.kind == NODE_INTERNET ? NETREACH_INTERNET : NETREACH_LAN,
    };

    if (!p)
        return false;
    if (why_ended(c, out, p))
        return true;
    for (size_t k = 0; k < p->ncontainers; k++)
        look_declared(&l, &p->containers[k]);
    const struct ports *ps = hubs_ports(c->hubs);
    for (size_t i = 0; p->host_network && i < c->f->services.n; i++)
        ports_of_service(ps, &c->f->services.v[i], c->scratch, look_undeclared, &l);
    if (l.drawn)
        return false;
    if (l.found)
        *out = l.why;
    return l.found || why_pod(c, out, EXPOSURE_UNUSUAL, p, "spec.hostNetwork",
                              arena_printf(c->scratch, "port %s of the pod is no port of its node",
                                           q->to.sub));
}

const struct rule rule_expose_hostport = {
    .name = "expose_hostport",
    .version = 1,
    .kinds = {EDGE_EXPOSE_HOSTPORT},
    .derive = derive,
    .missing = missing,
};
