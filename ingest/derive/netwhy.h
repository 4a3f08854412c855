/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a connection is open or closed: the policies and rules that decide, in their order, and what
 * would have to change. */
#pragma once

#include "ingest/derive/netpol.h"

/* A rule that takes the other end. */
struct netwhy_rule {
    const struct fact_netrule *fact;
    const char *field; /* "spec.ingress[0]" */
    const char *ports; /* "TCP:80": those it decides; "" none */
};

/* A policy that selects the pod. */
struct netwhy_policy {
    const struct fact_netpol *fact;
    const char *object; /* "NetworkPolicy shop/web" */
    const struct netwhy_rule *rules;
    size_t nrules;
};

/* One direction. */
struct netwhy_way {
    bool outside;      /* that end is no pod, or one on its node's network: it has no policies */
    bool isolated;     /* a NetworkPolicy selects the pod: what no rule opens is closed */
    const char *ports; /* that this direction lets through */
    bool open;         /* to the ports that were asked about (any, if none were) */
    const struct netwhy_policy *policies;
    size_t npolicies;
};

struct netwhy {
    const char *ports; /* that both directions let through */
    bool open;
    struct netwhy_way ways[2]; /* by enum net_way */
};

/* A port that is asked about. */
struct netwhy_port {
    enum net_protocol protocol;
    int32_t number;
};

/* What decides between two points, of which a pod's is `src_pod` (`dst_pod`) and that of addresses
 * has NULL.  `asked` are ports of which all must be open, none for "any port".  Text lives in `a`.
 */
struct netwhy_question {
    uint32_t src, dst;
    const struct fact_pod *src_pod, *dst_pod;
    const struct netwhy_port *asked;
    size_t nasked;
};
void netwhy_ask(const struct netpol *np, const struct netwhy_question *q, struct arena *a,
                struct netwhy *out);

/* One thing to do that would turn the answer, alone or (`all`) with the others of its direction. */
struct netwhy_change {
    enum net_way way;
    const char *action;               /* "add-rule", "add-policy", "remove-rule" */
    const struct fact_netpol *policy; /* NULL: of add-policy */
    const char *object, *field;       /* "NetworkPolicy shop/web", "spec.ingress"; "" none */
    const char *words;                /* a sentence */
};

/* What would open a closed connection (every direction that is closed must change, by one of its
 * changes), or close an open one (one direction is enough, by all of its changes).
 * Returns: how many, in *out. */
size_t netwhy_changes(const struct netwhy *why, const struct netwhy_question *q, struct arena *a,
                      const struct netwhy_change **out);

/* "ingress", "egress"; "admin", "namespaced", "baseline"; "allow", "deny", "pass". */
const char *netwhy_way_name(enum net_way way);
const char *netwhy_tier_name(enum net_tier tier);
const char *netwhy_action_name(enum net_action action);

/* "NetworkPolicy shop/web", "AdminNetworkPolicy guard". */
const char *netwhy_object(struct arena *a, const struct fact_netpol *p);
