/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ClusterRoles; aggregated ones as the server filled them. */
#include "ingest/kind.h"
#include "ingest/rbacspec.h"

static const char *const keep[] = {
    RBACSPEC_KEEP_ROLE,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return rbacspec_role(item, false, f, e);
}

const struct kind kind_clusterrole = {
    .resource = "clusterroles",
    .group = "rbac.authorization.k8s.io",
    .kind = "ClusterRole",
    .source = FACTS_CLUSTERROLES,
    .keep = keep,
    .parse = parse,
};
