/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PersistentVolumeClaims. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.volumeName", "spec.storageClassName", "spec.accessModes.*",
    "spec.volumeMode", "status.phase",          NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_pvc c = {0};
    struct jx spec;

    if (!kind_meta(item, true, f, &c.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_str(&spec, "volumeName", f, &c.volume, e) ||
        !field_str(&spec, "storageClassName", f, &c.storage_class, e))
        return false;
    FACTS_ADD(f, pvcs, c);
    return true;
}

const struct kind kind_persistentvolumeclaim = {
    .resource = "persistentvolumeclaims",
    .group = "",
    .kind = "PersistentVolumeClaim",
    .namespaced = true,
    .source = FACTS_PVCS,
    .keep = keep,
    .parse = parse,
};
