/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known controllers of Ingresses and Gateways: what carries their traffic, and how to tell its
 * pods.  A controller is one row, or several where its pods look different. */
#pragma once

#include "ingest/derive/facts.h"

enum ingressctl_place {
    INGRESSCTL_PODS,    /* pods of its own, for all routes */
    INGRESSCTL_GATEWAY, /* pods that it makes for each Gateway */
    INGRESSCTL_AGENT,   /* the network plugin on each node, behind Services without pods */
    INGRESSCTL_CLOUD    /* load balancers outside of the cluster */
};

struct ingressctl {
    const char *controller; /* of an IngressClass or GatewayClass: "k8s.io/ingress-nginx" */
    const char *name;       /* for people: "ingress-nginx" */
    const char *old_class;  /* value of the annotation that it takes without a class; "" none */
    enum ingressctl_place place;
    const char *labels; /* "key=value,key=value" of its pods; of INGRESSCTL_GATEWAY the key that
                           holds the Gateway's name, and the one of its namespace; "" none */
    const char *image;  /* how their image ends (image.h); "" none */
    bool internal;      /* INGRESSCTL_CLOUD: addresses are private unless asked otherwise */
};

/* The first row of a controller; NULL if it is not known. */
const struct ingressctl *ingressctl_find(const char *controller);

/* The first row that takes a value of the annotation kubernetes.io/ingress.class, or of a class
 * that was not read; NULL if none does. */
const struct ingressctl *ingressctl_of_class(const char *old_class);

/* Whether a pod belongs to a controller, by any of its rows. */
bool ingressctl_is_pod(const struct ingressctl *ctl, const struct fact_pod *p);

/* The Gateway that a pod was made for, by any controller: "ns/name" in `a`; NULL if none. */
const char *ingressctl_gateway_of(const struct fact_pod *p, struct arena *a);
