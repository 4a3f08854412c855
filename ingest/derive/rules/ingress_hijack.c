/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INGRESS_HIJACK: objects that tell an ingress controller where requests from outside go.  What
 * each controller reads is a table; without a controller they are words. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/runners.h"

enum reads { INGRESS = 1, GATEWAY = 2, OPENSHIFT = 4, TRAEFIK = 8, ISTIO = 16, CONTOUR = 32 };

static const struct gateway {
    const char *image, *account; /* as for runners_each */
    unsigned reads;
    bool templates; /* writes a configuration from what Ingresses say (ingress-nginx) */
} gateways[] = {
    {"ingress-nginx/controller", "", INGRESS, true},
    {"nginx-ingress-controller", "", INGRESS, true},
    {"nginx-ingress", "", INGRESS, false},
    {"traefik", "", INGRESS | GATEWAY | TRAEFIK, false},
    {"mirrored-library-traefik", "", INGRESS | GATEWAY | TRAEFIK, false}, /* k3s */
    {"haproxy-ingress", "", INGRESS, false},
    {"kubernetes-ingress", "", INGRESS, false},
    {"kubernetes-ingress-controller", "", INGRESS | GATEWAY, false},
    {"contour", "", INGRESS | GATEWAY | CONTOUR, false},
    {"envoyproxy/gateway", "", GATEWAY, false},
    {"nginx-gateway-fabric", "", GATEWAY, false},
    {"istio/pilot", "", INGRESS | GATEWAY | ISTIO, false},
    {"apisix-ingress-controller", "", INGRESS | GATEWAY, false},
    {"emissary", "", INGRESS, false},
    {"aws-load-balancer-controller", "", INGRESS | GATEWAY, false},
    {"aws-alb-ingress-controller", "", INGRESS, false},
    {"", "ingress-operator", INGRESS | OPENSHIFT, false},
};

static const struct route {
    const char *group, *resource;
    unsigned read_as;
    bool crd; /* it is a custom resource, so its definition must be there */
} routes[] = {
    {"networking.k8s.io", "ingresses", INGRESS, false},
    {"gateway.networking.k8s.io", "httproutes", GATEWAY, true},
    {"route.openshift.io", "routes", OPENSHIFT, false},
    {"traefik.io", "ingressroutes", TRAEFIK, true},
    {"traefik.containo.us", "ingressroutes", TRAEFIK, true},
    {"networking.istio.io", "virtualservices", ISTIO, true},
    {"projectcontour.io", "httpproxies", CONTOUR, true},
};

/* One route kind, and the controllers that read it. */
struct order {
    struct rule_ctx *c;
    const struct route *r;
    const struct gateway *k;
    bool installed;     /* surely */
    GPtrArray *running; /* const struct fact_pod *, each with its row in `rows` */
    GPtrArray *rows;
};

static void found(void *arg, const struct fact_pod *p, const struct fact_container *container)
{
    struct order *o = arg;

    (void)container;
    g_ptr_array_add(o->running, (gpointer)(uintptr_t)p);
    g_ptr_array_add(o->rows, (gpointer)(uintptr_t)o->k);
}

static struct evidence controller_evidence(struct rule_ctx *c, const struct fact_pod *p)
{
    return (struct evidence){
        .object = rule_pod(c, p),
        .uid = p->meta.uid,
        .field = "spec.serviceAccountName",
        .reason = "runs an ingress controller that reads them",
    };
}

static void draw_account(struct rule_ctx *c, const struct rbac_right_hit *h,
                         const struct fact_pod *p)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    struct evidence why[] = {h->why[0], h->why[1], controller_evidence(c, p)};

    if (!sa)
        return;
    why[1].reason = arena_printf(
        c->scratch,
        "%s; ingress-nginx writes its configuration from them: snippets and known injections give "
        "its account, by version and settings that are not read",
        why[1].reason);
    draft_edge(c->d, h->set, sa->meta.ix, EDGE_INGRESS_HIJACK, h->class, VERDICT_UNKNOWN, why, 3);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct order *o = arg;
    enum verdict verdict = h->name || !o->installed ? VERDICT_UNKNOWN : VERDICT_YES;
    struct evidence why[] = {h->why[0], h->why[1], controller_evidence(c, o->running->pdata[0])};

    why[1].reason =
        arena_printf(c->scratch, "%s; they say where requests for a host name go%s%s",
                     why[1].reason, h->name ? "; whether that one exists is not read" : "",
                     o->installed ? "" : "; whether the kind is installed was not read");
    draft_edge(c->d, h->set, hubs_traffic(c->hubs, "", "ingress", NULL), EDGE_INGRESS_HIJACK,
               h->class, verdict, why, 3);
    for (guint i = 0; i < o->running->len; i++)
        if (((const struct gateway *)o->rows->pdata[i])->templates)
            draw_account(c, h, o->running->pdata[i]);
}

static void draw(struct order *o)
{
#define RIGHT(a_verb, by_name)                                                                     \
    {                                                                                              \
        .verb = a_verb, .group = o->r->group, .resource = o->r->resource, .subresource = "",       \
        .class = CLASS_MODERATE, .named = by_name, .named_class = CLASS_MODERATE                   \
    }
    const struct rbac_right rights[] = {RIGHT("create", false), RIGHT("patch", true),
                                        RIGHT("update", true)};
#undef RIGHT

    rbac_right_each(o->c, rights, ARRAY_LEN(rights), hit, o);
}

static void derive(struct rule_ctx *c)
{
    bool crds_read = facts_read(c->f, FACTS_CRDS);
    AUTO(runners) cs = runners_new(c->f);

    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        struct order o = {.c = c, .r = &routes[i]};

        o.installed = !o.r->crd || facts_crd(c->f, o.r->group, o.r->resource);
        if (!o.installed && crds_read)
            continue;
        o.running = g_ptr_array_new();
        o.rows = g_ptr_array_new();
        for (size_t k = 0; k < ARRAY_LEN(gateways); k++) {
            o.k = &gateways[k];
            if (o.k->reads & o.r->read_as)
                runners_each(cs, &(struct runners_query){o.k->image, o.k->account, 0}, found, &o);
        }
        if (o.running->len > 0)
            draw(&o);
        g_ptr_array_free(o.running, TRUE);
        g_ptr_array_free(o.rows, TRUE);
    }
}

const struct rule rule_ingress_hijack = {
    .name = "ingress_hijack",
    .version = 1,
    .kinds = {EDGE_INGRESS_HIJACK},
    .derive = derive,
};
