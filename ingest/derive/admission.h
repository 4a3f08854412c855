/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission engines beside Pod Security: seen, never evaluated. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

/* Whether something that we do not evaluate may refuse pods of a namespace: a validating webhook
 * that covers pods and whose namespaceSelector takes the namespace (Kyverno, Gatekeeper ...),
 * OpenShift's SCC, or webhooks that could not be read.  *why gets a reason that names it, and the
 * object that says so: NULL for the namespace itself, then its field, or nothing that was read.
 * Text lives in `a`, in the facts, or is static. */
bool admission_judges_pods(const struct facts *f, const struct fact_namespace *ns, struct arena *a,
                           struct evidence *why);
