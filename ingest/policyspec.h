/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission policies that the API server evaluates itself (CEL), and their bindings. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

/* Whom they take; never what they say. */
#define POLICYSPEC_KEEP "spec.matchConstraints.*"
#define POLICYSPEC_KEEP_BINDING                                                                    \
    "spec.policyName", "spec.validationActions.*", "spec.matchResources.*"

/* Adds a policy, or a binding of one.  Errors: INPUT with the JSON path. */
bool policyspec_parse(const struct jx *item, bool mutating, struct facts *f, struct err *e)
    MUST_CHECK;
bool policyspec_parse_binding(const struct jx *item, bool mutating, struct facts *f, struct err *e)
    MUST_CHECK;
