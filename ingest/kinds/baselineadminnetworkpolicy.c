/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The BaselineAdminNetworkPolicy: decided after NetworkPolicies. */
#include "ingest/kind.h"
#include "ingest/netspec.h"

static const char *const keep[] = {
    NETSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return netspec_parse(item, "BaselineAdminNetworkPolicy", NET_BASELINE, NETSPEC_ADMIN, f, e);
}

const struct kind kind_baselineadminnetworkpolicy = {
    .resource = "baselineadminnetworkpolicies",
    .group = "policy.networking.k8s.io",
    .kind = "BaselineAdminNetworkPolicy",
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
