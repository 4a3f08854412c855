/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTPRoutes of the Gateway API. */
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    ROUTESPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return routespec_parse(item, "HTTPRoute", f, e);
}

const struct kind kind_httproute = {
    .resource = "httproutes",
    .group = "gateway.networking.k8s.io",
    .kind = "HTTPRoute",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
