/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Validating admission policies. */
#include "ingest/kind.h"
#include "ingest/policyspec.h"

static const char *const keep[] = {
    POLICYSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return policyspec_parse(item, false, f, e);
}

const struct kind kind_validatingadmissionpolicy = {
    .resource = "validatingadmissionpolicies",
    .group = "admissionregistration.k8s.io",
    .kind = "ValidatingAdmissionPolicy",
    .source = FACTS_POLICIES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
