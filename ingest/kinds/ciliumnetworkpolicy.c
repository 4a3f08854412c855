/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CiliumNetworkPolicies: seen, not evaluated. */
#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_CILIUM,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return foreignspec_cilium(item, "CiliumNetworkPolicy", true, f, e);
}

const struct kind kind_ciliumnetworkpolicy = {
    .resource = "ciliumnetworkpolicies",
    .group = "cilium.io",
    .kind = "CiliumNetworkPolicy",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
