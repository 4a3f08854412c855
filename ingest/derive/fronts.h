/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods that carry the traffic of ingress controllers and Gateways, and who outside reaches them:
 * by Services that are published, by ports of their nodes. */
#pragma once

#include "ingest/derive/exposure.h"
#include "ingest/derive/ingressctl.h"
#include "ingest/derive/netoutside.h"

struct fronts;

/* Nothing is known yet; borrows both.
 * Cost: Services x their targets, pods. */
struct fronts *fronts_new(struct rule_ctx *c, const struct ports *ps);
void fronts_free(struct fronts *fs);
DEFINE_AUTO(fronts)

/* One workload of a controller. */
struct front {
    const struct fact_pod *pod;      /* one of its running pods */
    GArray *segments;                /* uint32_t: that its pods send from, each once */
    struct published_answer open[2]; /* by enum netreach_who: the best way to any of its pods */
    GPtrArray *services;             /* const struct fact_service *: published, lead to its pods */
};

/* One for each workload of a controller; borrowed, never NULL.  Cost: pods, once a controller. */
const GPtrArray *fronts_of_controller(struct fronts *fs, const struct ingressctl *ctl);

/* That of the pods made for a Gateway; the same form. */
const GPtrArray *fronts_of_gateway(struct fronts *fs, const struct fact_gateway *g);

/* Whether a load balancer of the front has one of these addresses. */
bool fronts_at(const struct front *fr, const struct texts *addresses);
