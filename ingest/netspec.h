/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kinds of network policies have in common: peers, address blocks, ports, rules.
 *
 * What the API server would refuse is an INPUT error, and the policy goes to the ledger: such a
 * policy is in no cluster, and a part of it may mean more than was meant.  A peer that cannot be
 * evaluated (domainNames, what the API server would refuse) is kept with the reason in
 * `unread`; netpol.h says what it matches. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

/* How the rules of a kind are written. */
enum netspec_form {
    NETSPEC_NETWORKPOLICY, /* from/to with ipBlock, ports with port and endPort */
    NETSPEC_ADMIN,         /* AdminNetworkPolicy: ports with portNumber, portRange, namedPort */
    NETSPEC_CLUSTER        /* ClusterNetworkPolicy: protocols */
};

/* The rules below spec.ingress or spec.egress of a policy of that tier; absent: none. */
bool netspec_rules(const struct jx *spec, const char *key, enum netspec_form form,
                   enum net_tier tier, struct facts *f, const struct fact_netrule **out, size_t *n,
                   struct err *e) MUST_CHECK;

/* Adds a policy of administrators to the facts; NETSPEC_CLUSTER names its tier itself. */
bool netspec_parse(const struct jx *item, const char *kind, enum net_tier tier,
                   enum netspec_form form, struct facts *f, struct err *e) MUST_CHECK;

/* "10.0.0.0/8", "2001:db8::/32": host bits are cleared.  False if it is none. */
bool netspec_cidr(const char *text, struct fact_cidr *out) MUST_CHECK;

/* Fields that all of them keep. */
#define NETSPEC_KEEP "spec.*"
