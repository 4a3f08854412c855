/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CustomResourceDefinitions: which controllers' objects the cluster knows. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.group", "spec.names.plural",        "spec.names.kind",
    "spec.scope", "spec.conversion.strategy", NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_crd c;
    const char *scope, *strategy;
    struct jx spec, names, conversion;

    if (!kind_meta(item, false, f, &c.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_str(&spec, "group", f, &c.group, e) || !jx_obj(&spec, "names", &names, e) ||
        !field_str(&names, "plural", f, &c.plural, e) ||
        !field_str(&names, "kind", f, &c.kind, e) || !jx_opt_str(&spec, "scope", "", &scope, e) ||
        !jx_opt_obj(&spec, "conversion", &conversion, e) ||
        !jx_opt_str(&conversion, "strategy", "None", &strategy, e))
        return false;
    c.namespaced = strcmp(scope, "Cluster") != 0;
    c.converts = strcmp(strategy, "Webhook") == 0;
    FACTS_ADD(f, crds, c);
    return true;
}

const struct kind kind_customresourcedefinition = {
    .resource = "customresourcedefinitions",
    .group = "apiextensions.k8s.io",
    .kind = "CustomResourceDefinition",
    .source = FACTS_CRDS,
    .keep = keep,
    .parse = parse,
};
