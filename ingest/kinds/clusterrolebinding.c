/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ClusterRoleBindings. */
#include "ingest/kind.h"
#include "ingest/rbacspec.h"

static const char *const keep[] = {
    RBACSPEC_KEEP_BINDING,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return rbacspec_binding(item, false, f, e);
}

const struct kind kind_clusterrolebinding = {
    .resource = "clusterrolebindings",
    .group = "rbac.authorization.k8s.io",
    .kind = "ClusterRoleBinding",
    .source = FACTS_CLUSTERROLEBINDINGS,
    .keep = keep,
    .parse = parse,
};
