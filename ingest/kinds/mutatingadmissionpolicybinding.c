/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What puts mutating admission policies into force. */
#include "ingest/kind.h"
#include "ingest/policyspec.h"

static const char *const keep[] = {
    POLICYSPEC_KEEP_BINDING,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return policyspec_parse_binding(item, true, f, e);
}

const struct kind kind_mutatingadmissionpolicybinding = {
    .resource = "mutatingadmissionpolicybindings",
    .group = "admissionregistration.k8s.io",
    .kind = "MutatingAdmissionPolicyBinding",
    .source = FACTS_MUTATING_POLICIES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
