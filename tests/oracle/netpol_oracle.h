/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A direct reading of the API's text on network policies: one question at a time, no classes, no
 * pieces of ports, no index, its own matching of selectors and addresses. */
#pragma once

#include "ingest/derive/netprofile.h"

struct netpol_oracle {
    const struct facts *f;
    bool blocks_match_pods;
    const struct netprofile *profile; /* NULL: blocks hold for nodes as they do for pods */
};

/* An end of a connection: a pod with its addresses, or (pod NULL) an address outside. */
struct netpol_oracle_end {
    const struct fact_pod *pod;
    struct {
        uint8_t byte[16];
        bool v6;
    } addr[4];
    size_t naddrs;
};

struct netpol_oracle_end netpol_oracle_pod(const struct fact_pod *p);
struct netpol_oracle_end netpol_oracle_address(const uint8_t byte[16], bool v6);

/* Whether the policies let `src` connect to that port of `dst`.
 * Cost: policies x rules x peers; to ask about all pairs is the slow way. */
bool netpol_oracle_open(const struct netpol_oracle *o, const struct netpol_oracle_end *src,
                        const struct netpol_oracle_end *dst, unsigned protocol, int32_t port);

/* One direction of the same: what policies of the source (`in` false) or of the destination say. */
bool netpol_oracle_way(const struct netpol_oracle *o, bool in, const struct netpol_oracle_end *src,
                       const struct netpol_oracle_end *dst, unsigned protocol, int32_t port);

/* Whether a policy of that namespace with that subject is one of the pod. */
bool netpol_oracle_selects(const struct netpol_oracle *o, const struct fact_netpeer *subject,
                           const char *ns, const struct netpol_oracle_end *pod);
