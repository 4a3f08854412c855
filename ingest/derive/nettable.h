/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which connections the network policies let through, as a table of peers: what `ask network`
 * prints and the matrix of the service pages through. */
#pragma once

#include "ingest/derive/netpol.h"

struct nettable_options {
    bool by_pod;    /* peers are pods, "ns/pod"; else their controllers, "ns/name[Kind]" */
    const char *ns; /* only rows with a peer of this namespace; NULL: all */
};

/* One pair between which any port is open: "shop/web[Deployment]", "10.0.0.0-10.0.0.255",
 * "TCP:80".  Text lives until the call returns. */
typedef void nettable_row(void *arg, const char *src, const char *dst, const char *ports);

/* Calls `each` for one row after another, sorted by the bytes of `src dst ports` with tabs between
 * them: one for each pair of peers, and for each range of IPv4 addresses outside of the cluster.
 * Pods of one controller are one peer: the connections that all of them have.  Rows of a peer with
 * itself are left out.
 * Cost: sets of classes x those and x address ranges for the answers, peers x peers for the rows.
 */
void nettable_each(const struct facts *f, const struct netpol *np, const struct nettable_options *o,
                   nettable_row *each, void *arg);

/* How many pairs of peers there are: to refuse what is too much. */
size_t nettable_cost(const struct facts *f, const struct nettable_options *o);

/* The name of a pod's peer: by its controller, a static pod by itself.  Returns: g_free it. */
char *nettable_peer(const struct fact_pod *p, bool by_pod);
