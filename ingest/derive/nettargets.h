/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What connections may lead to: ports of running pods, grouped by class and number, and addresses
 * outside of the cluster. */
#pragma once

#include "ingest/derive/netpol.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/ports.h"

/* One port of one point: all that policies can tell apart of it. */
struct nettarget {
    uint32_t point;
    enum net_protocol protocol;
    int32_t port;
    GArray *pods;   /* struct netreach_port: on these pods; empty for an address */
    bool node_port; /* a NodePort at the address of a node */
    uint32_t set;   /* NETREACH_NONE: open to nobody, or an address; set by netmatrix.h */
};

struct nettargets;

/* Ports that containers of running pods declare or that Services lead to; addresses of nodes with
 * each NodePort, and what EndpointSlices name that is no pod. */
struct nettargets *nettargets_new(const struct facts *f, const struct netpol *np,
                                  const struct ports *ps);
void nettargets_free(struct nettargets *t);
DEFINE_AUTO(nettargets)

/* Targets in an order that lasts. */
size_t nettargets_count(const struct nettargets *t);
/* The i-th; the caller may set `set`. */
struct nettarget *nettargets_at(const struct nettargets *t, size_t i);

/* The first internal address of a node, else any; NULL if it has none. */
const char *nettargets_address(const struct fact_node *n);
