/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes: addresses, versions and labels. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.providerID",
    "spec.unschedulable",
    "spec.taints[].key",
    "spec.taints[].value",
    "spec.taints[].effect",
    "status.nodeInfo.operatingSystem",
    "status.nodeInfo.architecture",
    "status.nodeInfo.osImage",
    "status.nodeInfo.kernelVersion",
    "status.nodeInfo.containerRuntimeVersion",
    "status.nodeInfo.kubeletVersion",
    "status.addresses[].*",
    NULL,
};

/* "InternalIP=10.0.0.1" */
static bool read_addresses(const struct jx *status, struct facts *f, struct texts *out,
                           struct err *e)
{
    struct jx list, item;
    const char *type, *address;

    if (!jx_opt_arr(status, "addresses", &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++) {
        if (!jx_at_obj(&list, i, &item, e) || !jx_str(&item, "type", &type, e) ||
            !jx_str(&item, "address", &address, e))
            return false;
        field_push(f->arena, out, arena_printf(f->arena, "%s=%s", type, address));
    }
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_node n = {0};
    struct jx spec, status, info;

    if (!kind_meta(item, false, f, &n.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(item, "status", &status, e) || !jx_opt_obj(&status, "nodeInfo", &info, e) ||
        !field_str(&spec, "providerID", f, &n.provider_id, e) ||
        !field_str(&info, "operatingSystem", f, &n.os, e) ||
        !field_str(&info, "architecture", f, &n.arch, e) ||
        !field_str(&info, "osImage", f, &n.os_image, e) ||
        !field_str(&info, "kernelVersion", f, &n.kernel, e) ||
        !field_str(&info, "containerRuntimeVersion", f, &n.runtime, e) ||
        !field_str(&info, "kubeletVersion", f, &n.kubelet, e) ||
        !read_addresses(&status, f, &n.addresses, e))
        return false;
    const char *os = facts_label(&n.meta, "kubernetes.io/os");
    if (!n.os[0] && os)
        n.os = os;
    FACTS_ADD(f, nodes, n);
    return true;
}

const struct kind kind_node = {
    .resource = "nodes",
    .group = "",
    .kind = "Node",
    .source = FACTS_NODES,
    .keep = keep,
    .parse = parse,
};
