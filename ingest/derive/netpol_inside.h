/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled policies, as netpol.c makes them and netpeers.c reads them. */
#pragma once

#include "ingest/derive/netpol.h"

/* A rule that may be asked about many points. */
struct netrule {
    const struct fact_netrule *fact;
    const uint64_t *peers; /* points; NULL: every one */
    uint64_t *own;         /* the same if no other rule has it */
    uint64_t *ports;       /* pieces that numbers say; names depend on the destination */
    enum net_action action;
    bool named;
};

/* A policy in one direction. */
struct netpolicy {
    const struct fact_netpol *fact;
    struct netrule *rules;
    size_t nrules;
};

/* The policies that select a point, in the order in which they decide. */
struct selected {
    GArray *admin, *namespaced, *baseline; /* indexes into policies[way] */
};

struct netpol {
    const struct facts *f;
    GArray *all; /* struct fact_netpol: those of the facts, see netsame.h */
    struct netclass *classes;
    struct netports *ports;
    struct netdoubt *doubts;
    struct netprofile profile;
    GArray *policies[NET_WAYS]; /* struct netpolicy */
    struct selected *by_point[NET_WAYS];
    size_t words;
    uint64_t *nobody;       /* no point */
    uint64_t *nodes;        /* points that may be a node: addresses, pods on a node's own network */
    GHashTable *port_names; /* in use */
    GHashTable *named;      /* name -> GArray of struct named_port */
};

/* What a port name in use means on a class of pods. */
struct named_port {
    uint32_t point;
    unsigned protocol;
    int32_t number;
};

static inline const struct fact_netpol *netpol_fact(const struct netpol *np, size_t i)
{
    return &g_array_index(np->all, struct fact_netpol, i);
}

static inline struct netpolicy *netpol_policy(const struct netpol *np, enum net_way way, size_t i)
{
    return &g_array_index(np->policies[way], struct netpolicy, i);
}
