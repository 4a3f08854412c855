/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission engines beside Pod Security: seen, never evaluated. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

enum admission_engine {
    ADMISSION_SCC,      /* OpenShift's security context constraints */
    ADMISSION_WEBHOOK,  /* a ValidatingWebhookConfiguration (Kyverno, Gatekeeper ...) */
    ADMISSION_POLICY,   /* a ValidatingAdmissionPolicy in force */
    ADMISSION_NOT_READ, /* what could not be read may hold one */
};

/* Something that we do not evaluate and that may refuse pods of a namespace. */
struct admission_judge {
    enum admission_engine kind;
    const char *name;    /* of the configuration or policy; "" if none */
    const char *binding; /* of a policy: what puts it into force; "" if none */
    const char *engine;  /* of a webhook: "kyverno", or the configuration's name */
    struct evidence why; /* names it; object NULL: the namespace itself, or nothing was read */
};

typedef void admission_fn(void *arg, const struct admission_judge *j);

/* Calls `judge` for everything that may refuse pods of a namespace by what we cannot see: a
 * validating webhook that covers pods and takes the namespace, a ValidatingAdmissionPolicy whose
 * binding denies and takes it, SCC, and what could not be read.  Text lives in `a`, in the facts,
 * or is static.  Cost: webhooks and policy bindings of the cluster. */
void admission_each(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                    admission_fn *judge, void *arg);

/* Whether there is any such thing.  *why gets a reason that names the first, and the object that
 * says so: NULL for the namespace itself, then its field, or nothing that was read. */
bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           struct evidence *why);
