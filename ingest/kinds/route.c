/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes of OpenShift. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.host",
    "spec.path",
    "spec.port.targetPort",
    "spec.to.kind",
    "spec.to.name",
    "spec.to.weight",
    "spec.alternateBackends[].kind",
    "spec.alternateBackends[].name",
    "spec.alternateBackends[].weight",
    "status.ingress[].routerName",
    "status.ingress[].conditions[].type",
    "status.ingress[].conditions[].status",
    "metadata.annotations.\"haproxy.router.openshift.io/ip_whitelist\"",
    "metadata.annotations.\"haproxy.router.openshift.io/ip_allowlist\"",
    NULL,
};

/* What all backends of a Route have in common, and those read so far. */
struct reading {
    struct facts *f;
    struct fact_backend all;
    GArray *backends; /* struct fact_backend */
};

static bool read_backend(struct reading *r, const struct jx *in, const char *field, struct err *e)
{
    struct fact_backend b = r->all;
    const char *kind;
    int64_t weight;

    if (!in->v)
        return true;
    if (!jx_opt_str(in, "kind", "Service", &kind, e) ||
        !field_name(in, "name", r->f, &b.service, e) || !jx_opt_int(in, "weight", 1, &weight, e))
        return false;
    b.field = field;
    if (weight != 0 && strcmp(kind, "Service") == 0)
        g_array_append_val(r->backends, b);
    return true;
}

static bool read_backends(struct reading *r, const struct jx *spec, struct err *e)
{
    const char *host, *path;
    struct jx to, port, more, one;

    if (!jx_opt_str(spec, "host", "", &host, e) || !jx_opt_str(spec, "path", "", &path, e) ||
        !jx_opt_obj(spec, "port", &port, e) ||
        !routespec_port(&port, "targetPort", r->f, &r->all.port, &r->all.port_name, e) ||
        !jx_opt_obj(spec, "to", &to, e) || !jx_opt_arr(spec, "alternateBackends", &more, e))
        return false;
    r->all.match = arena_printf(r->f->arena, "%s%s", host, path);
    if (!read_backend(r, &to, "spec.to", e))
        return false;
    for (size_t i = 0; i < jx_count(&more); i++)
        if (!jx_at_obj(&more, i, &one, e) ||
            !read_backend(r, &one, arena_printf(r->f->arena, "spec.alternateBackends[%zu]", i), e))
            return false;
    return true;
}

/* A router that refused the route does not serve it. */
static bool refused(const struct jx *in, bool *out, struct err *e)
{
    struct jx conditions, one;
    const char *type, *status;

    *out = false;
    if (!jx_opt_arr(in, "conditions", &conditions, e))
        return false;
    for (size_t i = 0; i < jx_count(&conditions); i++) {
        if (!jx_at_obj(&conditions, i, &one, e) || !jx_opt_str(&one, "type", "", &type, e) ||
            !jx_opt_str(&one, "status", "", &status, e))
            return false;
        *out |= strcmp(type, "Admitted") == 0 && strcmp(status, "False") == 0;
    }
    return true;
}

static bool read_routers(const struct jx *item, struct facts *f, struct fact_route *r,
                         struct err *e)
{
    struct jx status, list, one;
    bool no;

    if (!jx_opt_obj(item, "status", &status, e) || !jx_opt_arr(&status, "ingress", &list, e))
        return false;
    struct fact_parent *p = arena_calloc(f->arena, jx_count(&list), sizeof(*p));
    for (size_t i = 0; i < jx_count(&list); i++) {
        struct fact_parent router = {.kind = "Router", .ns = "", .listener = ""};
        if (!jx_at_obj(&list, i, &one, e) || !field_str(&one, "routerName", f, &router.name, e) ||
            !refused(&one, &no, e))
            return false;
        if (!no)
            p[r->nparents++] = router;
    }
    r->parents = p;
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    g_autoptr(GArray) backends = g_array_new(FALSE, FALSE, sizeof(struct fact_backend));
    struct fact_route route = {.kind = "Route", .class = ""};
    struct reading r = {.f = f, .backends = backends};
    struct jx spec;

    if (!kind_meta(item, true, f, &route.meta, e) || !jx_obj(item, "spec", &spec, e))
        return false;
    r.all.ns = route.meta.ns;
    if (!read_backends(&r, &spec, e) || !read_routers(item, f, &route, e))
        return false;
    routespec_settle(f, backends, &route);
    FACTS_ADD(f, routes, route);
    return true;
}

const struct kind kind_route = {
    .resource = "routes",
    .group = "route.openshift.io",
    .kind = "Route",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
