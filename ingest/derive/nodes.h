/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands behind a Node object, and which pods run at all. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

/* The stand-in for whatever node a predicted pod will run on; no real node can have this name. */
#define NODES_UNSCHEDULED "(unscheduled)"

/* Whether each pod of this "node" gets a machine of its own (Fargate, virtual kubelet), so that
 * there is no node to escape to and no neighbour on it. */
bool nodes_virtual(const struct fact_node *n);

/* Whether it runs Windows: then nothing that speaks of Linux capabilities, /proc or /etc holds. */
bool nodes_windows(const struct fact_node *n);

/* Whether a label says that the node is part of the control plane; *why gets object, uid, field. */
bool nodes_control_plane(const struct fact_node *n, struct arena *a, struct evidence *why);

/* Whether this pod is a static pod of the control plane, so that its node holds the keys of the
 * cluster; *why gets object, uid, reason. */
bool nodes_control_plane_pod(const struct fact_pod *p, struct arena *a, struct evidence *why);

/* The version of cgroups that the node's OS, by its name, starts with: 1, 2, or 0 if it does not
 * say or the node (NULL) is not known. */
int nodes_cgroup(const struct fact_node *n);

/* Whether processes of the pod run, may run soon, or would (a manifest): not Succeeded or Failed.
 */
bool nodes_pod_runs(const struct fact_pod *p);
