/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the network plugin of a cluster treats policies: what the API leaves open, and what plugins
 * do differently.  A setting wins over what the objects show; where nothing tells, the side that
 * reports more reach.
 * Source: netplugins.def; docs/network.md. */
#pragma once

#include "base/jw.h"
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

/* The profile of indexed facts, with f->network on top; text lives as long as they.
 * Cost: workloads and pods x plugins. */
void netprofile_of(const struct facts *f, struct netprofile *out);

/* Whether text may be a setting (f->network): KEY=VALUE,... of plugin, enforced, ipblock-pods,
 * ipblock-nodes, host-network, keeps-source, end-port, sctp, admin-policies; all but the first are
 * yes or no.  "" says nothing.
 * Errors: USAGE names the key or value that is none, and what there is. */
bool netprofile_check(const char *setting, struct err *e) MUST_CHECK;

/* {"plugin", "said_by", "enforced", "ipblock_pods", "ipblock_nodes", "host_network",
 * "keeps_source", "end_port", "sctp", "admin_policies"} */
void netprofile_write(const struct netprofile *p, struct jw *w);
