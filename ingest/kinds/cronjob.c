/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CronJobs, also while suspended: whoever may resume one runs it. */
#include "ingest/kind.h"
#include "ingest/podspec.h"

static const char *const keep[] = {
    "spec.schedule",
    "spec.suspend",
    PODSPEC_KEEP_TEMPLATE("spec.jobTemplate.spec.template."),
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct jx spec, job, holder;

    return jx_opt_obj(item, "spec", &spec, e) && jx_opt_obj(&spec, "jobTemplate", &job, e) &&
           jx_opt_obj(&job, "spec", &holder, e) &&
           podspec_workload(item, "CronJob", &holder, 1, f, e);
}

const struct kind kind_cronjob = {
    .resource = "cronjobs",
    .group = "batch",
    .kind = "CronJob",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
