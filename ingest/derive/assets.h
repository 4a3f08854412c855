/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The asset stage: a node for every object, and the hubs, before any rule runs. */
#pragma once

#include "ingest/derive/datastores.h"
#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

/* The hubs of one namespace; UINT32_MAX in `slot` etc. never occurs: all are made. */
struct asset_ns {
    const char *name;
    uint32_t slot, pods, secrets, configmaps; /* POD_SLOT, PODS, SECRETS, CONFIGMAPS */
    uint32_t sas, mints, admin;               /* SERVICEACCOUNTS, SA_MINTS, NS_ADMIN */
};

struct assets {
    uint32_t cluster, internet, cluster_admin;
    uint32_t nodes, pods, secrets, configmaps, sas, mints, slots; /* the cluster-wide hubs */
    const struct asset_ns *namespaces; /* in the order of facts.namespaces */
    size_t nnamespaces;
    const uint32_t *permission_set; /* node of each binding, in the order of facts.bindings;
                                       UINT32_MAX where the binding grants nothing */
    size_t npermission_sets;
    struct datastores *stores; /* each with its node */
    GHashTable *by_ns;         /* name -> struct asset_ns * */
    GHashTable *control_plane; /* node name -> const struct evidence *: why it is one */
};

/* Makes the nodes of all facts (setting their `ix`), the hubs, HUB_MEMBER edges (namespace hub ->
 * its members, cluster hub -> namespace hubs), and marks the built-in crown jewels.
 * Returns: in the arena of `f`; free the index with assets_free. */
struct assets *assets_new(struct facts *f, struct draft *d);
void assets_free(struct assets *as);
DEFINE_AUTO(assets)

/* Makes the nodes of bindings that were added to the facts since. */
void assets_permission_sets(struct facts *f, struct draft *d, struct assets *as);

/* Hubs of a namespace; NULL if no such namespace is known. */
const struct asset_ns *assets_ns(const struct assets *as, const char *ns);

/* Why a node is part of the control plane; NULL if it is not. */
const struct evidence *assets_control_plane(const struct assets *as, const char *node);

/* The node that a running pod is on.  For a predicted pod it is a stand-in for "some node";
 * UINT32_MAX where there is no node to take: not scheduled, ended, Fargate and the like. */
uint32_t assets_node(const struct facts *f, const struct draft *d, const struct fact_pod *p);

/* The node of a subject: a service account that exists, else (USER, GROUP, absent SERVICEACCOUNT)
 * a node made for it.  A user called system:serviceaccount:NS:NAME is that service account. */
uint32_t assets_subject(const struct facts *f, struct draft *d, const struct fact_subject *s);
