/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EndpointSlices: the addresses behind a Service. */
#include "ingest/endpointspec.h"
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "addressType",
    "endpoints[].addresses.*",
    "endpoints[].conditions.*",
    "endpoints[].nodeName",
    "endpoints[].targetRef.kind",
    "endpoints[].targetRef.namespace",
    "endpoints[].targetRef.name",
    "endpoints[].targetRef.uid",
    "ports[].*",
    NULL,
};

struct slice {
    struct facts *f;
    const char *ns;
};

static bool read_endpoint(void *arg, const struct jx *in, void *element, struct err *e)
{
    const struct slice *s = arg;
    struct fact_endpoint *out = element;
    struct jx conditions;

    /* Unset means ready: consumers are told to take it so. */
    return field_texts(in, "addresses", s->f, &out->addresses, e) &&
           jx_opt_obj(in, "conditions", &conditions, e) &&
           jx_opt_bool(&conditions, "ready", true, &out->ready, e) &&
           endpointspec_target(in, s->f, s->ns, out, e);
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_endpoints s = {.subset = -1};
    void *endpoints, *ports;

    if (!kind_meta(item, true, f, &s.meta, e))
        return false;
    struct slice arg = {f, s.meta.ns};
    if (!field_objects(item, "endpoints", ENDPOINTSPEC_MOST, f, sizeof(*s.endpoints), read_endpoint,
                       &arg, &endpoints, &s.nendpoints, e) ||
        !field_objects(item, "ports", ENDPOINTSPEC_MOST, f, sizeof(*s.ports), endpointspec_port, f,
                       &ports, &s.nports, e))
        return false;
    s.endpoints = endpoints;
    s.ports = ports;
    s.service = facts_label(&s.meta, "kubernetes.io/service-name");
    if (!s.service)
        s.service = "";
    FACTS_ADD(f, endpoints, s);
    return true;
}

const struct kind kind_endpointslice = {
    .resource = "endpointslices",
    .group = "discovery.k8s.io",
    .kind = "EndpointSlice",
    .namespaced = true,
    .source = FACTS_ENDPOINTS,
    .keep = keep,
    .parse = parse,
};
