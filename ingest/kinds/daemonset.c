/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DaemonSets: a pod on each node that fits. */
#include "ingest/kind.h"
#include "ingest/podspec.h"

static const char *const keep[] = {
    "spec.selector.*",
    "status.desiredNumberScheduled",
    PODSPEC_KEEP_TEMPLATE("spec.template."),
    /* whether aws-node's agent enforces network policies */
    "spec.template.spec.containers[].args[].^--enable-network-policy=*",
    "spec.template.spec.containers[].args[].^-enable-network-policy=*",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct jx spec, status;
    int64_t wanted;

    /* Only a controller knows how many nodes fit; a manifest is taken to fit some. */
    return jx_opt_obj(item, "spec", &spec, e) && jx_opt_obj(item, "status", &status, e) &&
           jx_opt_int(&status, "desiredNumberScheduled", 1, &wanted, e) &&
           podspec_workload(item, "DaemonSet", &spec, wanted, f, e);
}

const struct kind kind_daemonset = {
    .resource = "daemonsets",
    .group = "apps",
    .old_group = "extensions",
    .kind = "DaemonSet",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
