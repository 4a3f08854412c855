/* SPDX-License-Identifier: GPL-3.0-or-later */
/* StorageClasses, without parameters, which may hold credentials. */
#include "ingest/kind.h"

static const char *const keep[] = {
    "provisioner",
    "volumeBindingMode",
    NULL,
};

const struct kind kind_storageclass = {
    .resource = "storageclasses",
    .group = "storage.k8s.io",
    .kind = "StorageClass",
    .source = -1,
    .keep = keep,
};
