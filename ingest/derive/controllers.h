/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Service accounts that matter by what runs as them: GitOps and CI controllers, secret stores,
 * policy engines and admission webhooks. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/kinds.h"

struct controller {
    enum jewel jewel;  /* CI_GITOPS, SECRETS_CLUSTER or ADMISSION */
    const char *thing; /* "Argo CD of argocd": accounts of one thing are one asset */
    const char *why;   /* "Deployment argocd/argocd-server runs quay.io/argoproj/argocd" */
    bool heuristic;    /* known by the image, not by a webhook configuration */
};

struct controllers;

/* Looks at the containers of all running pods and at what stands behind the webhooks that see new
 * pods.  Borrows the indexed facts; text lives in theirs.
 * An account called "default" is one of these only if some binding names it: it is shared, and
 * without a right it opens nothing. */
struct controllers *controllers_new(const struct facts *f);
void controllers_free(struct controllers *cs);
DEFINE_AUTO(controllers)

/* What the account stands for; NULL if it is none of these. */
const struct controller *controllers_of(const struct controllers *cs,
                                        const struct fact_serviceaccount *sa);
