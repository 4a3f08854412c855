/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ClusterNetworkPolicies of Antrea: seen, not evaluated. */
#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_ANTREA,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return foreignspec_antrea(item, "Antrea ClusterNetworkPolicy", false, f, e);
}

const struct kind kind_antrea_clusternetworkpolicy = {
    .resource = "clusternetworkpolicies.crd.antrea.io",
    .group = "crd.antrea.io",
    .kind = "ClusterNetworkPolicy",
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
