/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pod Security judges a pod again when its image changes or a container is added: would it pass
 * today?  Source: kubernetes.io/docs/concepts/security/pod-security-standards. */
#pragma once

#include "ingest/derive/podsecurity.h"

/* Whether the level that the namespace enforces admits a pod like `p`, as far as its spec shows.
 * Returns: yes; blocked; or unknown where the refusal is not certain.  Unless yes, *why gets the
 * object, field and reason; its text lives in `a` or is static. */
enum verdict podsecurity_pod_again(const struct facts *f, const struct fact_namespace *ns,
                                   const struct fact_pod *p, struct arena *a, struct evidence *why);
