/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which connections the network policies let through, as a table of peers: what `ask network`
 * prints and the matrix of the service pages through. */
#pragma once

#include "ingest/derive/netpol.h"

struct nettable_options {
    bool by_pod;    /* peers are pods, "ns/pod"; else their controllers, "ns/name[Kind]" */
    const char *ns; /* only rows with a peer of this namespace; NULL: all */
};

/* One pair between which any port is open.  Text belongs to the table. */
struct nettable_row {
    const char *src, *dst, *ports; /* "shop/web[Deployment]", "0.0.0.0-255.255.255.255"; "TCP:80" */
};

struct nettable;

/* The rows, sorted by the bytes of `src dst ports` with tabs between them: one for each pair of
 * peers, and for each range of IPv4 addresses outside of the cluster.  Pods of one controller are
 * one peer: the connections that all of them have.  Rows of a peer with itself are left out.
 * Cost: peers (of the namespace) x (peers + address ranges) questions to the engine. */
struct nettable *nettable_new(const struct facts *f, const struct netpol *np,
                              const struct nettable_options *o);
void nettable_free(struct nettable *t);
DEFINE_AUTO(nettable)

const struct nettable_row *nettable_rows(const struct nettable *t, size_t *n);

/* How many pairs of peers nettable_new would ask about: to refuse what is too much. */
size_t nettable_cost(const struct facts *f, const struct nettable_options *o);
