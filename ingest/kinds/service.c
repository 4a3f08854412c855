/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Services: what they select, and where they can be reached from. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.type",
    "spec.clusterIP",
    "spec.clusterIPs.*",
    "spec.externalName",
    "spec.externalIPs.*",
    "spec.externalTrafficPolicy",
    "spec.internalTrafficPolicy",
    "spec.allocateLoadBalancerNodePorts",
    "spec.loadBalancerClass",
    "spec.loadBalancerIP",
    "spec.loadBalancerSourceRanges.*",
    "spec.publishNotReadyAddresses",
    "spec.selector.*",
    "spec.ports[].name",
    "spec.ports[].protocol",
    "spec.ports[].port",
    "spec.ports[].targetPort",
    "spec.ports[].nodePort",
    "status.loadBalancer.ingress[].ip",
    "status.loadBalancer.ingress[].hostname",
    "metadata.annotations.\"service.beta.kubernetes.io/aws-load-balancer-internal\"",
    "metadata.annotations.\"service.beta.kubernetes.io/aws-load-balancer-scheme\"",
    "metadata.annotations.\"service.beta.kubernetes.io/aws-load-balancer-type\"",
    "metadata.annotations.\"service.beta.kubernetes.io/load-balancer-source-ranges\"",
    "metadata.annotations.\"service.beta.kubernetes.io/azure-load-balancer-internal\"",
    "metadata.annotations.\"service.beta.kubernetes.io/azure-allowed-ip-ranges\"",
    "metadata.annotations.\"service.beta.kubernetes.io/azure-allowed-service-tags\"",
    "metadata.annotations.\"networking.gke.io/load-balancer-type\"",
    "metadata.annotations.\"cloud.google.com/load-balancer-type\"",
    "metadata.annotations.\"service.beta.kubernetes.io/openstack-internal-load-balancer\"",
    "metadata.annotations.\"service.beta.kubernetes.io/oci-load-balancer-internal\"",
    "metadata.annotations.\"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type\"",
    "metadata.annotations.\"service.kubernetes.io/qcloud-loadbalancer-internal-subnetid\"",
    "metadata.annotations.\"service.beta.kubernetes.io/do-loadbalancer-network\"",
    "metadata.annotations.\"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type\"",
    NULL,
};

enum { MAX_PORTS = 10000 }; /* files may claim more than the API server stores */

/* A target port: a number, a number as text, or the name of a container port. */
static bool read_target(const struct jx *in, struct facts *f, struct fact_service_port *out,
                        struct err *e)
{
    const char *text;
    guint64 n;

    if (!json_is_string(json_object_get(in->v, "targetPort")))
        return field_port(in, "targetPort", out->port, &out->target, e);
    if (!jx_str(in, "targetPort", &text, e))
        return false;
    if (g_ascii_string_to_unsigned(text, 10, 0, 65535, &n, NULL))
        out->target = (int32_t)n;
    else if (text[0])
        out->target_name = arena_strdup(f->arena, text);
    else
        out->target = out->port;
    return true;
}

static bool read_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_service_port *out = element;

    out->target_name = "";
    if (!field_str(in, "name", arg, &out->name, e) ||
        !field_str(in, "protocol", arg, &out->protocol, e) ||
        !field_port(in, "port", 0, &out->port, e) ||
        !field_port(in, "nodePort", 0, &out->node_port, e) || !read_target(in, arg, out, e))
        return false;
    if (!out->protocol[0])
        out->protocol = "TCP";
    return true;
}

static bool read_ingress(const struct jx *item, struct facts *f, struct texts *out, struct err *e)
{
    struct jx status, lb;

    return jx_opt_obj(item, "status", &status, e) && jx_opt_obj(&status, "loadBalancer", &lb, e) &&
           field_members(&lb, "ingress", "ip", f, out, e) &&
           field_members(&lb, "ingress", "hostname", f, out, e);
}

/* Whether a field says "Local"; the other value, and the default, is "Cluster". */
static bool read_local(const struct jx *spec, const char *key, bool *out, struct err *e)
{
    const char *text;

    if (!jx_opt_str(spec, key, "", &text, e))
        return false;
    *out = strcmp(text, "Local") == 0;
    return true;
}

/* How traffic from outside is taken. */
static bool read_traffic(const struct jx *spec, struct facts *f, struct fact_service *s,
                         struct err *e)
{
    return read_local(spec, "externalTrafficPolicy", &s->external_local, e) &&
           read_local(spec, "internalTrafficPolicy", &s->internal_local, e) &&
           jx_opt_bool(spec, "publishNotReadyAddresses", false, &s->publishes_not_ready, e) &&
           field_tri(spec, "allocateLoadBalancerNodePorts", &s->lb_node_ports, e) &&
           field_str(spec, "loadBalancerClass", f, &s->lb_class, e) &&
           field_str(spec, "loadBalancerIP", f, &s->lb_ip, e) &&
           field_texts(spec, "loadBalancerSourceRanges", f, &s->lb_source_ranges, e) &&
           field_texts(spec, "externalIPs", f, &s->external_ips, e);
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_service s = {0};
    struct jx spec;
    void *ports;

    if (!kind_meta(item, true, f, &s.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_str(&spec, "type", f, &s.type, e) ||
        !field_str(&spec, "clusterIP", f, &s.cluster_ip, e) ||
        !field_str(&spec, "externalName", f, &s.external_name, e) ||
        !field_texts(&spec, "clusterIPs", f, &s.cluster_ips, e) ||
        !field_labels(&spec, "selector", f, &s.selector, &s.nselector, e) ||
        !read_traffic(&spec, f, &s, e) ||
        !field_objects(&spec, "ports", MAX_PORTS, f, sizeof(*s.ports), read_port, f, &ports,
                       &s.nports, e) ||
        !read_ingress(item, f, &s.lb_ingress, e))
        return false;
    s.ports = ports;
    if (!s.cluster_ips.n && s.cluster_ip[0])
        field_push(f->arena, &s.cluster_ips, s.cluster_ip);
    if (!s.type[0])
        s.type = "ClusterIP";
    FACTS_ADD(f, services, s);
    return true;
}

const struct kind kind_service = {
    .resource = "services",
    .group = "",
    .kind = "Service",
    .namespaced = true,
    .source = FACTS_SERVICES,
    .keep = keep,
    .parse = parse,
};
