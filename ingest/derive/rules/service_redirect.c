/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SERVICE_REDIRECT and EXTERNAL_IP_MITM: where the traffic of Services goes is what their objects
 * say. */
#include <string.h>

#include "ingest/derive/rbac_right.h"

#define RIGHT(a_verb, api_group, plural, sub, by_name)                                             \
    {                                                                                              \
        .verb = a_verb, .group = api_group, .resource = plural, .subresource = sub,                \
        .class = CLASS_MODERATE, .named = by_name, .named_class = CLASS_MODERATE                   \
    }
#define CHANGE(group, plural, sub)                                                                 \
    RIGHT("patch", group, plural, sub, true), RIGHT("update", group, plural, sub, true)

static const struct rbac_right change_services[] = {CHANGE("", "services", "")};
static const struct rbac_right write_slices[] = {
    RIGHT("create", "discovery.k8s.io", "endpointslices", "", false),
    CHANGE("discovery.k8s.io", "endpointslices", ""),
};
static const struct rbac_right write_endpoints[] = {
    RIGHT("create", "", "endpoints", "", false),
    CHANGE("", "endpoints", ""),
};
static const struct rbac_right write_services[] = {
    RIGHT("create", "", "services", "", false),
    CHANGE("", "services", ""),
};
static const struct rbac_right change_status[] = {CHANGE("", "services", "status")};

/* Which Services a step is about. */
typedef bool choose_fn(const struct fact_service *s);

struct index {
    GHashTable *services, *slices;        /* name -> GPtrArray of const struct meta * */
    GHashTable *any, *selectorless, *lbs; /* namespaces that have such a Service */
};

static bool any(const struct fact_service *s)
{
    (void)s;
    return true;
}

/* Only of these does a controller copy the Endpoints; the API server guards its own. */
static bool selectorless(const struct fact_service *s)
{
    return s->nselector == 0 && strcmp(s->type, "ExternalName") != 0 &&
           !(strcmp(s->meta.ns, "default") == 0 && strcmp(s->meta.name, "kubernetes") == 0);
}

static bool balanced(const struct fact_service *s)
{
    return strcmp(s->type, "LoadBalancer") == 0;
}

static void namespaces_of(const struct facts *f, choose_fn *choose, GHashTable *out)
{
    for (size_t i = 0; i < f->services.n; i++)
        if (choose(&f->services.v[i]))
            g_hash_table_add(out, (gpointer)f->services.v[i].meta.ns);
}

static bool some(const GHashTable *in, const char *ns)
{
    GHashTable *set = (GHashTable *)(uintptr_t)in; /* GLib's look-ups take no const */

    return *ns ? g_hash_table_contains(set, ns) : g_hash_table_size(set) > 0;
}

static uint32_t traffic_of(struct rule_ctx *c, const char *ns, const char *name)
{
    return hubs_traffic(c->hubs, ns, name, strcmp(name, "all") == 0 ? "service" : NULL);
}

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, enum edge_kind kind,
                 uint32_t to, enum verdict verdict, const char *more)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, more);
    draft_edge(c->d, h->set, to, kind, h->class, verdict, why, 2);
}

static bool here(const struct rbac_right_hit *h, const struct meta *m)
{
    return !*h->binding->meta.ns || strcmp(h->binding->meta.ns, m->ns) == 0;
}

static const GPtrArray *named(GHashTable *by_name, const struct rbac_right_hit *h)
{
    return g_hash_table_lookup(by_name, h->name);
}

/* The Services of that name in scope. */
static void redirect_named(struct rule_ctx *c, const struct rbac_right_hit *h,
                           const struct index *in, choose_fn *choose, const char *more)
{
    const GPtrArray *all = named(in->services, h);
    const char *ns = h->binding->meta.ns;

    if (!all && *ns && !facts_read(c->f, FACTS_SERVICES))
        draw(c, h, EDGE_SERVICE_REDIRECT, traffic_of(c, ns, h->name), VERDICT_UNKNOWN,
             arena_printf(c->scratch, "%s; Services were not read", more));
    for (guint i = 0; all && i < all->len; i++) {
        const struct meta *m = all->pdata[i]; /* the first member of its Service */

        if (here(h, m) && choose((const struct fact_service *)m))
            draw(c, h, EDGE_SERVICE_REDIRECT, traffic_of(c, m->ns, m->name), VERDICT_YES, more);
    }
}

/* All of a namespace or of the cluster, if there is any Service to speak of. */
static void redirect_all(struct rule_ctx *c, const struct rbac_right_hit *h, const GHashTable *set,
                         const char *sub, const char *more)
{
    const char *ns = h->binding->meta.ns;
    bool there = some(set, ns), read = facts_read(c->f, FACTS_SERVICES);

    if (!there && read)
        return;
    if (!there)
        more = arena_printf(c->scratch,
                            "%s; Services were not read, so whether there is one is "
                            "not known",
                            more);
    draw(c, h, EDGE_SERVICE_REDIRECT, hubs_traffic(c->hubs, ns, "all", sub),
         there ? VERDICT_YES : VERDICT_UNKNOWN, more);
}

static void hit_services(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    static const char more[] = "a Service sends its traffic where its selector says";
    const struct index *in = arg;

    if (h->name)
        redirect_named(c, h, in, any, more);
    else
        redirect_all(c, h, in->any, NULL, more);
}

static void hit_slices(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    static const char more[] = "an EndpointSlice adds addresses to the Service that it names";
    const struct index *in = arg;

    if (!h->name) {
        redirect_all(c, h, in->any, NULL, more);
        return;
    }
    const GPtrArray *all = named(in->slices, h);
    for (guint i = 0; all && i < all->len; i++) {
        const struct fact_endpoints *e = all->pdata[i];

        if (e->subset < 0 && *e->service && here(h, &e->meta))
            draw(c, h, EDGE_SERVICE_REDIRECT, traffic_of(c, e->meta.ns, e->service), VERDICT_YES,
                 more);
    }
}

static void hit_endpoints(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    static const char more[] = "Endpoints are the addresses of a Service that has no selector";
    const struct index *in = arg;

    if (h->name)
        redirect_named(c, h, in, selectorless, more);
    else
        redirect_all(c, h, in->selectorless, "selectorless", more);
}

/* An address of anybody else becomes one of the Service's, on every node. */
static void hit_external(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct index *in = arg;
    const GPtrArray *all = h->name ? named(in->services, h) : NULL;
    bool there =
        !h->name && (strcmp(h->right->verb, "create") == 0 || some(in->any, h->binding->meta.ns) ||
                     !facts_read(c->f, FACTS_SERVICES));

    for (guint i = 0; all && i < all->len; i++)
        there = there || here(h, all->pdata[i]);
    if (there)
        draw(c, h, EDGE_EXTERNAL_IP_MITM, hubs_traffic(c->hubs, "", "all", NULL), VERDICT_UNKNOWN,
             "spec.externalIPs takes over any address; whether DenyServiceExternalIPs or another "
             "setting of the API server refuses it is not shown by the API");
}

/* The same by the status of a Service that has a load balancer, which no plugin guards. */
static void hit_status(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct index *in = arg;
    const GPtrArray *all = h->name ? named(in->services, h) : NULL;
    bool there = !h->name && some(in->lbs, h->binding->meta.ns);

    for (guint i = 0; all && i < all->len; i++)
        there = there ||
                (here(h, all->pdata[i]) && balanced((const struct fact_service *)all->pdata[i]));
    if (there)
        draw(c, h, EDGE_EXTERNAL_IP_MITM, hubs_traffic(c->hubs, "", "all", NULL), VERDICT_YES,
             "status.loadBalancer.ingress of a Service of type LoadBalancer takes over any "
             "address");
    else if (!h->name && !facts_read(c->f, FACTS_SERVICES))
        draw(c, h, EDGE_EXTERNAL_IP_MITM, hubs_traffic(c->hubs, "", "all", NULL), VERDICT_UNKNOWN,
             "it takes a Service of type LoadBalancer; Services were not read");
}

static void derive(struct rule_ctx *c)
{
    struct index in = {
        .services = RBAC_RIGHT_BY_NAME(c, c->f->services),
        .slices = RBAC_RIGHT_BY_NAME(c, c->f->endpoints),
        .any = g_hash_table_new(g_str_hash, g_str_equal),
        .selectorless = g_hash_table_new(g_str_hash, g_str_equal),
        .lbs = g_hash_table_new(g_str_hash, g_str_equal),
    };

    namespaces_of(c->f, any, in.any);
    namespaces_of(c->f, selectorless, in.selectorless);
    namespaces_of(c->f, balanced, in.lbs);
    rbac_right_each(c, change_services, ARRAY_LEN(change_services), hit_services, &in);
    rbac_right_each(c, write_slices, ARRAY_LEN(write_slices), hit_slices, &in);
    rbac_right_each(c, write_endpoints, ARRAY_LEN(write_endpoints), hit_endpoints, &in);
    rbac_right_each(c, write_services, ARRAY_LEN(write_services), hit_external, &in);
    rbac_right_each(c, change_status, ARRAY_LEN(change_status), hit_status, &in);
    GHashTable *const all[] = {in.services, in.slices, in.any, in.selectorless, in.lbs};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        g_hash_table_destroy(all[i]);
}

const struct rule rule_service_redirect = {
    .name = "service_redirect",
    .version = 1,
    .kinds = {EDGE_SERVICE_REDIRECT, EDGE_EXTERNAL_IP_MITM},
    .derive = derive,
};
