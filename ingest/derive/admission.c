/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which engines have a say about new pods. */
#include "ingest/derive/admission.h"

#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/selector.h"

#define SCC "openshift.io/sa.scc.uid-range"

static void scc(const struct fact_namespace *ns, admission_fn *judge, void *arg)
{
    static const struct admission_judge j = {
        .kind = ADMISSION_SCC,
        .name = "",
        .binding = "",
        .engine = "",
        .why = {.field = "metadata.annotations[" SCC "]",
                .reason =
                    "OpenShift's security context constraints decide, which are not evaluated"},
    };

    if (facts_annotation(&ns->meta, SCC))
        judge(arg, &j);
}

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

static void webhooks(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                     admission_fn *judge, void *arg)
{
    for (size_t i = 0; i < f->webhooks.n; i++) {
        const struct fact_webhook *w = &f->webhooks.v[i];
        size_t hook;

        if (w->mutating || !asked(w, ns, &hook))
            continue;
        struct admission_judge j = {ADMISSION_WEBHOOK, w->meta.name, "", w->engine, {0}};
        j.why = (struct evidence){
            .object = arena_printf(a, "ValidatingWebhookConfiguration %s", w->meta.name),
            .uid = w->meta.uid,
            .field = arena_printf(a, "webhooks[%zu]", hook),
            .reason = arena_printf(a, "the webhook %.80s (%.40s) judges pods, and is not evaluated",
                                   w->meta.name, w->engine),
        };
        judge(arg, &j);
    }
}

static const struct fact_policy *policy_of(const struct facts *f,
                                           const struct fact_policy_binding *b)
{
    for (size_t i = 0; i < f->policies.n; i++) {
        const struct fact_policy *p = &f->policies.v[i];
        if (!p->mutating && strcmp(p->meta.name, b->policy) == 0)
            return p;
    }
    return NULL;
}

/* A policy takes what both it and its binding take. */
static void policies(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                     admission_fn *judge, void *arg)
{
    for (size_t i = 0; i < f->policy_bindings.n; i++) {
        const struct fact_policy_binding *b = &f->policy_bindings.v[i];

        if (b->mutating || !b->denies || !b->covers_pods ||
            !selector_matches_namespace(&b->namespaces, ns))
            continue;
        const struct fact_policy *p = policy_of(f, b);
        if (!p || !p->covers_pods || !selector_matches_namespace(&p->namespaces, ns))
            continue;
        struct admission_judge j = {
            ADMISSION_POLICY, p->meta.name, b->meta.name, "ValidatingAdmissionPolicy", {0}};
        j.why = (struct evidence){
            .object = arena_printf(a, "ValidatingAdmissionPolicyBinding %s", b->meta.name),
            .uid = b->meta.uid,
            .field = "spec.policyName",
            .reason = arena_printf(
                a, "the ValidatingAdmissionPolicy %.80s judges pods, and is not evaluated",
                p->meta.name),
        };
        judge(arg, &j);
    }
}

static void not_read(const char *reason, admission_fn *judge, void *arg)
{
    struct admission_judge j = {ADMISSION_NOT_READ, "", "", "", {.reason = reason}};

    judge(arg, &j);
}

void admission_each(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                    admission_fn *judge, void *arg)
{
    bool evaluated = gates_hold(f, GATE_VALIDATING_POLICY) != TRI_NO;

    scc(ns, judge, arg);
    webhooks(f, ns, a, judge, arg);
    if (evaluated)
        policies(f, ns, a, judge, arg);
    if (!facts_read(f, FACTS_WEBHOOKS))
        not_read("webhook configurations were not read: an admission engine may refuse such pods",
                 judge, arg);
    /* Input without them is of a server that has none, unless it says that they were refused. */
    if (evaluated && f->gaps[FACTS_POLICIES])
        not_read("ValidatingAdmissionPolicies were not read whole: one may refuse such pods", judge,
                 arg);
}

struct first {
    bool any;
    struct evidence *why;
};

static void keep_first(void *arg, const struct admission_judge *j)
{
    struct first *first = arg;

    if (!first->any)
        *first->why = j->why;
    first->any = true;
}

bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           struct evidence *why)
{
    struct first first = {false, why};

    admission_each(f, ns, a, keep_first, &first);
    return first.any;
}
