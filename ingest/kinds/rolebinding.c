/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RoleBindings. */
#include "ingest/kind.h"
#include "ingest/rbacspec.h"

static const char *const keep[] = {
    RBACSPEC_KEEP_BINDING,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return rbacspec_binding(item, true, f, e);
}

const struct kind kind_rolebinding = {
    .resource = "rolebindings",
    .group = "rbac.authorization.k8s.io",
    .kind = "RoleBinding",
    .namespaced = true,
    .source = FACTS_ROLEBINDINGS,
    .keep = keep,
    .parse = parse,
};
