/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConfigMaps: names only, but for the one that maps AWS identities. */
#include <string.h>

#include "ingest/kind.h"

static const char *const keep[] = {
    NULL,
};

static const char *keep_more(const char *ns, const char *name)
{
    return !strcmp(ns, "kube-system") && !strcmp(name, "aws-auth") ? "data.*" : NULL;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_configmap c;

    if (!kind_meta(item, true, f, &c.meta, e))
        return false;
    FACTS_ADD(f, configmaps, c);
    return true;
}

const struct kind kind_configmap = {
    .resource = "configmaps",
    .group = "",
    .kind = "ConfigMap",
    .namespaced = true,
    .source = FACTS_CONFIGMAPS,
    .keep = keep,
    .keep_more = keep_more,
    .parse = parse,
};
