/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gateways: what they listen on, and whose routes they take. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.gatewayClassName",
    "spec.listeners[].name",
    "spec.listeners[].hostname",
    "spec.listeners[].port",
    "spec.listeners[].protocol",
    "spec.listeners[].allowedRoutes.kinds[].kind",
    "spec.listeners[].allowedRoutes.namespaces.from",
    "spec.listeners[].allowedRoutes.namespaces.selector.*",
    "status.addresses[].value",
    NULL,
};

static bool read_from(const struct jx *namespaces, enum listener_from *out, struct err *e)
{
    static const char *const words[] = {
        [LISTENER_SAME] = "Same",
        [LISTENER_ALL] = "All",
        [LISTENER_SELECTOR] = "Selector",
        [LISTENER_NONE] = "None",
    };
    const char *from;

    if (!jx_opt_str(namespaces, "from", "Same", &from, e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(from, words[i]) == 0) {
            *out = (enum listener_from)i;
            return true;
        }
    struct jx at = {.v = namespaces->v, .up = namespaces, .key = "from"};
    return jx_err(&at, e, "want Same, All, Selector or None, got %.20s", from);
}

static bool read_listener(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_listener *l = element;
    struct jx allowed, namespaces;

    return field_str(in, "name", arg, &l->name, e) &&
           field_str(in, "protocol", arg, &l->protocol, e) &&
           field_str(in, "hostname", arg, &l->hostname, e) &&
           field_port(in, "port", 0, &l->port, e) && jx_opt_obj(in, "allowedRoutes", &allowed, e) &&
           field_members(&allowed, "kinds", "kind", arg, &l->kinds, e) &&
           jx_opt_obj(&allowed, "namespaces", &namespaces, e) &&
           read_from(&namespaces, &l->from, e) &&
           field_selector(&namespaces, "selector", arg, &l->namespaces, e);
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_gateway g = {0};
    struct jx spec, status;
    void *listeners;

    if (!kind_meta(item, true, f, &g.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_str(&spec, "gatewayClassName", f, &g.class, e) ||
        !field_objects(&spec, "listeners", ROUTESPEC_MAX, f, sizeof(*g.listeners), read_listener, f,
                       &listeners, &g.nlisteners, e) ||
        !jx_opt_obj(item, "status", &status, e) ||
        !field_members(&status, "addresses", "value", f, &g.addresses, e))
        return false;
    g.listeners = listeners;
    FACTS_ADD(f, gateways, g);
    return true;
}

const struct kind kind_gateway = {
    .resource = "gateways",
    .group = "gateway.networking.k8s.io",
    .kind = "Gateway",
    .namespaced = true,
    .source = FACTS_GATEWAYS,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
