/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Endpoints and EndpointSlices share: ports, and the pod behind an address. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

enum { ENDPOINTSPEC_MOST = 100000 }; /* addresses or ports; the API server has 1,000 of each */

/* Reads one port into a struct fact_port; `arg` is the facts.  Errors: INPUT with the JSON path. */
bool endpointspec_port(void *arg, const struct jx *in, void *element, struct err *e) MUST_CHECK;

/* Reads the targetRef of an address in namespace `ns`, "" unless it is a pod.
 * Errors: INPUT with the JSON path. */
bool endpointspec_target(const struct jx *in, struct facts *f, const char *ns,
                         struct fact_endpoint *out, struct err *e) MUST_CHECK;
