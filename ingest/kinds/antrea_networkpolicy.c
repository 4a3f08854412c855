/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetworkPolicies of Antrea: seen, not evaluated. */
#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_ANTREA,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return foreignspec_antrea(item, "Antrea NetworkPolicy", true, f, e);
}

const struct kind kind_antrea_networkpolicy = {
    .resource = "networkpolicies.crd.antrea.io",
    .group = "crd.antrea.io",
    .kind = "NetworkPolicy",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
