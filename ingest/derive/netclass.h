/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of pods and of addresses that no network policy can tell apart.
 *
 * Two pods are in one class if every condition that some policy states holds for both or for
 * neither, and the named ports in use lead to the same numbers.  So there are far fewer classes
 * than pods (562 for 10,000 in a reference study), and what is true of a class is true of its pods.
 * Addresses outside of the cluster are cut at the borders of all address blocks.  A point is a
 * class of pods or a class of addresses. */
#pragma once

#include "ingest/derive/netprofile.h"

struct netclass;

#define NETCLASS_NONE UINT32_MAX

/* Nothing is known yet; `f` is indexed and borrowed.  The profile says whether address blocks hold
 * for pods by their addresses, and for nodes and the pods on their networks by those of the nodes,
 * and whether selectors take pods on a node's network. */
struct netclass *netclass_new(const struct facts *f, const struct netprofile *profile);
void netclass_free(struct netclass *nc);
DEFINE_AUTO(netclass)

/* States a condition: that an end is what a peer (or subject) says, in a policy of that namespace
 * ("" for policies of administrators).  Equal conditions are one.  Before netclass_done; the peer
 * must outlive it.  Returns: its number; NETCLASS_NONE if the peer cannot be evaluated, be it that
 * it is about nodes and nodes were not read. */
uint32_t netclass_condition(struct netclass *nc, const struct fact_netpeer *p, const char *ns);

/* States that policies use this port name. */
void netclass_named_port(struct netclass *nc, const char *name);

/* Adds a pod that is not there, to know which class it would be in; before netclass_done, which it
 * must outlive.  Returns: its number, from 0. */
size_t netclass_candidate(struct netclass *nc, const struct fact_pod *p);

/* Makes the classes.  Cost: pods x label keys in use, then classes x the conditions of their
 * namespaces. */
void netclass_done(struct netclass *nc);

/* How many points there are, and how many of them, the first, are classes of pods. */
size_t netclass_points(const struct netclass *nc);
size_t netclass_pod_points(const struct netclass *nc);

/* The class of a pod, by its place in the facts; ended pods have one too. */
uint32_t netclass_of_pod(const struct netclass *nc, size_t pod);

/* That of a candidate. */
uint32_t netclass_of_candidate(const struct netclass *nc, size_t candidate);

/* The class of an address that is not a pod's; NETCLASS_NONE if the text is none. */
uint32_t netclass_of_address(const struct netclass *nc, const char *address);

/* Some pod of a class. */
const struct fact_pod *netclass_example(const struct netclass *nc, uint32_t point);

/* The points for which a condition holds, as bits; never changes. */
const uint64_t *netclass_matches(const struct netclass *nc, uint32_t condition);

/* Addresses in order: every address is in one range, neighbours may be of one point. */
struct netclass_range {
    uint8_t first[16], last[16]; /* IPv4: the first 4 bytes */
    bool v6;
    uint32_t point;
};
const struct netclass_range *netclass_ranges(const struct netclass *nc, size_t *n);
