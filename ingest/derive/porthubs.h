/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP ports of pods that rights over the API lead to, and the hubs of them (ENDPOINTS).
 *
 * A port is known if a container declares it, or if a Service leads to it.  Each hub is made with
 * its members when it is first asked for. */
#pragma once

#include "ingest/derive/rule.h"

struct porthubs;

/* Those of `c`, made when first asked for: indexes pods and Services, borrows what `c` holds, and
 * draws there.  Cost of the first call: pods, Services, and the ports that netreach.h knows. */
struct porthubs *porthubs_of(struct rule_ctx *c);
void porthubs_free(struct porthubs *ph); /* who made `c` frees them */

/* The TCP ports of a running pod, ascending, each once; *n is 0 for a pod that has ended. */
const int32_t *porthubs_of_pod(const struct porthubs *ph, const struct fact_pod *p, size_t *n);

/* Ports of the pods on the host's network of one node, or of all nodes that are machines.
 * Returns: UINT32_MAX if there are none. */
uint32_t porthubs_node(struct porthubs *ph, const char *node);
uint32_t porthubs_nodes(struct porthubs *ph);

/* Running pods on the host's network of a node; NULL if there are none. */
const GPtrArray *porthubs_host_pods(const struct porthubs *ph, const char *node);

/* Ports that Services of a namespace, or ("") of the cluster, lead to. */
uint32_t porthubs_services(struct porthubs *ph, const char *ns);

/* What can be dialled inside of the network of any pod of a namespace, or ("") of the cluster:
 * ports of all pods, and where one of them is on a node's network, those of that node. */
uint32_t porthubs_inside(struct porthubs *ph, const char *ns);
