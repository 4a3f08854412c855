/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SERVICE_PROXY: the API server passes an HTTP request on to a pod behind a Service.  The name is
 * "service", "service:port" or "scheme:service:port"; without a port, the one that has no name. */
#include <string.h>

#include "ingest/derive/apiproxy.h"
#include "ingest/derive/porthubs.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define PROXY                                                                                      \
    .group = "", .resource = "services", .subresource = "proxy", .class = CLASS_EASY,              \
    .named = true, .named_class = CLASS_EASY

static const struct rbac_right rights[] = {
    {.verb = "get", PROXY},   {.verb = "create", PROXY}, {.verb = "update", PROXY},
    {.verb = "patch", PROXY}, {.verb = "delete", PROXY},
};

struct work {
    struct rule_ctx *c;
    struct porthubs *hubs;
    GHashTable *by_name; /* the same */
    const struct rbac_right_hit *h;
    struct apiproxy_name name;
};

/* Whether a port of a Service is the one that a request names. */
static bool is_port(const struct fact_service *s, const struct port_target *t, const char *port)
{
    int32_t number = apiproxy_number(port);

    if (number)
        return t->port == number;
    for (size_t i = 0; i < s->nports; i++)
        if (s->ports[i].port == t->port && strcmp(s->ports[i].protocol, t->protocol) == 0)
            return strcmp(s->ports[i].name, port) == 0;
    return false;
}

/* What the API server asks of an address that it speaks to. */
static bool is_served(const struct port_target *t)
{
    return strcmp(t->protocol, "TCP") == 0 && !t->by_address &&
           strcmp(t->pod->meta.ns, t->service->meta.ns) == 0;
}

static void draw(void *arg, const struct port_target *t)
{
    const struct work *w = arg;
    struct rule_ctx *c = w->c;
    struct evidence why[] = {w->h->why[0], w->h->why[1], {.object = t->object, .uid = t->uid}, {0}};

    if (!is_served(t) || !is_port(t->service, t, w->name.port))
        return;
    why[2].reason = arena_printf(c->scratch, "port %d leads to port %d of pod %s", t->port,
                                 t->number, t->pod->meta.name);
    enum verdict v = apiproxy_judge(c, t->pod, t->number, &why[3]);
    draft_edge(c->d, w->h->set, ports_endpoint(c->d, t->pod, "TCP", t->number), EDGE_SERVICE_PROXY,
               w->h->class, v, why, why[3].object ? 4 : 3);
}

static void draw_named(struct work *w, const struct rbac_right_hit *h)
{
    const char *ns = h->binding->meta.ns;

    if (!apiproxy_split(w->c->scratch, h->name, &w->name))
        return;
    if (!w->by_name)
        w->by_name = APIPROXY_BY_NAME(w->c->f->services);
    w->h = h;
    const GPtrArray *all = g_hash_table_lookup(w->by_name, w->name.name);
    for (guint i = 0; all && i < all->len; i++) {
        const struct fact_service *s = all->pdata[i];

        if (!*ns || strcmp(ns, s->meta.ns) == 0)
            ports_of_service(hubs_ports(w->c->hubs), s, w->c->scratch, draw, w);
    }
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct work *w = arg;
    struct evidence why[] = {h->why[0], h->why[1]};

    if (h->name) {
        draw_named(w, h);
        return;
    }
    why[1].reason = arena_printf(c->scratch,
                                 "%s; the requests come from the API server, so a pod that a "
                                 "policy isolates may refuse them",
                                 why[1].reason);
    draft_edge(c->d, h->set, porthubs_services(w->hubs, h->binding->meta.ns), EDGE_SERVICE_PROXY,
               h->class, VERDICT_YES, why, 2);
}

static void derive(struct rule_ctx *c)
{
    struct porthubs *hubs = porthubs_of(c);
    struct work w = {.c = c, .hubs = hubs};

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, &w);
    g_clear_pointer(&w.by_name, g_hash_table_destroy);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_SERVICE_PROXY, .rights = rights, .n = ARRAY_LEN(rights), .other = true},
};

struct looking {
    const struct rule_end *port;
    bool found;
};

static void look(void *arg, const struct port_target *t)
{
    struct looking *l = arg;

    l->found |= is_served(t) && t->pod == l->port->pod &&
                t->number == apiproxy_number(l->port->sub + strlen("tcp:"));
}

/* Whether some Service that the API server may speak to leads to the port. */
static bool is_behind(struct rule_ctx *c, const struct rule_end *port)
{
    const struct ports *ps = hubs_ports(c->hubs);
    struct looking l = {.port = port};

    for (size_t i = 0; i < c->f->services.n && !l.found; i++)
        if (strcmp(c->f->services.v[i].meta.ns, port->ns) == 0)
            ports_of_service(ps, &c->f->services.v[i], c->scratch, look, &l);
    return l.found;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    if (q->to.kind == NODE_ENDPOINT && !g_str_has_prefix(q->to.sub, "tcp:"))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "port %s", q->to.sub), NULL, NULL,
                       "requests of the API server are HTTP, over TCP");
    if (q->to.pod && why_ended(c, out, q->to.pod))
        return true;
    if (q->to.pod && !is_behind(c, &q->to))
        return why_pod(
            c, out, WHY_APART, q->to.pod, "metadata.labels",
            arena_printf(c->scratch, "no Service leads to port %s of the pod", q->to.sub));
    return rbac_miss_say(c, q, &wants[0], out);
}

const struct rule rule_service_proxy = {
    .name = "service_proxy",
    .version = 1,
    .kinds = {EDGE_SERVICE_PROXY, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
