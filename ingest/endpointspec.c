/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Endpoints and EndpointSlices share. */
#include "ingest/endpointspec.h"

#include <string.h>

#include "ingest/field.h"

bool endpointspec_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_port *out = element;

    out->host_ip = "";
    if (!field_str(in, "name", arg, &out->name, e) ||
        !field_str(in, "protocol", arg, &out->protocol, e) ||
        !field_port(in, "port", 0, &out->number, e))
        return false;
    if (!out->protocol[0])
        out->protocol = "TCP";
    return true;
}

bool endpointspec_target(const struct jx *in, struct facts *f, const char *ns,
                         struct fact_endpoint *out, struct err *e)
{
    struct jx ref;
    const char *kind;

    out->pod_ns = out->pod_name = "";
    if (!jx_opt_obj(in, "targetRef", &ref, e) || !jx_opt_str(&ref, "kind", "", &kind, e))
        return false;
    if (strcmp(kind, "Pod"))
        return true;
    if (!field_str(&ref, "namespace", f, &out->pod_ns, e) ||
        !field_name(&ref, "name", f, &out->pod_name, e))
        return false;
    if (!out->pod_ns[0])
        out->pod_ns = ns;
    return true;
}
