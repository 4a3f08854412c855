/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetworkPolicies of Calico, from either of its groups: seen, not evaluated. */
#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_CALICO,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return foreignspec_calico(item, "Calico NetworkPolicy", true, f, e);
}

const struct kind kind_calico_networkpolicy = {
    .resource = "networkpolicies.projectcalico.org",
    .group = "projectcalico.org",
    .old_group = "crd.projectcalico.org",
    .kind = "NetworkPolicy",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
