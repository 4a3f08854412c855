/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mutating admission policies. */
#include "ingest/kind.h"
#include "ingest/policyspec.h"

static const char *const keep[] = {
    POLICYSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return policyspec_parse(item, true, f, e);
}

const struct kind kind_mutatingadmissionpolicy = {
    .resource = "mutatingadmissionpolicies",
    .group = "admissionregistration.k8s.io",
    .kind = "MutatingAdmissionPolicy",
    .source = FACTS_MUTATING_POLICIES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
