/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes: Ingresses, those of the Gateway API, and what both say in the same words.
 * Source: gateway-api.sigs.k8s.io/reference/spec */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

/* Paths that an HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute is read from. */
#define ROUTESPEC_KEEP                                                                             \
    "spec.parentRefs[].group", "spec.parentRefs[].kind", "spec.parentRefs[].namespace",            \
        "spec.parentRefs[].name", "spec.parentRefs[].sectionName", "spec.parentRefs[].port",       \
        "spec.hostnames.*", "spec.rules[].matches[].path.value",                                   \
        "spec.rules[].backendRefs[].group", "spec.rules[].backendRefs[].kind",                     \
        "spec.rules[].backendRefs[].namespace", "spec.rules[].backendRefs[].name",                 \
        "spec.rules[].backendRefs[].port", "spec.rules[].backendRefs[].weight"

enum {
    ROUTESPEC_MAX = 20000
}; /* elements of one list; files may claim more than a server stores */

/* Adds a route of the Gateway API.  Backends that are no Services, or of weight 0, are left out. */
bool routespec_parse(const struct jx *item, const char *kind, struct facts *f, struct err *e)
    MUST_CHECK;

/* A port that may be a number, a number as text, or a name; absent: 0 and "". */
bool routespec_port(const struct jx *in, const char *key, struct facts *f, int32_t *number,
                    const char **name, struct err *e) MUST_CHECK;

/* Appends to the backends of a route while it is read: `list` is an array of struct fact_backend.
 */
void routespec_settle(struct facts *f, GArray *list, struct fact_route *r);

/* Adds an IngressClass or GatewayClass; `controller` is the name of that field of its spec. */
bool routespec_class(const struct jx *item, const char *kind, const char *controller,
                     struct facts *f, struct err *e) MUST_CHECK;
