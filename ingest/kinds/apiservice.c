/* SPDX-License-Identifier: GPL-3.0-or-later */
/* APIServices: which groups another server answers. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.group", "spec.version", "spec.service.*", "spec.insecureSkipTLSVerify", NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_apiservice a;
    const char *ns, *name;
    struct jx spec, service;

    if (!kind_meta(item, false, f, &a.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(&spec, "service", &service, e) ||
        !jx_opt_str(&service, "namespace", "", &ns, e) ||
        !jx_opt_str(&service, "name", "", &name, e))
        return false;
    a.service = *name ? arena_printf(f->arena, "%s/%s", ns, name) : "";
    FACTS_ADD(f, apiservices, a);
    return true;
}

const struct kind kind_apiservice = {
    .resource = "apiservices",
    .group = "apiregistration.k8s.io",
    .kind = "APIService",
    .source = FACTS_APISERVICES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
