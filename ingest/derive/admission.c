/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which engine has a say about new pods. */
#include "ingest/derive/admission.h"

#include "ingest/derive/selector.h"

#define SCC "openshift.io/sa.scc.uid-range"

/* The first webhook of a configuration that is asked about new pods of the namespace. */
static bool asked(const struct fact_webhook *w, const struct fact_namespace *ns, size_t *hook)
{
    for (size_t i = 0; i < w->nhooks; i++)
        if (w->hooks[i].covers_pods && selector_matches_namespace(&w->hooks[i].namespaces, ns)) {
            *hook = i;
            return true;
        }
    return false;
}

bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           struct evidence *why)
{
    if (facts_annotation(&ns->meta, SCC)) {
        *why = (struct evidence){
            .field = "metadata.annotations[" SCC "]",
            .reason = "OpenShift's security context constraints decide, which are not evaluated",
        };
        return true;
    }
    for (size_t i = 0; i < f->webhooks.n; i++) {
        const struct fact_webhook *w = &f->webhooks.v[i];
        size_t hook;

        if (w->mutating || !asked(w, ns, &hook))
            continue;
        *why = (struct evidence){
            .object = arena_printf(a, "ValidatingWebhookConfiguration %s", w->meta.name),
            .uid = w->meta.uid,
            .field = arena_printf(a, "webhooks[%zu]", hook),
            .reason = arena_printf(a, "the webhook %.80s (%.40s) judges pods, and is not evaluated",
                                   w->meta.name, w->engine),
        };
        return true;
    }
    if (!f->listed[FACTS_WEBHOOKS]) {
        *why = (struct evidence){
            .reason =
                "webhook configurations were not read: an admission engine may refuse such pods"};
        return true;
    }
    return false;
}
