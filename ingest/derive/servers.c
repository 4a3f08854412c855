/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a route to its controller, and from there to the outside.  What is not known is open to the
 * internet, perhaps. */
#include "ingest/derive/servers.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/managed.h"
#include "ingest/derive/netoutside.h"
#include "ingest/derive/routelimits.h"

struct servers {
    struct rule_ctx *c;
    struct attach *attach;
    struct fronts *fronts;
    struct published_nodes nodes;
    const struct ingressctl *classless; /* takes Ingresses without a class; NULL none is known */
};

/* One route while its servers are looked for. */
struct search {
    struct servers *ss;
    const struct fact_route *r;
    GArray *out; /* struct server */
    /* of the server that is looked for: */
    const struct ingressctl *ctl;
    const struct fact_ingressclass *class; /* NULL: none was read */
    const struct fact_gateway *gateway;    /* NULL: of an Ingress or a Route */
    const struct texts *addresses;         /* that the route or Gateway says to have */
    const char *doubt;                     /* why it may not be so; NULL: it is */
    struct evidence at;                    /* object and field that doubt and failure are about */
};

static struct arena *arena_of(const struct search *q)
{
    return q->ss->c->scratch;
}

struct servers *servers_new(struct rule_ctx *c, const struct ports *ps)
{
    struct servers *ss = must_calloc(1, sizeof(*ss));

    ss->c = c;
    ss->attach = attach_new(c->f);
    ss->fronts = fronts_new(c, ps);
    ss->nodes = published_nodes(c->f);
    if (managed_by(c->f).by == MANAGED_GKE)
        ss->classless = ingressctl_find("k8s.io/ingress-gce");
    return ss;
}

void servers_free(struct servers *ss)
{
    if (!ss)
        return;
    attach_free(ss->attach);
    fronts_free(ss->fronts);
    free(ss);
}

const struct attach *servers_attach(const struct servers *ss)
{
    return ss->attach;
}

static struct published_answer answer(const struct search *q, enum published_open open,
                                      const char *reason)
{
    struct published_answer a = {.open = open, .ev = q->at};

    a.ev.reason = reason;
    return a;
}

/* An address that is public, or that is not; NULL if there is none. */
static const char *address(const struct search *q, bool public)
{
    for (size_t i = 0; i < q->addresses->n; i++)
        if (published_is_public(q->addresses->v[i]) == public)
            return q->addresses->v[i];
    return NULL;
}

/* Adds a server; doubt and lists of sources make less of what it leaves open. */
static void add(struct search *q, struct server s)
{
    s.ctl = q->ctl;
    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++) {
        if (s.open[who].open == PUBLISHED_YES && q->doubt)
            s.open[who] = answer(q, PUBLISHED_MAYBE, q->doubt);
        routelimits_sources(q->r, who, arena_of(q), &s.open[who]);
    }
    g_array_append_val(q->out, s);
}

/* Nobody serves it. */
static void add_none(struct search *q, const char *reason)
{
    struct server s = {.open = {answer(q, PUBLISHED_NO, reason), answer(q, PUBLISHED_NO, reason)}};

    add(q, s);
}

/* Somebody may: the addresses say from where, and without any it may be from everywhere. */
static void add_unknown(struct search *q, const char *reason)
{
    const char *public = address(q, true), *private = address(q, false);
    struct published_answer no = answer(q, PUBLISHED_NO, reason);
    struct server s = {.open = {no, no}};

    if (public || !private)
        s.open[NETREACH_INTERNET] =
            answer(q, PUBLISHED_MAYBE,
                   public ? arena_printf(arena_of(q), "%s; it says to be at %.100s", reason, public)
                          : reason);
    else
        s.open[NETREACH_INTERNET] =
            answer(q, PUBLISHED_NO,
                   arena_printf(arena_of(q), "its address %.100s is a private one", private));
    if (private)
        s.open[NETREACH_LAN] =
            answer(q, PUBLISHED_MAYBE,
                   arena_printf(arena_of(q), "%s; it says to be at %.100s", reason, private));
    add(q, s);
}

/* --- controllers in the cluster ------------------------------------------------------------ */

static void add_no_pods(struct search *q)
{
    const char *reason = arena_printf(arena_of(q), "no pod of %s runs", q->ctl->name);

    if (q->addresses->n || !facts_read(q->ss->c->f, FACTS_PODS))
        add_unknown(q, arena_printf(arena_of(q), "%s that we can tell", reason));
    else
        add_none(q, reason);
}

/* Whether the router of OpenShift that a front is serves the Route; routers that are not named so
 * are taken. */
static bool serves(const struct search *q, const struct front *fr)
{
    const char *router = facts_label(
        &fr->pod->meta, "ingresscontroller.operator.openshift.io/deployment-ingresscontroller");

    if (strcmp(q->r->kind, "Route") != 0 || !router || q->r->nparents == 0)
        return true;
    for (size_t i = 0; i < q->r->nparents; i++)
        if (strcmp(q->r->parents[i].name, router) == 0)
            return true;
    return false;
}

/* The fronts that come into question: if the route's addresses are those of some, only they. */
static void choose(const struct search *q, const GPtrArray *all, GPtrArray *out)
{
    bool narrow = false;

    for (guint i = 0; i < all->len; i++)
        narrow |= fronts_at(all->pdata[i], q->addresses);
    for (guint i = 0; i < all->len; i++)
        if (serves(q, all->pdata[i]) && (!narrow || fronts_at(all->pdata[i], q->addresses)))
            g_ptr_array_add(out, all->pdata[i]);
}

static bool any_open(const GPtrArray *fronts, enum netreach_who who)
{
    for (guint i = 0; i < fronts->len; i++)
        if (((const struct front *)fronts->pdata[i])->open[who].open != PUBLISHED_NO)
            return true;
    return false;
}

static bool any_closed(const GPtrArray *fronts, enum netreach_who who)
{
    for (guint i = 0; i < fronts->len; i++)
        if (((const struct front *)fronts->pdata[i])->open[who].open == PUBLISHED_NO)
            return true;
    return false;
}

/* Of several workloads any may serve the route, so where they differ nothing is sure. */
static void add_front(struct search *q, const GPtrArray *fronts, const struct front *fr)
{
    struct server s = {.front = fr};
    const char *public = address(q, true);

    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++) {
        s.open[who] = fr->open[who];
        if (s.open[who].open == PUBLISHED_YES && any_closed(fronts, who))
            s.open[who] = answer(q, PUBLISHED_MAYBE,
                                 arena_printf(arena_of(q),
                                              "another workload of %s may serve it, which is not "
                                              "published",
                                              q->ctl->name));
    }
    if (public && !any_open(fronts, NETREACH_INTERNET))
        s.open[NETREACH_INTERNET] =
            answer(q, PUBLISHED_MAYBE,
                   arena_printf(arena_of(q),
                                "it says to be at %.100s; what leads from there to %s is not seen",
                                public, q->ctl->name));
    add(q, s);
}

static void add_fronts(struct search *q, const GPtrArray *all)
{
    g_autoptr(GPtrArray) fronts = g_ptr_array_new();

    choose(q, all, fronts);
    for (guint i = 0; i < fronts->len; i++)
        add_front(q, fronts, fronts->pdata[i]);
    if (!fronts->len)
        add_no_pods(q);
}

/* Cilium makes a Service for each Ingress or Gateway, or shares one, and answers it on the nodes.
 */
static const struct fact_service *agent_service(const struct search *q)
{
    const struct meta *m = q->gateway ? &q->gateway->meta : &q->r->meta;
    g_autofree char *own =
        g_strdup_printf("%s/cilium-%s-%s", m->ns, q->gateway ? "gateway" : "ingress", m->name);
    const struct fact_service *s = g_hash_table_lookup(q->ss->c->f->service_by_name, own);

    return s || q->gateway
               ? s
               : g_hash_table_lookup(q->ss->c->f->service_by_name, "kube-system/cilium-ingress");
}

static void add_agent(struct search *q)
{
    const struct fact_service *s = agent_service(q);
    struct server out = {.front = NULL};

    if (!s) {
        const char *reason =
            arena_printf(arena_of(q), "no Service of %s for it is there", q->ctl->name);
        if (q->addresses->n || !facts_read(q->ss->c->f, FACTS_SERVICES))
            add_unknown(q, reason);
        else
            add_none(q, reason);
        return;
    }
    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++)
        published_service(&q->ss->nodes, s, who, arena_of(q), &out.open[who]);
    add(q, out);
}

/* --- load balancers outside ---------------------------------------------------------------- */

/* Whether a load balancer of the cloud gets private addresses, by what the object asks for. */
static bool internal(const struct search *q)
{
    const char *scheme = facts_annotation(&q->r->meta, "alb.ingress.kubernetes.io/scheme");
    const char *private =
        facts_annotation(&q->r->meta, "appgw.ingress.kubernetes.io/use-private-ip");

    if (q->gateway)
        return q->ctl->internal || strstr(q->gateway->class, "internal") ||
               strstr(q->gateway->class, "rilb");
    if (strcmp(q->ctl->name, "Azure Application Gateway") == 0)
        return private && g_ascii_strcasecmp(private, "true") == 0;
    return scheme && q->ctl->internal ? strcmp(scheme, "internet-facing") != 0 : q->ctl->internal;
}

static void add_cloud(struct search *q)
{
    const char *public = address(q, true), *private = address(q, false);
    bool lan = internal(q), parameters = q->class && *q->class->parameters;
    struct published_answer no =
        answer(q, PUBLISHED_NO,
               lan ? arena_printf(arena_of(q), "%s gives it a private address", q->ctl->name)
                   : "its load balancer has no private address");
    struct server s = {.open = {no, no}};

    if (public)
        s.open[NETREACH_INTERNET] =
            answer(q, PUBLISHED_YES,
                   arena_printf(arena_of(q), "%s publishes it at %.100s", q->ctl->name, public));
    if (private)
        s.open[NETREACH_LAN] =
            answer(q, PUBLISHED_YES,
                   arena_printf(arena_of(q), "%s publishes it at %.100s", q->ctl->name, private));
    if (!public && !private) {
        s.open[lan ? NETREACH_LAN : NETREACH_INTERNET] =
            answer(q, PUBLISHED_MAYBE,
                   arena_printf(arena_of(q), "no address of %s is assigned yet", q->ctl->name));
        if (lan && parameters)
            s.open[NETREACH_INTERNET] =
                answer(q, PUBLISHED_MAYBE,
                       "no address is assigned yet, and parameters of its class may ask for a "
                       "public one");
    }
    add(q, s);
}

static void add_servers(struct search *q)
{
    switch (q->ctl->place) {
    case INGRESSCTL_PODS:
        add_fronts(q, fronts_of_controller(q->ss->fronts, q->ctl));
        break;
    case INGRESSCTL_GATEWAY:
        add_fronts(q, fronts_of_gateway(q->ss->fronts, q->gateway));
        break;
    case INGRESSCTL_AGENT:
        add_agent(q);
        break;
    case INGRESSCTL_CLOUD:
        add_cloud(q);
        break;
    }
}

/* --- from the route to its controller ------------------------------------------------------ */

/* The controller of a class; one that is not in our table may be anything. */
static void by_controller(struct search *q)
{
    q->at.object = arena_printf(arena_of(q), "%s %s", q->class->kind, q->class->meta.name);
    q->at.uid = q->class->meta.uid;
    q->at.field =
        strcmp(q->class->kind, "GatewayClass") == 0 ? "spec.controllerName" : "spec.controller";
    q->ctl = ingressctl_find(q->class->controller);
    if (q->ctl && (q->ctl->place != INGRESSCTL_GATEWAY || q->gateway))
        add_servers(q);
    else
        add_unknown(q,
                    arena_printf(arena_of(q), "which pods the controller %.100s has is not known",
                                 q->class->controller));
}

/* A class that has no IngressClass. */
static void by_class_name(struct search *q)
{
    const char *name = q->r->class;

    q->ctl = ingressctl_of_class(name);
    if (!q->r->old_class && facts_read(q->ss->c->f, FACTS_INGRESSCLASSES)) {
        q->ctl = NULL;
        add_none(q, arena_printf(arena_of(q), "there is no IngressClass %.100s", name));
        return;
    }
    if (!q->ctl) {
        add_unknown(q, arena_printf(arena_of(q),
                                    "which controller serves the class %.100s is not "
                                    "known",
                                    name));
        return;
    }
    if (!q->r->old_class)
        q->doubt = arena_printf(arena_of(q),
                                "the IngressClass %.100s was not read, it is taken for that of %s",
                                name, q->ctl->name);
    add_servers(q);
}

static void of_ingress(struct search *q)
{
    const struct fact_route *r = q->r;

    q->addresses = &r->addresses;
    q->at.field = r->old_class ? "metadata.annotations[kubernetes.io/ingress.class]"
                               : "spec.ingressClassName";
    q->class = *r->class ? attach_class(q->ss->attach, "IngressClass", r->class)
                         : attach_default_class(q->ss->attach);
    if (q->class) {
        if (!*r->class && *r->meta.uid)
            q->doubt = "it names no class, and the default one is given to new Ingresses only";
        by_controller(q);
    } else if (*r->class) {
        by_class_name(q);
    } else if (q->ss->classless) {
        q->ctl = q->ss->classless;
        add_servers(q);
    } else {
        add_unknown(q, "it names no class and there is no default one: which controller serves it "
                       "is not known");
    }
}

static void of_gateway(struct search *q, const struct fact_parent *p)
{
    const struct facts *f = q->ss->c->f;
    struct evidence why;

    q->gateway = attach_gateway(q->ss->attach, p->ns, p->name);
    if (!q->gateway) {
        const char *reason =
            arena_printf(arena_of(q), "there is no Gateway %.60s/%.60s", p->ns, p->name);
        if (facts_read(f, FACTS_GATEWAYS))
            add_none(q, reason);
        else
            add_unknown(q, "Gateways were not read");
        return;
    }
    if (!attach_takes(q->ss->attach, q->gateway, q->r, p, arena_of(q), &why)) {
        q->at = why;
        add_none(q, why.reason);
        return;
    }
    q->addresses = &q->gateway->addresses;
    q->at = (struct evidence){
        .object =
            arena_printf(arena_of(q), "Gateway %s/%s", q->gateway->meta.ns, q->gateway->meta.name),
        .uid = q->gateway->meta.uid,
        .field = "spec.gatewayClassName",
    };
    q->class = attach_class(q->ss->attach, "GatewayClass", q->gateway->class);
    if (q->class)
        by_controller(q);
    else if (facts_read(f, FACTS_GATEWAYCLASSES))
        add_none(q,
                 arena_printf(arena_of(q), "there is no GatewayClass %.100s", q->gateway->class));
    else
        add_unknown(q, arena_printf(arena_of(q), "the GatewayClass %.100s was not read",
                                    q->gateway->class));
}

static void of_openshift(struct search *q)
{
    static const struct texts none = {NULL, 0};

    q->addresses = &none;
    q->at.field = "status.ingress";
    q->ctl = ingressctl_find("openshift.io/ingress-to-route");
    if (*q->r->meta.uid && q->r->nparents == 0)
        add_none(q, "no router admitted it");
    else
        add_servers(q);
}

void servers_of(struct servers *ss, const struct fact_route *r, GArray *out)
{
    static const struct texts none = {NULL, 0};
    const struct search blank = {
        .ss = ss,
        .r = r,
        .out = out,
        .addresses = &none,
        .at = {.object =
                   arena_printf(ss->c->scratch, "%s %s/%s", r->kind, r->meta.ns, r->meta.name),
               .uid = r->meta.uid,
               .field = "spec.parentRefs"},
    };
    struct search q = blank;

    g_array_set_size(out, 0);
    if (strcmp(r->kind, "Ingress") == 0) {
        of_ingress(&q);
    } else if (strcmp(r->kind, "Route") == 0) {
        of_openshift(&q);
    } else {
        for (size_t i = 0; i < r->nparents; i++, q = blank)
            if (strcmp(r->parents[i].kind, "Gateway") == 0)
                of_gateway(&q, &r->parents[i]);
    }
    if (!out->len)
        add_none(&q, "it hangs on no Gateway");
}
