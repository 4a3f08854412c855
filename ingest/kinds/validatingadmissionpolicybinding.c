/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What puts validating admission policies into force. */
#include "ingest/kind.h"
#include "ingest/policyspec.h"

static const char *const keep[] = {
    POLICYSPEC_KEEP_BINDING,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return policyspec_parse_binding(item, false, f, e);
}

const struct kind kind_validatingadmissionpolicybinding = {
    .resource = "validatingadmissionpolicybindings",
    .group = "admissionregistration.k8s.io",
    .kind = "ValidatingAdmissionPolicyBinding",
    .source = FACTS_POLICIES,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
