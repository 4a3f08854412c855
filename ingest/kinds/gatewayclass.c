/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GatewayClasses: which controller serves the Gateways of a class. */
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    "spec.controllerName",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return routespec_class(item, "GatewayClass", "controllerName", f, e);
}

const struct kind kind_gatewayclass = {
    .resource = "gatewayclasses",
    .group = "gateway.networking.k8s.io",
    .kind = "GatewayClass",
    .source = FACTS_GATEWAYCLASSES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
