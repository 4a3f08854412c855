/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCPRoutes of the Gateway API. */
#include "ingest/kind.h"
#include "ingest/routespec.h"

static const char *const keep[] = {
    ROUTESPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return routespec_parse(item, "TCPRoute", f, e);
}

const struct kind kind_tcproute = {
    .resource = "tcproutes",
    .group = "gateway.networking.k8s.io",
    .kind = "TCPRoute",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
