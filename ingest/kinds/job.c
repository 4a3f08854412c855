/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs. */
#include <string.h>

#include "ingest/kind.h"
#include "ingest/podspec.h"

static const char *const keep[] = {
    "spec.parallelism",
    "spec.suspend",
    "status.conditions[].type",
    "status.conditions[].status",
    PODSPEC_KEEP_TEMPLATE("spec.template."),
    NULL,
};

static bool is_finished(const struct jx *status, bool *out, struct err *e)
{
    struct jx list, item;
    const char *type, *value;

    *out = false;
    if (!jx_opt_arr(status, "conditions", &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++) {
        if (!jx_at_obj(&list, i, &item, e) || !jx_opt_str(&item, "type", "", &type, e) ||
            !jx_opt_str(&item, "status", "", &value, e))
            return false;
        if ((!strcmp(type, "Complete") || !strcmp(type, "Failed")) && !strcmp(value, "True"))
            *out = true;
    }
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct jx spec, status;
    int64_t parallelism;
    bool finished;

    return jx_opt_obj(item, "spec", &spec, e) && jx_opt_obj(item, "status", &status, e) &&
           jx_opt_int(&spec, "parallelism", 1, &parallelism, e) &&
           is_finished(&status, &finished, e) &&
           podspec_workload(item, "Job", &spec, finished ? 0 : parallelism, f, e);
}

const struct kind kind_job = {
    .resource = "jobs",
    .group = "batch",
    .old_group = "extensions",
    .kind = "Job",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
