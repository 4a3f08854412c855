/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Gateway API lets a route do: hang on a Gateway, send to Services of other namespaces.
 * Source: gateway-api.sigs.k8s.io/concepts/security-model, reference/spec */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

struct attach;

/* Indexes gateways, classes and grants; borrows `f`. */
struct attach *attach_new(const struct facts *f);
void attach_free(struct attach *at);
DEFINE_AUTO(attach)

/* The class of that kind ("IngressClass", "GatewayClass"), the IngressClass for those that name
 * none, a Gateway; NULL if there is none. */
const struct fact_ingressclass *attach_class(const struct attach *at, const char *kind,
                                             const char *name);
const struct fact_ingressclass *attach_default_class(const struct attach *at);
const struct fact_gateway *attach_gateway(const struct attach *at, const char *ns,
                                          const char *name);

/* Whether a listener of the Gateway takes the route for that parentRef: its name, port, kind of
 * routes, host names and namespaces must allow it.  If none does, *why names what the one that came
 * farthest lacks.  Cost: listeners x host names. */
bool attach_takes(const struct attach *at, const struct fact_gateway *g, const struct fact_route *r,
                  const struct fact_parent *p, struct arena *a, struct evidence *why);

/* Whether the route may send to the Service of a backend: one of its own namespace, or one that a
 * ReferenceGrant allows.  Cost: grants of that namespace. */
bool attach_granted(const struct attach *at, const struct fact_route *r,
                    const struct fact_backend *b);
