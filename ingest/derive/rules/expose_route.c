/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_ROUTE: a route that is served from outside leads to ports of pods, if what serves it may
 * connect to them. */
#include <string.h>

#include "ingest/derive/backends.h"
#include "ingest/derive/netoutside.h"
#include "ingest/derive/routelimits.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/servers.h"
#include "ingest/derive/why.h"

/* All routes on their way to ports of pods. */
struct walk {
    struct rule_ctx *c;
    const struct ports *ports;
    struct servers *servers;
    GArray *found; /* struct server: of the route */
    const struct fact_route *r;
    const struct fact_backend *b;
    const struct server *server;
    enum netreach_who who;
    const struct rule_end *port; /* that is asked about; NULL: draw all */
    bool drawn, said;            /* an edge leads to it; `why` says why not */
    struct rule_why why;
};

static enum net_protocol protocol_of(const struct port_target *t)
{
    return strcmp(t->protocol, "UDP") == 0 ? NET_UDP : NET_TCP;
}

/* Whether policies let the pods of a controller through: the widest of them counts. */
static struct published_answer from_pods(struct walk *w, const struct published_answer *way,
                                         const struct port_target *t)
{
    const struct front *fr = w->server->front;
    struct published_answer best = *way;

    if (fr->segments->len == 0) /* on a node that is not known */
        return exposure_judge(w->c, way, EXPOSURE_NODE, NETREACH_LAN, t->pod, t->protocol,
                              t->number);
    best.open = PUBLISHED_NO;
    for (guint i = 0; i < fr->segments->len; i++) {
        struct netreach_answer by;
        enum published_open open;

        netreach_pod(hubs_net(w->c->hubs), g_array_index(fr->segments, uint32_t, i), t->pod,
                     protocol_of(t), t->number, &by);
        if (by.open == NETREACH_OPEN && by.sure)
            return *way;
        open = by.open == NETREACH_CLOSED && by.sure ? PUBLISHED_NO : PUBLISHED_MAYBE;
        if (i && open <= best.open)
            continue;
        best = (struct published_answer){.open = open, .ev = by.ev};
        best.ev.reason = arena_printf(w->c->scratch, "pod %s/%s %s port %d of pod %s: %s: %s",
                                      fr->pod->meta.ns, fr->pod->meta.name,
                                      open == PUBLISHED_NO ? "does not reach" : "may not reach",
                                      t->number, t->pod->meta.name, by.ev.object, by.ev.reason);
    }
    return best;
}

/* A load balancer of the cloud sends to ports of the nodes, or to pods from addresses of its own.
 */
static struct published_answer from_cloud(struct walk *w, const struct published_answer *way,
                                          const struct port_target *t)
{
    const char *targets = facts_annotation(&w->r->meta, "alb.ingress.kubernetes.io/target-type");
    bool by_node = published_has_node_port(t->service, t->from) && g_strcmp0(targets, "ip") != 0;
    struct published_answer lan =
        exposure_judge(w->c, way, by_node ? EXPOSURE_NODE : EXPOSURE_CLIENT, NETREACH_LAN, t->pod,
                       t->protocol, t->number);

    if (lan.open != PUBLISHED_NO || by_node)
        return lan;
    struct published_answer any = exposure_judge(w->c, way, EXPOSURE_CLIENT, NETREACH_INTERNET,
                                                 t->pod, t->protocol, t->number);
    if (any.open == PUBLISHED_YES) {
        any = lan;
        any.open = PUBLISHED_MAYBE;
    }
    return any;
}

/* The agents send with an identity of their own, which policies do not speak of. */
static struct published_answer from_agent(struct walk *w, const struct published_answer *way,
                                          const struct port_target *t)
{
    struct published_answer a =
        exposure_judge(w->c, way, EXPOSURE_CLIENT, NETREACH_LAN, t->pod, t->protocol, t->number);

    if (a.open == PUBLISHED_NO)
        a.open = PUBLISHED_MAYBE;
    return a;
}

/* What the backend itself says. */
static struct published_answer by_backend(struct walk *w, enum published_open open,
                                          const char *reason)
{
    return (struct published_answer){
        .open = open,
        .ev = {.object = arena_printf(w->c->scratch, "%s %s/%s", w->r->kind, w->r->meta.ns,
                                      w->r->meta.name),
               .uid = w->r->meta.uid,
               .field = w->b->field,
               .reason = reason},
    };
}

/* Only some controllers take the pod's port for that of the Service. */
static bool port_is_wrong(const struct walk *w, const struct port_target *t)
{
    return w->server->ctl && strcmp(w->r->kind, "Ingress") == 0 &&
           strncmp(w->server->ctl->name, "ingress-nginx", strlen("ingress-nginx")) != 0 &&
           backends_by_target(w->b, t);
}

static struct published_answer judge(struct walk *w, const struct published_answer *way,
                                     const struct port_target *t)
{
    const struct server *s = w->server;
    struct published_answer out = *way;

    if (way->open == PUBLISHED_NO)
        return out;
    if (!attach_granted(servers_attach(w->servers), w->r, w->b))
        return by_backend(
            w, w->c->f->gaps[FACTS_GRANTS] ? PUBLISHED_MAYBE : PUBLISHED_NO,
            arena_printf(w->c->scratch,
                         "no ReferenceGrant of namespace %s lets it send to Service %s", w->b->ns,
                         w->b->service));
    if (s->front)
        out = from_pods(w, way, t);
    else if (s->ctl && s->ctl->place == INGRESSCTL_CLOUD)
        out = from_cloud(w, way, t);
    else if (s->ctl && s->ctl->place == INGRESSCTL_AGENT)
        out = from_agent(w, way, t);
    if (out.open == PUBLISHED_YES && port_is_wrong(w, t))
        return by_backend(w, PUBLISHED_MAYBE, "it names the port of the pod, not of the Service");
    return out;
}

static void draw(struct walk *w, const struct published_answer *way,
                 const struct published_answer *judged, const struct port_target *t)
{
    const char *auth = routelimits_auth(w->r);
    struct published_answer leads = by_backend(
        w, judged->open,
        arena_printf(w->c->scratch, "%.200s%sleads to port %d of pod %s%s%s%s%s", w->b->match,
                     *w->b->match ? " " : "", t->number, t->pod->meta.name,
                     w->server->ctl ? " by " : "", w->server->ctl ? w->server->ctl->name : "",
                     auth ? "; authentication may be asked for by " : "", auth ? auth : ""));

    exposure_edge(w->c, EDGE_EXPOSE_ROUTE, w->who,
                  ports_endpoint(w->c->d, t->pod, t->protocol, t->number), way, judged, &leads.ev);
}

/* Whether a target is the port that is asked about. */
static bool is_asked(const struct walk *w, const struct port_target *t)
{
    g_autofree char *proto = g_ascii_strdown(t->protocol, -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", proto, t->number);

    return t->pod == w->port->pod && strcmp(sub, w->port->sub) == 0;
}

static void visit(void *arg, const struct port_target *t)
{
    struct walk *w = arg;
    const struct published_answer *way = &w->server->open[w->who];

    if (w->port && !is_asked(w, t))
        return;
    struct published_answer judged = judge(w, way, t);
    if (!w->port) {
        draw(w, way, &judged, t);
        return;
    }
    w->drawn |= judged.open != PUBLISHED_NO;
    unsigned near = way->open == PUBLISHED_NO ? WHY_RELATED : WHY_ALMOST;
    if (!w->said || near > w->why.near)
        why_say(&w->why, near, judged.ev.object, judged.ev.uid, judged.ev.field, judged.ev.reason);
    w->said = true;
}

/* One backend by one server, for whoever is asked about or reaches it. */
static void visit_backend(struct walk *w, bool internet, bool lan)
{
    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++) {
        w->who = who;
        if (!(who == NETREACH_INTERNET ? internet : lan) ||
            (!w->port && w->server->open[who].open == PUBLISHED_NO))
            continue;
        backends_targets(w->c->f, w->ports, w->r, w->b, w->c->scratch, visit, w);
    }
}

static void visit_routes(struct walk *w, bool internet, bool lan)
{
    const struct facts *f = w->c->f;

    w->found = g_array_new(FALSE, FALSE, sizeof(struct server));
    for (size_t i = 0; i < f->routes.n; i++) {
        w->r = &f->routes.v[i];
        if (w->r->nbackends)
            servers_of(w->servers, w->r, w->found);
        for (size_t b = 0; b < w->r->nbackends; b++)
            for (guint k = 0; k < w->found->len; k++) {
                w->b = &w->r->backends[b];
                w->server = &g_array_index(w->found, struct server, k);
                visit_backend(w, internet, lan);
            }
    }
    g_array_free(w->found, TRUE);
}

static void derive(struct rule_ctx *c)
{
    if (!c->f->routes.n)
        return;
    const struct ports *ps = hubs_ports(c->hubs);
    AUTO(servers) ss = servers_new(c, ps);
    struct walk w = {.c = c, .ports = ps, .servers = ss};

    visit_routes(&w, true, true);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct ports *ps = hubs_ports(c->hubs);
    AUTO(servers) ss = servers_new(c, ps);
    struct walk w = {.c = c, .ports = ps, .servers = ss, .port = &q->to};
    bool internet = q->from.kind == NODE_INTERNET;

    if (!q->to.pod)
        return false;
    visit_routes(&w, internet, !internet);
    if (w.drawn)
        return false;
    if (w.said)
        *out = w.why;
    return w.said ||
           why_pod(c, out, WHY_APART, q->to.pod, "metadata.labels",
                   arena_printf(c->scratch, "no route leads to port %s of the pod", q->to.sub));
}

const struct rule rule_expose_route = {
    .name = "expose_route",
    .version = 1,
    .kinds = {EDGE_EXPOSE_ROUTE},
    .derive = derive,
    .missing = missing,
};
