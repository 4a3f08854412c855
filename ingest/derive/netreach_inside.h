/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What netreach.c puts together, netreach_names.c names, and netlocal.c and netoutside.c ask. */
#pragma once

#include "ingest/derive/netmatrix.h"
#include "ingest/derive/netnames.h"
#include "ingest/derive/netpeers.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/netslots.h"
#include "ingest/derive/nettargets.h"

struct netreach {
    const struct facts *f;
    struct draft *d;
    struct netprofile profile;
    struct netslots slots;
    struct netpol *np;
    struct nettargets *targets;
    struct netmatrix *matrix;
    const struct netname *segment_names, *set_names;
    uint32_t *segment_nodes, *set_nodes; /* NETREACH_NONE: not made yet */
    GArray **slot_segments;              /* by namespace: uint32_t */
    GArray **slot_pods;                  /* of each the const struct fact_pod * of slots, or NULL */
    GHashTable *namespaces;              /* name -> number + 1 */
    uint32_t *set_first, *by_set;        /* targets of each set: by_set[set_first[set]...] */
    GArray *node_points;                 /* of the addresses of nodes, each once: uint32_t */
    GHashTable *pods_of; /* node name -> GArray of struct netreach_port; NULL: not made yet */
};

/* What one end says about a connection, as evidence. */
void netreach_explain(const struct netreach *nr, enum net_way way,
                      const struct netpeers_decision *d, struct evidence *ev);

/* Names segments and sets; after the matrix is made. */
void netreach_names(struct netreach *nr);
