/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels that tell a group of pods from all others of its namespace: what a policy that is about
 * just these pods must select by. */
#pragma once

#include "ingest/derive/facts.h"

/* Pods of one namespace. */
struct netgroup {
    const char *ns;
    const uint32_t *pods; /* places in the facts */
    size_t n;
    struct fact_selector selector; /* selects them and no other running pod of the namespace */
    const char *why;               /* no selector does, in words; NULL: one does */
};

/* Splits pods (places in the facts) by namespace, in the order of their names, and adds to each
 * group what runs of the same workloads: their pods come and go.  Everything in `a`.
 * Returns: how many groups. */
size_t netgroup_split(const struct facts *f, const uint32_t *pods, size_t n, struct arena *a,
                      const struct netgroup **out);

/* Appends peers (struct fact_netpeer) that together take every pod of the group's namespace but
 * those that its selector takes. */
void netgroup_others(const struct netgroup *g, struct arena *a, GArray *peers);

/* Appends one peer that takes the group. */
void netgroup_peer(const struct netgroup *g, struct arena *a, GArray *peers);

/* A selector of the namespaces of these groups (`in`), or of all others. */
struct fact_selector netgroup_namespaces(const struct netgroup *v, size_t n, bool in,
                                         struct arena *a);

/* Whether a label is of one pod or one revision only, so that nobody should select by it. */
bool netgroup_volatile(const char *key);
