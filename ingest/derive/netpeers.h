/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of connections on one port: who is at the other, and what decides. */
#pragma once

#include "ingest/derive/netpol.h"

/* Whether some policy selects a point in that direction. */
bool netpeers_selected(const struct netpol *np, enum net_way way, uint32_t at);

/* Sets `points` (as many bits as there are points) to those at the other end that policies of `at`
 * let through on a port: sources of its connections, or destinations.
 * Cost: the rules that select it, times points / 64. */
void netpeers_of(const struct netpol *np, enum net_way way, uint32_t at, enum net_protocol protocol,
                 int32_t port, uint64_t *points);

/* What decides about a connection at one end. */
struct netpeers_decision {
    const struct fact_netpol
        *policy;                     /* NULL: no policy selects this end, or none of them decides */
    const struct fact_netrule *rule; /* NULL: none of the policy's rules holds, so it is closed */
    size_t rule_ix;
    enum net_action action; /* of the rule; one that cannot be evaluated may deny where it passes */
    bool open;
};

/* Decides about one port between two points.  Cost: the rules that select that end. */
void netpeers_decide(const struct netpol *np, enum net_way way, uint32_t src, uint32_t dst,
                     enum net_protocol protocol, int32_t port, struct netpeers_decision *out);
