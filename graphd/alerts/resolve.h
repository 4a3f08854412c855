/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ties an alert to a node of the graph, by the strongest thing that it says about itself. */
#pragma once

#include "graphd/alerts/alert.h"
#include "queries/graph.h"

/* Look-up tables of one snapshot that the graph itself does not have: pods by name, address and
 * workload, machines by all their names.  Immutable and counted; holds no reference to
 * the graph and works with any graph of the same id. */
struct resolve;

/* Cost: O(nodes) and a sort of the pods; once a snapshot. */
struct resolve *resolve_new(const struct graph *g);
struct resolve *resolve_ref(struct resolve *r);
void resolve_free(struct resolve *r); /* drops one reference */
DEFINE_AUTO(resolve)

/* What an alert is tied to. */
struct resolve_match {
    node_ix node;      /* NODE_NONE: unresolved */
    const char *by;    /* "pod_uid", "container_id", "pod_name", "workload", "pod_ip", "node",
                          "user"; "" unresolved */
    double confidence; /* 0..1 */
    const char *note; /* what a reader should know about the match, or why there is none; "" none */
    uint32_t generation;      /* of the cluster of the node */
    double staleness_seconds; /* how much older than the alert its cluster's data is; >= 0 */
};

/* Tries, in this order: pod uid, container id prefix, namespace and pod name, another pod of the
 * same workload, pod address, machine, API user.  Uid and container id are unique in the world; for
 * the rest an alert without a cluster is looked for in all, and must be found in one.  For a pod
 * that ended a living one of its workload stands; if none lives the alert stays unresolved.
 *
 * Returns: *out; text in `a` or static.
 * Source: docs/alerts.md#resolution. */
void resolve_alert(const struct resolve *r, const struct graph *g, const struct alert *al,
                   struct arena *a, struct resolve_match *out);
