/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReplicaSets, mostly links between Deployments and pods. */
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
    return podspec_replicated(item, "ReplicaSet", f, e);
}

const struct kind kind_replicaset = {
    .resource = "replicasets",
    .group = "apps",
    .old_group = "extensions",
    .kind = "ReplicaSet",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
