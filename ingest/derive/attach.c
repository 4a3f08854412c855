/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listeners and grants of the Gateway API. */
#include "ingest/derive/attach.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/selector.h"

struct attach {
    const struct facts *f;
    GHashTable *gateways; /* "ns/name" -> const struct fact_gateway * */
    GHashTable *classes;  /* "kind/name" -> const struct fact_ingressclass * */
    GHashTable *grants;   /* ns -> GPtrArray of const struct fact_grant * */
    const struct fact_ingressclass *dflt;
};

static void note_grant(struct attach *at, const struct fact_grant *g)
{
    GPtrArray *list = g_hash_table_lookup(at->grants, g->meta.ns);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(at->grants, (gpointer)g->meta.ns, list);
    }
    g_ptr_array_add(list, (gpointer)g);
}

struct attach *attach_new(const struct facts *f)
{
    struct attach *at = must_calloc(1, sizeof(*at));

    at->f = f;
    at->gateways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    at->classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    at->grants =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (size_t i = 0; i < f->gateways.n; i++) {
        const struct fact_gateway *g = &f->gateways.v[i];
        g_hash_table_insert(at->gateways, g_strdup_printf("%s/%s", g->meta.ns, g->meta.name),
                            (gpointer)g);
    }
    for (size_t i = 0; i < f->ingressclasses.n; i++) {
        const struct fact_ingressclass *c = &f->ingressclasses.v[i];
        g_hash_table_insert(at->classes, g_strdup_printf("%s/%s", c->kind, c->meta.name),
                            (gpointer)c);
        if (c->is_default && !at->dflt && strcmp(c->kind, "IngressClass") == 0)
            at->dflt = c;
    }
    for (size_t i = 0; i < f->grants.n; i++)
        note_grant(at, &f->grants.v[i]);
    return at;
}

void attach_free(struct attach *at)
{
    if (!at)
        return;
    g_hash_table_destroy(at->gateways);
    g_hash_table_destroy(at->classes);
    g_hash_table_destroy(at->grants);
    free(at);
}

const struct fact_ingressclass *attach_class(const struct attach *at, const char *kind,
                                             const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", kind, name);

    return g_hash_table_lookup(at->classes, key);
}

const struct fact_ingressclass *attach_default_class(const struct attach *at)
{
    return at->dflt;
}

const struct fact_gateway *attach_gateway(const struct attach *at, const char *ns, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", ns, name);

    return g_hash_table_lookup(at->gateways, key);
}

/* Routes that listeners of a protocol take if they do not say. */
static bool of_protocol(const char *protocol, const char *kind)
{
    static const struct {
        const char *protocol, *kind;
    } pairs[] = {
        {"HTTP", "HTTPRoute"},  {"HTTP", "GRPCRoute"}, {"HTTPS", "HTTPRoute"},
        {"HTTPS", "GRPCRoute"}, {"TLS", "TLSRoute"},   {"TLS", "TCPRoute"},
        {"TCP", "TCPRoute"},    {"UDP", "UDPRoute"},
    };
    bool known = false;

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        bool same = strcmp(pairs[i].protocol, protocol) == 0;
        if (same && strcmp(pairs[i].kind, kind) == 0)
            return true;
        known |= same;
    }
    return !known; /* a protocol of some controller */
}

static bool takes_kind(const struct fact_listener *l, const char *kind)
{
    return of_protocol(l->protocol, kind) && (l->kinds.n == 0 || facts_has(&l->kinds, kind));
}

/* "*.example" stands for any number of labels before ".example". */
static bool fits(const char *pattern, const char *host)
{
    const char *tail = pattern + 1;

    if (strncmp(pattern, "*.", 2) != 0)
        return g_ascii_strcasecmp(pattern, host) == 0;
    size_t n = strlen(host), k = strlen(tail);
    return n > k && g_ascii_strcasecmp(host + n - k, tail) == 0;
}

static bool hosts_meet(const struct fact_listener *l, const struct fact_route *r)
{
    if (!*l->hostname || r->hosts.n == 0)
        return true;
    for (size_t i = 0; i < r->hosts.n; i++)
        if (fits(l->hostname, r->hosts.v[i]) || fits(r->hosts.v[i], l->hostname))
            return true;
    return false;
}

static bool takes_namespace(const struct attach *at, const struct fact_gateway *g,
                            const struct fact_listener *l, const struct fact_route *r)
{
    const struct fact_namespace *ns = facts_namespace(at->f, r->meta.ns);

    switch (l->from) {
    case LISTENER_SAME:
        return strcmp(g->meta.ns, r->meta.ns) == 0;
    case LISTENER_ALL:
        return true;
    case LISTENER_SELECTOR:
        return ns && selector_matches_namespace(&l->namespaces, ns);
    case LISTENER_NONE:
        break;
    }
    return false;
}

/* What a listener lacks, and how many conditions held before; NULL: it takes the route. */
static const char *lacks(const struct attach *at, const struct fact_gateway *g,
                         const struct fact_listener *l, const struct fact_route *r,
                         const struct fact_parent *p, unsigned *held)
{
    const bool holds[] = {
        (!*p->listener || strcmp(p->listener, l->name) == 0) && (!p->port || p->port == l->port),
        takes_kind(l, r->kind),
        hosts_meet(l, r),
        takes_namespace(at, g, l, r),
    };
    static const char *const reasons[] = {
        "it has no listener of the name and port that the route asks for",
        "its listener does not take routes of this kind",
        "its listener is for other host names",
        "allowedRoutes of its listener do not take routes of this namespace",
    };

    for (*held = 0; *held < ARRAY_LEN(holds); ++*held)
        if (!holds[*held])
            return reasons[*held];
    return NULL;
}

bool attach_takes(const struct attach *at, const struct fact_gateway *g, const struct fact_route *r,
                  const struct fact_parent *p, struct arena *a, struct evidence *why)
{
    unsigned best = 0, held;

    *why = (struct evidence){
        .object = arena_printf(a, "Gateway %s/%s", g->meta.ns, g->meta.name),
        .uid = g->meta.uid,
        .field = "spec.listeners",
        .reason = "it has no listener of the name and port that the route asks for",
    };
    for (size_t i = 0; i < g->nlisteners; i++) {
        const char *reason = lacks(at, g, &g->listeners[i], r, p, &held);
        if (!reason)
            return true;
        if (held <= best)
            continue;
        best = held;
        why->field = arena_printf(a, "spec.listeners[%zu]", i);
        why->reason = reason;
    }
    return false;
}

static bool grants(const struct fact_grant *g, const struct fact_route *r,
                   const struct fact_backend *b)
{
    if (!g->any_service && !facts_has(&g->services, b->service))
        return false;
    for (size_t i = 0; i < g->nfrom; i++)
        if (strcmp(g->from[i].kind, r->kind) == 0 && strcmp(g->from[i].ns, r->meta.ns) == 0)
            return true;
    return false;
}

bool attach_granted(const struct attach *at, const struct fact_route *r,
                    const struct fact_backend *b)
{
    const GPtrArray *list = g_hash_table_lookup(at->grants, b->ns);

    if (strcmp(b->ns, r->meta.ns) == 0)
        return true;
    for (guint i = 0; list && i < list->len; i++)
        if (grants(list->pdata[i], r, b))
            return true;
    return false;
}
