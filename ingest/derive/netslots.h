/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods that somebody could make: one for each namespace and set of labels that policies ask for, of
 * peers or of those whom they let out. */
#pragma once

#include "ingest/derive/facts.h"

enum { NETSLOTS_MOST = 65536, NETSLOTS_SHARE = 64 };

/* Candidates in the order of namespaces. */
struct netslots {
    const struct fact_pod *pods;
    size_t n;
    const size_t *first; /* by namespace, in the order of the facts; one more at the end */
    size_t left_out;     /* beyond the limit */
};

/* Of each namespace first the pod without labels, then one for each selector by which a policy may
 * name pods of that namespace as peers (its labels; of `In` the first value), or by which one of
 * the namespace lets pods out.  Where policies isolate a peer for egress, the two together as well,
 * unless they contradict each other.  In `a`.
 * Cost: distinct selectors x namespaces that they reach; for isolated ones times the policies of
 * the namespace.  Beyond NETSLOTS_MOST shared out among namespaces (but NETSLOTS_SHARE for each)
 * they are left out and counted. */
void netslots_of(const struct facts *f, struct arena *a, struct netslots *out);
