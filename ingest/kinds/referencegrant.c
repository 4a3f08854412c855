/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReferenceGrants: whose routes may send to Services of this namespace. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.from[].kind", "spec.from[].namespace", "spec.to[].group",
    "spec.to[].kind",   "spec.to[].name",        NULL,
};

static bool read_from(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_grantee *g = element;

    return field_name(in, "kind", arg, &g->kind, e) && field_name(in, "namespace", arg, &g->ns, e);
}

static bool read_to(const struct jx *spec, struct facts *f, struct fact_grant *g, struct err *e)
{
    const char *group, *kind, *name;
    struct jx list, to;

    if (!jx_opt_arr(spec, "to", &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++) {
        if (!jx_at_obj(&list, i, &to, e) || !jx_opt_str(&to, "group", "", &group, e) ||
            !jx_str(&to, "kind", &kind, e) || !field_str(&to, "name", f, &name, e))
            return false;
        if (*group || strcmp(kind, "Service") != 0)
            continue;
        field_push(f->arena, &g->services, name);
        g->any_service |= !*name;
    }
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_grant g = {0};
    struct jx spec;
    void *from;

    if (!kind_meta(item, true, f, &g.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_objects(&spec, "from", ROUTESPEC_MAX, f, sizeof(*g.from), read_from, f, &from,
                       &g.nfrom, e) ||
        !read_to(&spec, f, &g, e))
        return false;
    g.from = from;
    FACTS_ADD(f, grants, g);
    return true;
}

const struct kind kind_referencegrant = {
    .resource = "referencegrants",
    .group = "gateway.networking.k8s.io",
    .kind = "ReferenceGrant",
    .namespaced = true,
    .source = FACTS_GRANTS,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
