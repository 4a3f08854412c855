/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deployments. */
#include "ingest/kind.h"
#include "ingest/podspec.h"

static const char *const keep[] = {
    "spec.replicas",
    "spec.selector.*",
    PODSPEC_KEEP_TEMPLATE("spec.template."),
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    return podspec_replicated(item, "Deployment", f, e);
}

const struct kind kind_deployment = {
    .resource = "deployments",
    .group = "apps",
    .old_group = "extensions",
    .kind = "Deployment",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
