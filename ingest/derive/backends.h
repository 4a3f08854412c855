/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the backends of routes to ports of pods. */
#pragma once

#include "ingest/derive/ports.h"

/* The Service that a backend names; NULL if there is none. */
const struct fact_service *backends_service(const struct facts *f, const struct fact_backend *b);

/* Calls `add` for every port of a running pod that a backend of a route leads to (ports.h): TCP, or
 * UDP for a UDPRoute.  Ingresses and Routes of OpenShift may name the pod's port in place of the
 * Service's; not every controller takes that. */
void backends_targets(const struct facts *f, const struct ports *ps, const struct fact_route *r,
                      const struct fact_backend *b, struct arena *a,
                      void (*add)(void *arg, const struct port_target *t), void *arg);

/* Whether a target of a backend is only meant if the pod's port may be named. */
bool backends_by_target(const struct fact_backend *b, const struct port_target *t);
