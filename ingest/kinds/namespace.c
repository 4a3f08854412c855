/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Namespaces: Pod Security labels, and what else their labels say. */
#include "ingest/kind.h"

static const char *const keep[] = {
    "metadata.annotations.\"scheduler.alpha.kubernetes.io/node-selector\"",
    "metadata.annotations.\"openshift.io/node-selector\"",
    "metadata.annotations.\"openshift.io/sa.scc.uid-range\"", /* marks OpenShift */
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_namespace ns;

    if (!kind_meta(item, false, f, &ns.meta, e))
        return false;
    FACTS_ADD(f, namespaces, ns);
    return true;
}

const struct kind kind_namespace = {
    .resource = "namespaces",
    .group = "",
    .kind = "Namespace",
    .source = FACTS_NAMESPACES,
    .keep = keep,
    .parse = parse,
};
