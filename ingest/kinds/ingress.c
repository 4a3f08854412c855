/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ingresses: which Services they publish, by which class, and the Secrets that they name. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.ingressClassName",
    "spec.tls[].secretName",
    "spec.defaultBackend.service.name",
    "spec.defaultBackend.service.port.name",
    "spec.defaultBackend.service.port.number",
    "spec.backend.serviceName", /* as it was before networking.k8s.io/v1 */
    "spec.backend.servicePort",
    "spec.rules[].host",
    "spec.rules[].http.paths[].path",
    "spec.rules[].http.paths[].backend.service.name",
    "spec.rules[].http.paths[].backend.service.port.name",
    "spec.rules[].http.paths[].backend.service.port.number",
    "spec.rules[].http.paths[].backend.serviceName",
    "spec.rules[].http.paths[].backend.servicePort",
    "status.loadBalancer.ingress[].ip",
    "status.loadBalancer.ingress[].hostname",
    "metadata.annotations.\"kubernetes.io/ingress.class\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/scheme\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/target-type\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/inbound-cidrs\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/security-groups\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/auth-type\"",
    "metadata.annotations.\"appgw.ingress.kubernetes.io/use-private-ip\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/whitelist-source-range\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/allowlist-source-range\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/denylist-source-range\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-type\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-secret\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-tls-secret\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-url\"",
    "metadata.annotations.\"haproxy.org/allow-list\"",
    "metadata.annotations.\"haproxy.org/whitelist\"",
    "metadata.annotations.\"haproxy.org/auth-type\"",
    "metadata.annotations.\"haproxy-ingress.github.io/allowlist-source-range\"",
    "metadata.annotations.\"haproxy-ingress.github.io/whitelist-source-range\"",
    "metadata.annotations.\"haproxy-ingress.github.io/auth-secret\"",
    "metadata.annotations.\"haproxy-ingress.github.io/auth-url\"",
    "metadata.annotations.\"traefik.ingress.kubernetes.io/router.middlewares\"",
    "metadata.annotations.\"konghq.com/plugins\"",
    "metadata.annotations.\"nginx.org/basic-auth-secret\"",
    "metadata.annotations.\"nginx.org/policies\"",
    NULL,
};

/* Only the name of a TLS Secret is concluded; if it was read, that one wins. */
static void add_secret(struct facts *f, const struct meta *ingress, const char *name)
{
    struct fact_secret s = {
        .meta = {.ns = ingress->ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""},
        .type = "kubernetes.io/tls",
        .service_account = "",
        .service_account_uid = "",
        .inferred = true,
    };

    FACTS_ADD(f, secrets, s);
}

/* The Ingress while it is read. */
struct reading {
    struct facts *f;
    const char *ns;
    GArray *backends; /* struct fact_backend */
};

/* {"service": {"name": "web", "port": {"number": 80}}}, or of old {"serviceName": "web",
 * "servicePort": 80}; one that names a resource of another kind leads to no Service. */
static bool read_backend(struct reading *r, const struct jx *in, struct fact_backend b,
                         struct err *e)
{
    struct jx service, port;

    b.ns = r->ns;
    if (!in->v)
        return true;
    if (!jx_opt_obj(in, "service", &service, e))
        return false;
    if (!service.v) {
        if (!field_str(in, "serviceName", r->f, &b.service, e) ||
            !routespec_port(in, "servicePort", r->f, &b.port, &b.port_name, e))
            return false;
    } else if (!field_name(&service, "name", r->f, &b.service, e) ||
               !jx_opt_obj(&service, "port", &port, e) ||
               !field_port(&port, "number", 0, &b.port, e) ||
               !field_str(&port, "name", r->f, &b.port_name, e)) {
        return false;
    }
    if (*b.service)
        g_array_append_val(r->backends, b);
    return true;
}

static bool read_rule(struct reading *r, const struct jx *rule, size_t at, struct err *e)
{
    struct jx http, paths, one, backend;
    const char *host, *path;

    if (!jx_opt_str(rule, "host", "", &host, e) || !jx_opt_obj(rule, "http", &http, e) ||
        !jx_opt_arr(&http, "paths", &paths, e))
        return false;
    for (size_t i = 0; i < jx_count(&paths); i++) {
        if (!jx_at_obj(&paths, i, &one, e) || !jx_opt_str(&one, "path", "", &path, e) ||
            !jx_opt_obj(&one, "backend", &backend, e))
            return false;
        struct fact_backend b = {
            .match = arena_printf(r->f->arena, "%s%s", host, path),
            .field = arena_printf(r->f->arena, "spec.rules[%zu].http.paths[%zu].backend", at, i),
        };
        if (!read_backend(r, &backend, b, e))
            return false;
    }
    return true;
}

static bool read_rules(struct reading *r, const struct jx *spec, struct err *e)
{
    struct jx rules, rule, dflt, old;

    if (!jx_opt_arr(spec, "rules", &rules, e) || !jx_opt_obj(spec, "defaultBackend", &dflt, e) ||
        !jx_opt_obj(spec, "backend", &old, e))
        return false;
    if (jx_count(&rules) > ROUTESPEC_MAX)
        return jx_err(&rules, e, "want at most %d, got %zu", ROUTESPEC_MAX, jx_count(&rules));
    for (size_t i = 0; i < jx_count(&rules); i++)
        if (!jx_at_obj(&rules, i, &rule, e) || !read_rule(r, &rule, i, e))
            return false;
    return read_backend(r, &dflt,
                        (struct fact_backend){.match = "", .field = "spec.defaultBackend"}, e) &&
           read_backend(r, &old, (struct fact_backend){.match = "", .field = "spec.backend"}, e);
}

static bool read_status(const struct jx *item, struct facts *f, struct fact_route *r, struct err *e)
{
    struct jx status, lb;

    return jx_opt_obj(item, "status", &status, e) && jx_opt_obj(&status, "loadBalancer", &lb, e) &&
           field_members(&lb, "ingress", "ip", f, &r->addresses, e) &&
           field_members(&lb, "ingress", "hostname", f, &r->addresses, e);
}

/* The annotation wins, as it does for the controllers. */
static bool read_class(const struct jx *spec, struct facts *f, struct fact_route *r, struct err *e)
{
    const char *old = facts_annotation(&r->meta, "kubernetes.io/ingress.class");

    if (!field_str(spec, "ingressClassName", f, &r->class, e))
        return false;
    r->old_class = old && *old;
    if (r->old_class)
        r->class = old;
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    g_autoptr(GArray) backends = g_array_new(FALSE, FALSE, sizeof(struct fact_backend));
    struct fact_route route = {.kind = "Ingress"};
    struct texts names = {0};
    struct jx spec;

    if (!kind_meta(item, true, f, &route.meta, e) || !jx_opt_obj(item, "spec", &spec, e))
        return false;
    struct reading r = {f, route.meta.ns, backends};
    if (!field_members(&spec, "tls", "secretName", f, &names, e) ||
        !read_class(&spec, f, &route, e) || !read_rules(&r, &spec, e) ||
        !read_status(item, f, &route, e))
        return false;
    routespec_settle(f, backends, &route);
    FACTS_ADD(f, routes, route);
    for (size_t i = 0; i < names.n; i++)
        add_secret(f, &route.meta, names.v[i]);
    return true;
}

const struct kind kind_ingress = {
    .resource = "ingresses",
    .group = "networking.k8s.io",
    .old_group = "extensions",
    .kind = "Ingress",
    .namespaced = true,
    .source = FACTS_INGRESSES,
    .keep = keep,
    .parse = parse,
};
