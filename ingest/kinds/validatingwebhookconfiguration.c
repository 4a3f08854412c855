/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Validating admission webhooks. */
#include "ingest/kind.h"
#include "ingest/webhookspec.h"

static const char *const keep[] = {
    WEBHOOKSPEC_KEEP,
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return webhookspec_parse(item, false, f, e);
}

const struct kind kind_validatingwebhookconfiguration = {
    .resource = "validatingwebhookconfigurations",
    .group = "admissionregistration.k8s.io",
    .kind = "ValidatingWebhookConfiguration",
    .source = FACTS_WEBHOOKS,
    .keep = keep,
    .parse = parse,
};
