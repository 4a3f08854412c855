/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies of network plugins and meshes: which pods they apply to and in which directions, as far
 * as that is plain.  What is not plain widens the selection to all pods of the policy's scope,
 * since what a policy may change is in doubt, and no doubt may be missed. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

/* Whether one of the arrays (up to a NULL) of `in` has elements. */
bool foreignspec_any(const struct jx *in, const char *const *keys, bool *out, struct err *e)
    MUST_CHECK;

/* The policies of Cilium below `spec` and `specs`, one fact for each that selects pods. */
bool foreignspec_cilium(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e) MUST_CHECK;

/* A policy of Calico, namespaced or global. */
bool foreignspec_calico(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e) MUST_CHECK;

/* A policy of Antrea: a fact for each entry of appliedTo. */
bool foreignspec_antrea(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e) MUST_CHECK;

/* A policy of Istio, which can only close ingress; in istio-system it is one of the whole mesh. */
bool foreignspec_istio(const struct jx *item, const char *kind, struct facts *f, struct err *e)
    MUST_CHECK;

/* The fields that they keep. */
#define FOREIGNSPEC_KEEP_CILIUM_AT(at)                                                             \
    at "endpointSelector.*", at "nodeSelector.*", at "ingress[].!", at "egress[].!",               \
        at "ingressDeny[].!", at "egressDeny[].!"
#define FOREIGNSPEC_KEEP_CILIUM                                                                    \
    FOREIGNSPEC_KEEP_CILIUM_AT("spec."), FOREIGNSPEC_KEEP_CILIUM_AT("specs[].")
#define FOREIGNSPEC_KEEP_CALICO                                                                    \
    "spec.selector", "spec.namespaceSelector", "spec.types.*", "spec.ingress[].!", "spec.egress[].!"
#define FOREIGNSPEC_KEEP_ANTREA                                                                    \
    "spec.appliedTo[].podSelector.*", "spec.appliedTo[].namespaceSelector.*",                      \
        "spec.appliedTo[].nodeSelector.*", "spec.ingress[].!", "spec.egress[].!"
#define FOREIGNSPEC_KEEP_ISTIO "spec.selector.matchLabels.*"
