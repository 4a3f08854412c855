/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes of the Gateway API in their five kinds. */
#include "ingest/routespec.h"

#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

bool routespec_port(const struct jx *in, const char *key, struct facts *f, int32_t *number,
                    const char **name, struct err *e)
{
    const char *text;
    guint64 n;

    *name = "";
    *number = 0;
    if (!json_is_string(json_object_get(in->v, key)))
        return field_port(in, key, 0, number, e);
    if (!jx_str(in, key, &text, e))
        return false;
    if (g_ascii_string_to_unsigned(text, 10, 0, 65535, &n, NULL))
        *number = (int32_t)n;
    else if (*text)
        *name = arena_strdup(f->arena, text);
    return true;
}

void routespec_settle(struct facts *f, GArray *list, struct fact_route *r)
{
    r->nbackends = list->len;
    r->backends = arena_memdup(f->arena, list->data, list->len * sizeof(struct fact_backend));
}

/* group absent in a parentRef means the Gateway API's own, in a backendRef the core. */
static bool read_parent(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_parent *p = element;

    if (!field_str(in, "kind", arg, &p->kind, e) || !field_str(in, "namespace", arg, &p->ns, e) ||
        !field_name(in, "name", arg, &p->name, e) ||
        !field_str(in, "sectionName", arg, &p->listener, e) ||
        !field_port(in, "port", 0, &p->port, e))
        return false;
    if (!*p->kind)
        p->kind = "Gateway";
    return true;
}

static bool read_parents(const struct jx *spec, struct facts *f, struct fact_route *r,
                         struct err *e)
{
    void *parents;

    if (!field_objects(spec, "parentRefs", ROUTESPEC_MAX, f, sizeof(struct fact_parent),
                       read_parent, f, &parents, &r->nparents, e))
        return false;
    struct fact_parent *p = parents;
    for (size_t i = 0; i < r->nparents; i++)
        if (!*p[i].ns)
            p[i].ns = r->meta.ns;
    r->parents = p;
    return true;
}

/* The first path of a rule stands for all. */
static bool first_path(const struct jx *rule, const char **out, struct err *e)
{
    struct jx matches, match, path;

    *out = "";
    if (!jx_opt_arr(rule, "matches", &matches, e))
        return false;
    return jx_count(&matches) == 0 ||
           (jx_at_obj(&matches, 0, &match, e) && jx_opt_obj(&match, "path", &path, e) &&
            jx_opt_str(&path, "value", "", out, e));
}

struct reading {
    struct facts *f;
    struct fact_route *route;
    GArray *backends; /* struct fact_backend */
};

static bool read_backend(struct reading *r, const struct jx *in, struct fact_backend *b,
                         struct err *e)
{
    const char *group, *kind;
    int64_t weight;

    if (!jx_opt_str(in, "group", "", &group, e) || !jx_opt_str(in, "kind", "Service", &kind, e) ||
        !field_name(in, "name", r->f, &b->service, e) ||
        !field_str(in, "namespace", r->f, &b->ns, e) || !field_port(in, "port", 0, &b->port, e) ||
        !jx_opt_int(in, "weight", 1, &weight, e))
        return false;
    if (!*b->ns)
        b->ns = r->route->meta.ns;
    b->port_name = "";
    if (weight != 0 && !*group && strcmp(kind, "Service") == 0)
        g_array_append_val(r->backends, *b);
    return true;
}

static bool read_rule(struct reading *r, const struct jx *rule, size_t at, struct err *e)
{
    const char *host = r->route->hosts.n ? r->route->hosts.v[0] : "", *path;
    struct jx refs, ref;

    if (!first_path(rule, &path, e) || !jx_opt_arr(rule, "backendRefs", &refs, e))
        return false;
    for (size_t i = 0; i < jx_count(&refs); i++) {
        struct fact_backend b = {
            .match = arena_printf(r->f->arena, "%s%s", host, path),
            .field = arena_printf(r->f->arena, "spec.rules[%zu].backendRefs[%zu]", at, i),
        };
        if (!jx_at_obj(&refs, i, &ref, e) || !read_backend(r, &ref, &b, e))
            return false;
    }
    return true;
}

static bool read_rules(struct reading *r, const struct jx *spec, struct err *e)
{
    struct jx rules, rule;

    if (!jx_opt_arr(spec, "rules", &rules, e))
        return false;
    if (jx_count(&rules) > ROUTESPEC_MAX)
        return jx_err(&rules, e, "want at most %d, got %zu", ROUTESPEC_MAX, jx_count(&rules));
    for (size_t i = 0; i < jx_count(&rules); i++)
        if (!jx_at_obj(&rules, i, &rule, e) || !read_rule(r, &rule, i, e))
            return false;
    return true;
}

bool routespec_parse(const struct jx *item, const char *kind, struct facts *f, struct err *e)
{
    struct fact_route route = {.kind = kind, .class = ""};
    g_autoptr(GArray) backends = g_array_new(FALSE, FALSE, sizeof(struct fact_backend));
    struct reading r = {f, &route, backends};
    struct jx spec;

    if (!kind_meta(item, true, f, &route.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !read_parents(&spec, f, &route, e) ||
        !field_texts(&spec, "hostnames", f, &route.hosts, e) || !read_rules(&r, &spec, e))
        return false;
    routespec_settle(f, backends, &route);
    FACTS_ADD(f, routes, route);
    return true;
}

bool routespec_class(const struct jx *item, const char *kind, const char *controller,
                     struct facts *f, struct err *e)
{
    struct fact_ingressclass c = {.kind = kind};
    struct jx spec, parameters;

    if (!kind_meta(item, false, f, &c.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !field_str(&spec, controller, f, &c.controller, e) ||
        !jx_opt_obj(&spec, "parameters", &parameters, e) ||
        !field_str(&parameters, "kind", f, &c.parameters, e))
        return false;
    const char *mark = facts_annotation(&c.meta, "ingressclass.kubernetes.io/is-default-class");
    c.is_default = mark && strcmp(mark, "true") == 0;
    FACTS_ADD(f, ingressclasses, c);
    return true;
}
