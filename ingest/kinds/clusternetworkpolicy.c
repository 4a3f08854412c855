/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ClusterNetworkPolicies: their tier is a field. */
#include "ingest/kind.h"
#include "ingest/netspec.h"

static const char *const keep[] = {
    NETSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return netspec_parse(item, "ClusterNetworkPolicy", NET_ADMIN, NETSPEC_CLUSTER, f, e);
}

const struct kind kind_clusternetworkpolicy = {
    .resource = "clusternetworkpolicies",
    .group = "policy.networking.k8s.io",
    .kind = "ClusterNetworkPolicy",
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
