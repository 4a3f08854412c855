/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AdminNetworkPolicies: decided before NetworkPolicies. */
#include "ingest/kind.h"
#include "ingest/netspec.h"

static const char *const keep[] = {
    NETSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return netspec_parse(item, "AdminNetworkPolicy", NET_ADMIN, NETSPEC_ADMIN, f, e);
}

const struct kind kind_adminnetworkpolicy = {
    .resource = "adminnetworkpolicies",
    .group = "policy.networking.k8s.io",
    .kind = "AdminNetworkPolicy",
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
