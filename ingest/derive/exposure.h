/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From outside to ports of pods: what published.h says of an address, then what policies of the pod
 * make of the connection that arrives.
 *
 * Where the client's address is kept (externalTrafficPolicy Local, or a plugin that always keeps
 * it) policies judge that; else the connection comes from the node that took it, and what a node
 * sends to its own pods no policy stops.
 * Source: network-policies and virtual-ips in the Kubernetes manual. */
#pragma once

#include "ingest/derive/netoutside.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/published.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

enum { EXPOSURE_UNUSUAL = WHY_RELATED - 1 }; /* `unused` of ways that few Services take */

/* One way in through Services, which one edge kind stands for. */
struct exposure_way {
    enum edge_kind kind;
    void (*published)(const struct published_nodes *pn, const struct fact_service *s,
                      enum netreach_who who, struct arena *a, struct published_answer *out);
    bool node_ports; /* only by ports of the Service that are ports of the nodes, too */
    unsigned unused; /* how near a Service is that is not published in this way at all */
};

/* Draws the edges of one way from the internet and the LAN: yes, or unknown with what decides.
 * Cost: Services x their targets, each that of netoutside_ask. */
void exposure_draw(struct rule_ctx *c, const struct exposure_way *way);

/* Why the way does not lead to the port of the question; the nearest Service speaks.
 * Returns: false if it does, or cannot be said. */
bool exposure_missing(struct rule_ctx *c, const struct exposure_way *way,
                      const struct rule_question *q, struct rule_why *out);

/* The end that stands for who connects. */
uint32_t exposure_source(struct rule_ctx *c, enum netreach_who who);

/* Whose address the pod sees of a connection from outside. */
enum exposure_source {
    EXPOSURE_CLIENT,   /* the client's own */
    EXPOSURE_NODE,     /* that of the node that takes it */
    EXPOSURE_NOT_KNOWN /* one of the two: that of the pod's own node, or the client's */
};

/* Whether policies let a connection from outside through to a running pod.
 * Returns: `way` if they do for sure; else MAYBE or NO with their evidence. */
struct published_answer exposure_judge(struct rule_ctx *c, const struct published_answer *way,
                                       enum exposure_source seen, enum netreach_who who,
                                       const struct fact_pod *to, const char *protocol,
                                       int32_t number);

/* Draws one edge to the port of a pod unless the answer is NO.  `way` says how it is published,
 * `judged` what became of it, `leads` how it goes on (object NULL: nothing to add). */
void exposure_edge(struct rule_ctx *c, enum edge_kind kind, enum netreach_who who, uint32_t to,
                   const struct published_answer *way, const struct published_answer *judged,
                   const struct evidence *leads);
