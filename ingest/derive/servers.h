/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who serves a route, and who outside reaches that: the Ingress by its class, the routes of the
 * Gateway API by their Gateways, the Route of OpenShift by its routers.
 * Source: kubernetes.io/docs/concepts/services-networking/ingress, gateway-api.sigs.k8s.io */
#pragma once

#include "ingest/derive/attach.h"
#include "ingest/derive/fronts.h"
#include "ingest/derive/netoutside.h"

struct servers;

/* Borrows both.  Cost: that of fronts_new and attach_new. */
struct servers *servers_new(struct rule_ctx *c, const struct ports *ps);
void servers_free(struct servers *ss);
DEFINE_AUTO(servers)

/* What the Gateway API says; borrowed. */
const struct attach *servers_attach(const struct servers *ss);

/* One way of a route's traffic. */
struct server {
    const struct ingressctl *ctl;    /* NULL: not known, or there is none */
    const struct front *front;       /* pods that carry the traffic; NULL: none, or not known */
    struct published_answer open[2]; /* by enum netreach_who; NO: ev says what is missing */
};

/* All of them, never none; in *out, an array of struct server, which is emptied before. */
void servers_of(struct servers *ss, const struct fact_route *r, GArray *out);
