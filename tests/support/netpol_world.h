/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small random clusters with policies of every kind, for comparing the network engine with an
 * oracle: both families, pods on the node's network, names that nobody declares, namespaces that
 * do not exist, rules that cannot be evaluated. */
#pragma once

#include "ingest/derive/netprofile.h"

struct netpol_world {
    struct facts *f; /* fresh; indexed by netpol_world_make */
    struct arena *a; /* of the facts */
    GRand *r;
    bool blocks_match_pods;           /* nothing here depends on it */
    const struct netprofile *profile; /* not NULL: nodes are known, peers compare labels */
    bool foreign;                     /* one or two policies of plugins, too */
};

/* Two to nine pods in up to five namespaces and up to seven policies.  Ports are those of
 * 1, 80, 81, 443, 8080, 65535, and ranges between them. */
void netpol_world_make(struct netpol_world *w);
