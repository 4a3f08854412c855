/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets: what they are called and for, never what they hold. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "type",
    "data.!",
    "stringData.!",
    "metadata.annotations.\"kubernetes.io/service-account.name\"",
    "metadata.annotations.\"kubernetes.io/service-account.uid\"",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_secret s = {0};

    if (!kind_meta(item, true, f, &s.meta, e) || !field_str(item, "type", f, &s.type, e) ||
        !field_keys(item, "data", f, &s.keys, e) || !field_keys(item, "stringData", f, &s.keys, e))
        return false;
    const char *sa = facts_annotation(&s.meta, "kubernetes.io/service-account.name");
    const char *uid = facts_annotation(&s.meta, "kubernetes.io/service-account.uid");
    s.service_account = sa ? sa : "";
    s.service_account_uid = uid ? uid : "";
    FACTS_ADD(f, secrets, s);
    return true;
}

const struct kind kind_secret = {
    .resource = "secrets",
    .group = "",
    .kind = "Secret",
    .namespaced = true,
    .source = FACTS_SECRETS,
    .keep = keep,
    .parse = parse,
};
