/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Service accounts, with the annotations that tie them to cloud identities. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "automountServiceAccountToken",
    "secrets[].name",
    "imagePullSecrets[].name",
    "metadata.annotations.\"eks.amazonaws.com/role-arn\"",
    "metadata.annotations.\"iam.gke.io/gcp-service-account\"",
    "metadata.annotations.\"azure.workload.identity/client-id\"",
    "metadata.annotations.\"azure.workload.identity/tenant-id\"",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_serviceaccount sa = {0};

    if (!kind_meta(item, true, f, &sa.meta, e) ||
        !field_tri(item, "automountServiceAccountToken", &sa.automount, e) ||
        !field_members(item, "secrets", "name", f, &sa.secrets, e) ||
        !field_members(item, "imagePullSecrets", "name", f, &sa.image_pull_secrets, e))
        return false;
    FACTS_ADD(f, serviceaccounts, sa);
    return true;
}

const struct kind kind_serviceaccount = {
    .resource = "serviceaccounts",
    .group = "",
    .kind = "ServiceAccount",
    .namespaced = true,
    .source = FACTS_SERVICEACCOUNTS,
    .keep = keep,
    .parse = parse,
};
