/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetworkPolicies, kept whole. */
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.*",
    NULL,
};

const struct kind kind_networkpolicy = {
    .resource = "networkpolicies",
    .group = "networking.k8s.io",
    .old_group = "extensions",
    .kind = "NetworkPolicy",
    .namespaced = true,
    .source = FACTS_NETWORKPOLICIES,
    .keep = keep,
};
