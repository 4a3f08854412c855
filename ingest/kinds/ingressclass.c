/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IngressClasses: which controller serves the Ingresses of a class. */
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.controller",
    "spec.parameters.kind",
    "metadata.annotations.\"ingressclass.kubernetes.io/is-default-class\"",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return routespec_class(item, "IngressClass", "controller", f, e);
}

const struct kind kind_ingressclass = {
    .resource = "ingressclasses",
    .group = "networking.k8s.io",
    .kind = "IngressClass",
    .source = FACTS_INGRESSCLASSES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
