/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names to nodes. */
#include "ingest/derive/references.h"

#include <string.h>

uint32_t references_find(const struct facts *f, enum node_kind kind, const char *ns,
                         const char *name)
{
    static const char *const public_ones[] = {"kube-root-ca.crt", "openshift-service-ca.crt"};

    if (kind == NODE_SECRET) {
        const struct fact_secret *s = facts_secret(f, ns, name);
        return s ? s->meta.ix : UINT32_MAX;
    }
    for (size_t i = 0; i < ARRAY_LEN(public_ones); i++)
        if (strcmp(name, public_ones[i]) == 0)
            return UINT32_MAX;
    const struct fact_configmap *m = facts_configmap(f, ns, name);
    return m ? m->meta.ix : UINT32_MAX;
}
