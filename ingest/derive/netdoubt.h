/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the answer that policies give may not be what the network does: a plugin that does not
 * enforce them or does not understand all of them, policies that we see and do not evaluate, and
 * policies of administrators whose order nothing defines.
 *
 * A doubt is about one direction of one point, whoever is at the other end.  It may be that what is
 * closed is open, that what is open is closed, or both. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/netclass.h"
#include "ingest/derive/netprofile.h"

struct netdoubt;

enum net_way { NET_INGRESS, NET_EGRESS, NET_WAYS };

/* States the conditions of all that may cast a doubt, before netclass_done.  `policies` (struct
 * fact_netpol) are those that are evaluated, see netsame.h; all is borrowed. */
struct netdoubt *netdoubt_new(const struct facts *f, const GArray *policies,
                              const struct netprofile *profile, struct netclass *nc);
void netdoubt_free(struct netdoubt *nd);
DEFINE_AUTO(netdoubt)

/* After netclass_done: questions may be asked.
 * Cost: policies x points; pairs of policies of one tier and priority. */
void netdoubt_done(struct netdoubt *nd);

/* Whether a connection that policies of this end close may be open (may_open), or one that they
 * leave open may be closed (may_close).  `point` sends for NET_EGRESS and receives for NET_INGRESS;
 * addresses outside of the cluster have no policies, so no doubts.  `outside`: the other end is
 * such an address, or a pod on the network of a node (netpol_outside), of which there is more to
 * doubt: rules may name domains, or nodes that were not read.  `ev` may be NULL; else it gets the
 * first cause, by the order of the facts; its text lives as long as the facts. */
bool netdoubt_may_open(const struct netdoubt *nd, enum net_way way, uint32_t point, bool outside,
                       struct evidence *ev);
bool netdoubt_may_close(const struct netdoubt *nd, enum net_way way, uint32_t point,
                        struct evidence *ev);

/* Two policies of one tier and priority that select a same pod and contradict each other for it. */
struct netdoubt_pair {
    const struct fact_netpol *a, *b; /* a before b by name */
    enum net_way way;
};

/* Each pair that contradicts itself for some pod, once for each direction; borrowed. */
const struct netdoubt_pair *netdoubt_pairs(const struct netdoubt *nd, size_t *n);
