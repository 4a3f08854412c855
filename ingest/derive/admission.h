/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission engines beside Pod Security: seen, never evaluated. */
#pragma once

#include "ingest/derive/facts.h"

/* Whether something that we do not evaluate may refuse pods of a namespace: a validating webhook
 * that covers pods (Kyverno, Gatekeeper ...), OpenShift's SCC, or webhooks that could not be read.
 * *why is a sentence without full stop that names it, in `a` or static. */
bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           const char **why);
