/* SPDX-License-Identifier: GPL-3.0-or-later */
/* APIServices: which groups another server answers. */
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.group", "spec.version", "spec.service.*", "spec.insecureSkipTLSVerify", NULL,
};

const struct kind kind_apiservice = {
    .resource = "apiservices",
    .group = "apiregistration.k8s.io",
    .kind = "APIService",
    .source = -1,
    .keep = keep,
};
