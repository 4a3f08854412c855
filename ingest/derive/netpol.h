/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which connections network policies let through, exactly.
 *
 * A connection is open if the source may send it and the destination may receive it; each direction
 * asks three tiers: policies of administrators in order of priority, NetworkPolicies (which isolate
 * what they select), then baseline policies; what nobody decides is open.
 * Source: kubernetes.io/docs/concepts/services-networking/network-policies, network-policy-api;
 * tested against tables that other engines computed, and against a slow reading of the same text.
 *
 * Not judged here: Services (a connection is to a pod's own port), traffic from the node that runs
 * the pod (always open), and whether the network plugin enforces anything. */
#pragma once

#include "ingest/derive/netclass.h"
#include "ingest/derive/netdoubt.h"
#include "ingest/derive/netports.h"

struct netpol;

/* Compiles the policies of indexed facts, which must outlive it; see netclass_new.  A peer that
 * cannot be evaluated matches nothing in a rule that allows.  In one that denies or passes, nodes
 * are all addresses outside and all pods on a node's own network, and any other makes it a rule
 * that denies everybody, as the API asks ("fail closed").  A policy with such a subject selects
 * nothing. Policies of one tier and priority, whose order nothing defines, go by name. Cost: that
 * of the classes, and rules x points / 64 words of memory. */
struct netpol *netpol_new(const struct facts *f, bool blocks_match_pods);

/* The profile that it takes: all that the API promises is done. */
struct netprofile netpol_plain(bool blocks_match_pods);

/* The same on a network plugin as it is: address blocks match what its profile says, and the doubts
 * are known.  `profile` is copied; its text must outlive the policies.  `candidates` are pods that
 * are not there (see netclass_candidate), which must outlive them too; NULL for none. */
struct netpol *netpol_of(const struct facts *f, const struct netprofile *profile,
                         const struct fact_pod *candidates, size_t ncandidates);
void netpol_free(struct netpol *np);
DEFINE_AUTO(netpol)

/* Its points, ports and doubts; borrowed. */
const struct netclass *netpol_classes(const struct netpol *np);
const struct netports *netpol_ports(const struct netpol *np);
const struct netdoubt *netpol_doubts(const struct netpol *np);

/* The points that may be a node, as bits: addresses outside of the cluster, and pods on the network
 * of a node. */
const uint64_t *netpol_nodes(const struct netpol *np);

/* Whether a connection of a pod goes to one of these, so that netdoubt.h has more to doubt. */
bool netpol_outside(const struct netpol *np, enum net_way way, uint32_t other);

/* Sets `out` (netports_words of them) to the ports of `dst` that `src` may connect to.  Points
 * outside of the cluster have no policies of their own.
 * Cost: the rules that select either, times the words. */
void netpol_pair(const struct netpol *np, uint32_t src, uint32_t dst, uint64_t *out);

/* One thing that has a say in one direction. */
struct netpol_step {
    const struct fact_netpol *policy; /* it selects the pod */
    const struct fact_netrule *rule;  /* that takes the other end; NULL: its rules follow */
    size_t index;                     /* of the rule in the policy's list of that direction */
    const uint64_t *ports;            /* it decides, or opens besides others; may be none */
};

/* Calls `each` for all policies that decide one direction of a pair, in their order, each followed
 * by its rules that take the other end; sets `out` to the ports that this direction lets through.
 * netpol_pair is what both directions let through. */
void netpol_trace(const struct netpol *np, enum net_way way, uint32_t src, uint32_t dst,
                  uint64_t *out, void (*each)(void *arg, const struct netpol_step *s), void *arg);
