/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network reach as a graph of linear size.
 *
 * A target is a port of a running pod (declared by a container, or one that a Service leads to), or
 * an address outside of the cluster that an EndpointSlice names.  Pods from which the same targets
 * are open, with the same certainty, are one segment (NET_SEGMENT); targets that are open to the
 * same segments are one set (ENDPOINTS).  A node is a segment of its own: what it sends to its own
 * pods no policy stops.
 *
 * Connections are judged by netpol.h; on top of it come what the network plugin does (netprofile.h)
 * and policies that we do not evaluate: both make answers unsure, never wrong. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/netpol.h"
#include "ingest/derive/netprofile.h"
#include "ingest/derive/ports.h"

struct netreach;

#define NETREACH_NONE UINT32_MAX

/* Classes, targets, segments and sets of indexed facts, none of them drawn yet; all three are
 * borrowed.  Cost: that of netpol_new, and (segments x targets) / 64 words. */
struct netreach *netreach_new(const struct facts *f, const struct ports *ps, struct draft *d);
void netreach_free(struct netreach *nr);
DEFINE_AUTO(netreach)

/* The policies and the plugin behind it; borrowed. */
const struct netpol *netreach_netpol(const struct netreach *nr);
const struct netprofile *netreach_profile(const struct netreach *nr);

/* How a question is answered. */
struct netreach_answer {
    enum { NETREACH_CLOSED, NETREACH_SOME, NETREACH_OPEN } open; /* SOME: for some addresses only */
    bool sure;          /* false: `ev` names what is not evaluated; the graph says unknown */
    struct evidence ev; /* what decides: a policy and its field, or that none selects the pod */
};

/* Segments are numbered 0..n-1; their nodes are made when first asked for. */
size_t netreach_segments(const struct netreach *nr);
uint32_t netreach_segment_node(struct netreach *nr, uint32_t segment);

/* The class of a pod (netclass.h). */
uint32_t netreach_point(const struct netreach *nr, const struct fact_pod *p);

/* The segment that a running pod sends from (its node's if it is on the host's network and the node
 * is known), or a node; NETREACH_NONE for ended pods and virtual nodes. */
uint32_t netreach_of_pod(const struct netreach *nr, const struct fact_pod *p);
uint32_t netreach_of_node(const struct netreach *nr, const struct fact_node *n);

/* Segments that a new pod in that namespace may be in: those of pods without labels, of the pods
 * that are there, and of pods with the labels that policies ask for (netslots.h).
 * Borrowed; each once. */
const uint32_t *netreach_slot(const struct netreach *nr, const char *ns, size_t *n);

/* The segment or set whose node is called that; NETREACH_NONE if there is none.
 * Cost: linear, for those who ask about one edge. */
uint32_t netreach_segment_named(const struct netreach *nr, const char *ns, const char *name);
uint32_t netreach_set_named(const struct netreach *nr, const char *ns, const char *name);

/* A new pod that would be in the segment at place `at` of that list, thought up with no labels or
 * with those that policies ask for; NULL if it is there for pods that exist. */
const struct fact_pod *netreach_slot_pod(const struct netreach *nr, const char *ns, size_t at);
/* The set that a port of a running pod is in; NETREACH_NONE if it is open to nobody or no target.
 * Cost: linear. */
uint32_t netreach_set_of(const struct netreach *nr, const struct fact_pod *p,
                         enum net_protocol protocol, int32_t port);

/* Whether a segment may connect to a port of a running pod. */
void netreach_pod(const struct netreach *nr, uint32_t segment, const struct fact_pod *to,
                  enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* Whether a segment may connect to an address ("10.0.0.1") outside of the cluster, which must be
 * one of an EndpointSlice or of a node, else the answer may not hold for all of the segment. */
void netreach_address(const struct netreach *nr, uint32_t segment, const char *address,
                      enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* The same for a port of a pod, or of an address, that is no target, so that those in the segment
 * may differ: SOME if they do.  Cost: the points of the segment. */
void netreach_pod_untold(const struct netreach *nr, uint32_t segment, const struct fact_pod *to,
                         enum net_protocol protocol, int32_t port, struct netreach_answer *out);
void netreach_address_untold(const struct netreach *nr, uint32_t segment, const char *address,
                             enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* The same for every address outside of the cluster (IPv4): SOME if some are open to some.  Cost:
 * times the ranges of addresses that policies tell apart. */
void netreach_anywhere(const struct netreach *nr, uint32_t segment, enum net_protocol protocol,
                       int32_t port, struct netreach_answer *out);

/* The same for one point (netclass.h; netclass_of_pod) instead of a segment, so that it
 * holds for any address: pods of a segment may differ for those that are no target. */
void netreach_point_address(const struct netreach *nr, uint32_t point, const char *address,
                            enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* A port of a running pod. */
struct netreach_port {
    const struct fact_pod *pod;
    const char *protocol; /* "TCP" */
    int32_t number;
};

/* Sets are numbered 0..n-1.  The node of a set is made when first asked for: its ENDPOINT if it has
 * only one port, else an ENDPOINTS, whose members are the caller's to draw. */
size_t netreach_sets(const struct netreach *nr);
uint32_t netreach_set_node(struct netreach *nr, uint32_t set);

/* Whether a set has only one port. */
bool netreach_single(const struct netreach *nr, uint32_t set);

/* Calls `each` with the ports of pods of a set, or with all of them (set NETREACH_NONE), also those
 * that are open to nobody. */
void netreach_ports(const struct netreach *nr, uint32_t set,
                    void (*each)(void *arg, const struct netreach_port *p), void *arg);

/* Whether a set is open, surely or not, to a segment: a look at one bit. */
bool netreach_reaches(const struct netreach *nr, uint32_t segment, uint32_t set);

/* Whether a set is open to a segment, with the policies of one example; CLOSED says them too. */
void netreach_to_set(const struct netreach *nr, uint32_t segment, uint32_t set,
                     struct netreach_answer *out);

/* Whether NodePorts of the nodes are open to a segment: SOME if some are; CLOSED also if there are
 * none. */
void netreach_node_ports(const struct netreach *nr, uint32_t segment, struct netreach_answer *out);
