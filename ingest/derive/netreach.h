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

struct netreach;

#define NETREACH_NONE UINT32_MAX

/* Classes, targets, segments and sets of indexed facts, none of them drawn yet; `f` and `d` are
 * borrowed.  Cost: that of netpol_new, and (segments x targets) / 64 words. */
struct netreach *netreach_new(const struct facts *f, struct draft *d);
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

/* The segment that a running pod sends from (its node's if it is on the host's network and the node
 * is known), or a node; NETREACH_NONE for ended pods and virtual nodes. */
uint32_t netreach_of_pod(const struct netreach *nr, const struct fact_pod *p);
uint32_t netreach_of_node(const struct netreach *nr, const struct fact_node *n);

/* Segments that a new pod in that namespace may be in: those of pods without labels, of the pods
 * that are there, and of pods with the labels that policies of the namespace ask of their peers.
 * Borrowed; each once. */
const uint32_t *netreach_slot(const struct netreach *nr, const char *ns, size_t *n);

/* Whether a segment may connect to a port of a running pod. */
void netreach_pod(const struct netreach *nr, uint32_t segment, const struct fact_pod *to,
                  enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* Whether a segment may connect to an address ("10.0.0.1") outside of the cluster, which must be
 * one of an EndpointSlice or of a node, else the answer may not hold for all of the segment. */
void netreach_address(const struct netreach *nr, uint32_t segment, const char *address,
                      enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* Who connects from outside: any public address, or any private or node address. */
enum netreach_who { NETREACH_INTERNET, NETREACH_LAN };

/* Whether a running pod takes connections from there; pods on the host's network take all. */
void netreach_outside(const struct netreach *nr, enum netreach_who who, const struct fact_pod *to,
                      enum net_protocol protocol, int32_t port, struct netreach_answer *out);

/* One set of targets that are open to the same segments. */
struct netreach_set {
    const struct netreach_port *ports; /* of pods */
    size_t nports;
};

/* A port of a running pod. */
struct netreach_port {
    const struct fact_pod *pod;
    const char *protocol; /* "TCP" */
    int32_t number;
};

size_t netreach_sets(const struct netreach *nr);
const struct netreach_set *netreach_set(const struct netreach *nr, uint32_t set);

/* Whether a set is open to a segment, with the policies of one example. */
void netreach_to_set(const struct netreach *nr, uint32_t segment, uint32_t set,
                     struct netreach_answer *out);
