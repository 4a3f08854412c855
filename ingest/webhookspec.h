/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission webhook configurations, mutating and validating ones. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

#define WEBHOOKSPEC_KEEP                                                                           \
    "webhooks[].name", "webhooks[].clientConfig.service.*", "webhooks[].clientConfig.url",         \
        "webhooks[].rules[].*", "webhooks[].failurePolicy", "webhooks[].matchPolicy",              \
        "webhooks[].namespaceSelector.*", "webhooks[].objectSelector.*"

/* Whether some rule of the list `key` (operations, apiGroups, resources, scope) matches every new
 * pod.  Errors: INPUT with the JSON path. */
bool webhookspec_rules(const struct jx *in, const char *key, struct facts *f, bool *covers,
                       struct err *e) MUST_CHECK;

/* Adds a configuration, with the policy engine that it belongs to if we know it.
 * Errors: INPUT with the JSON path. */
bool webhookspec_parse(const struct jx *item, bool mutating, struct facts *f, struct err *e)
    MUST_CHECK;
