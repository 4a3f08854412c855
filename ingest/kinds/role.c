/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles. */
#include "ingest/kind.h"
#include "ingest/rbacspec.h"

static const char *const keep[] = {
    RBACSPEC_KEEP_ROLE,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return rbacspec_role(item, true, f, e);
}

const struct kind kind_role = {
    .resource = "roles",
    .group = "rbac.authorization.k8s.io",
    .kind = "Role",
    .namespaced = true,
    .source = FACTS_ROLES,
    .keep = keep,
    .parse = parse,
};
