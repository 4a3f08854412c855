/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hubs that few graphs need: each is made, with its members, when a rule first asks for it.
 *
 * What every cluster has stands in assets.h. */
#pragma once

#include "ingest/derive/assets.h"
#include "ingest/derive/netreach.h"

struct hubs;

/* None yet; borrows all three, and makes nodes and edges in `d`. */
struct hubs *hubs_new(const struct facts *f, const struct assets *as, struct draft *d);
void hubs_free(struct hubs *h);
DEFINE_AUTO(hubs)

/* All running pods of a node (NODE_PODS), which is no virtual one. */
uint32_t hubs_node_pods(struct hubs *h, const struct fact_node *n);

/* Credentials in volumes of the running pods of a node (NODE_VOLUMES): the volumes with tokens that
 * the API server accepts, and the Secrets that volumes show. */
uint32_t hubs_node_volumes(struct hubs *h, const struct fact_node *n);

/* The same of all nodes. */
uint32_t hubs_nodes_volumes(struct hubs *h);

/* All workloads of one kind ("Deployment") in a namespace, or "" for the cluster (WORKLOADS, named
 * by the resource: "deployments"). */
uint32_t hubs_workloads(struct hubs *h, const char *ns, const char *kind);

/* All service accounts whose name can be spoken for, of a namespace or ("") of the cluster: those
 * there are, and those that only a binding names (SERVICEACCOUNTS; "spoken" if there are any of
 * these).  The set of assets.h holds those there are, since a token needs an account. */
uint32_t hubs_spoken_accounts(struct hubs *h, const char *ns);

/* A service account that only a binding names. */
struct hubs_absent {
    const char *ns, *name;
    uint32_t ix;
};

/* All of them, each once; the first call looks for them. */
const struct hubs_absent *hubs_absent_accounts(struct hubs *h, size_t *n);

/* All users that something names: subjects, and the nodes' own (USERS); and the nodes' own alone,
 * a part of them (USERS "nodes"). */
uint32_t hubs_users(struct hubs *h);
uint32_t hubs_node_users(struct hubs *h);

/* The same without the nodes' own: a name alone is no node, its group must come with it. */
uint32_t hubs_plain_users(struct hubs *h);

/* All groups that something names, but system:masters (GROUPS). */
uint32_t hubs_groups(struct hubs *h);

/* The administrators of all namespaces (NS_ADMINS). */
uint32_t hubs_ns_admins(struct hubs *h);

/* What is gained without control over an object; `name` "all" with ns "" means the cluster.
 * TRAFFIC: of a Service (ns, name; with "service" behind it if its name is "all"), of a namespace
 * (ns, "all"), of its or the cluster's Services without a selector (ns, "all", "selectorless"), of
 * a node ("", node, "node"), of the API ("", "api"), of the ingress ("", "ingress"), of the
 * cluster ("", "all").  LOGS: of a namespace (ns, "all"), of a pod (ns, pod, "pod"), of a node
 * ("", node, "node"), of the cluster ("", "all"). */
uint32_t hubs_traffic(struct hubs *h, const char *ns, const char *name, const char *sub);
uint32_t hubs_logs(struct hubs *h, const char *ns, const char *name, const char *sub);

/* Services and the pods behind them (ports.h), indexed by the first call.  Borrowed. */
const struct ports *hubs_ports(struct hubs *h);

/* Network reach (netreach.h); the first call works it out.  Borrowed. */
struct netreach *hubs_net(struct hubs *h);

/* Anyone in the network of the nodes (LAN). */
uint32_t hubs_lan(struct hubs *h);

/* Whoever may connect to NodePorts of the nodes, but to nothing else that their network has (LAN,
 * by this name). */
#define HUBS_NODE_PORTS "nodeports"
uint32_t hubs_node_ports(struct hubs *h);

/* TCP ports of all running pods, of a namespace or ("") of the cluster (ENDPOINTS "all"): what
 * rights over pods lead to, since the API server passes on nothing else.  UINT32_MAX if there is no
 * such namespace. */
uint32_t hubs_endpoints(struct hubs *h, const char *ns);
