/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods that somebody could make: one for each namespace and set of labels that policies ask for. */
#pragma once

#include "ingest/derive/facts.h"

enum { NETSLOTS_MOST = 65536 };

/* Candidates in the order of namespaces. */
struct netslots {
    const struct fact_pod *pods;
    size_t n;
    const size_t *first; /* by namespace, in the order of the facts; one more at the end */
};

/* Of each namespace first the pod without labels, then one for each selector by which a policy may
 * name pods of that namespace as peers (its labels; of `In` the first value).  In the arena of `f`.
 * Cost: distinct selectors x namespaces that they reach, at most NETSLOTS_MOST; those beyond are
 * left out. */
void netslots_of(const struct facts *f, struct netslots *out);
