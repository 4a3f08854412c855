/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which engine has a say about new pods. */
#include "ingest/derive/admission.h"

bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           const char **why)
{
    if (facts_annotation(&ns->meta, "openshift.io/sa.scc.uid-range")) {
        *why = "OpenShift's security context constraints decide, which are not evaluated";
        return true;
    }
    for (size_t i = 0; i < f->webhooks.n; i++) {
        const struct fact_webhook *w = &f->webhooks.v[i];
        if (!w->covers_pods || w->mutating)
            continue;
        *why = arena_printf(a, "the webhook %.80s (%.40s) judges pods, and is not evaluated",
                            w->meta.name, w->engine);
        return true;
    }
    if (!f->listed[FACTS_WEBHOOKS]) {
        *why = "webhook configurations were not read: an admission engine may refuse such pods";
        return true;
    }
    return false;
}
