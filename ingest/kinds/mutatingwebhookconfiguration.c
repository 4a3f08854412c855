/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mutating admission webhooks. */
#include "ingest/kind.h"
#include "ingest/webhookspec.h"

static const char *const keep[] = {
    WEBHOOKSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return webhookspec_parse(item, true, f, e);
}

const struct kind kind_mutatingwebhookconfiguration = {
    .resource = "mutatingwebhookconfigurations",
    .group = "admissionregistration.k8s.io",
    .kind = "MutatingWebhookConfiguration",
    .source = FACTS_WEBHOOKS,
    .keep = keep,
    .parse = parse,
};
