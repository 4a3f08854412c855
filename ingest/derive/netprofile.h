/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the network plugin of a cluster treats policies: what the API leaves open, and what plugins
 * do differently.  Where nothing tells, the side that reports more reach. */
#pragma once

#include "ingest/derive/facts.h"

struct netprofile {
    const char *plugin;        /* "cilium"; "" if not known */
    const char *said_by;       /* "DaemonSet kube-system/cilium", "setting"; "" if nothing says */
    bool enforced;             /* policies are enforced at all */
    bool blocks_match_pods;    /* address blocks hold for pods by their addresses */
    bool blocks_match_nodes;   /* and for nodes */
    bool selects_host_network; /* policies select pods on the node's network */
    bool keeps_source;         /* NodePorts and load balancers keep the client's address */
    bool end_port, sctp;       /* are understood */
    bool admin_tiers;          /* AdminNetworkPolicy and its kin are enforced */
};

/* The profile of indexed facts; text lives as long as they. */
void netprofile_of(const struct facts *f, struct netprofile *out);
