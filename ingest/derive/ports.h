/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports of pods: which node of the graph stands for one, and where the ports of a Service lead. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

/* The ENDPOINT node of a port of a pod; `protocol` as Kubernetes writes it ("TCP"). */
uint32_t ports_endpoint(struct draft *d, const struct fact_pod *p, const char *protocol,
                        int32_t number);

/* Makes the ENDPOINT nodes of all ports that the containers of a pod declare. */
void ports_make(struct draft *d, const struct fact_pod *p);

/* Whether `sub`, the last part of an ENDPOINT's key ("tcp:8080"), is that port. */
bool ports_is(const char *sub, const char *protocol, int32_t number);

/* Whether a container may listen for as long as the pod runs: no init or ephemeral one. */
bool ports_listens(const struct fact_container *k);

/* Whether a container that listens declares the port. */
bool ports_declared(const struct fact_pod *p, const char *protocol, int32_t number);

/* Services joined with the pods behind them. */
struct ports;

/* Indexes EndpointSlices by Service and pods by namespace; borrows `f`. */
struct ports *ports_new(const struct facts *f);
void ports_free(struct ports *ps);
DEFINE_AUTO(ports)

/* One port of one pod that a Service leads to. */
struct port_target {
    const struct fact_service *service;
    const struct fact_service_port *from; /* the port of the Service */
    const struct fact_pod *pod;
    const char *protocol; /* "TCP" */
    int32_t port, number; /* of the Service, of the pod */
    const char *object;   /* where it is said: "EndpointSlice shop/web-x7" or "Service shop/web" */
    const char *uid;
};

/* Calls `add` for every port of every running pod behind a Service: from its EndpointSlices if
 * there are any (they are what kube-proxy follows), else from its selector.  Text of the targets
 * lives in `a`. */
void ports_of_service(const struct ports *ps, const struct fact_service *s, struct arena *a,
                      void (*add)(void *arg, const struct port_target *t), void *arg);
