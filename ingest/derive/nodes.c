/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Node labels and static pods. */
#include "ingest/derive/nodes.h"

#include <string.h>

bool nodes_virtual(const struct fact_node *n)
{
    static const struct {
        const char *key, *value;
    } marks[] = {
        {"eks.amazonaws.com/compute-type", "fargate"},
        {"type", "virtual-kubelet"},
        {"kubernetes.azure.com/cluster-type", "virtual-kubelet"},
        {"kubernetes.io/role", "virtual-kubelet"},
    };

    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        const char *v = facts_label(&n->meta, marks[i].key);
        if (v && strcmp(v, marks[i].value) == 0)
            return true;
    }
    return false;
}

bool nodes_windows(const struct fact_node *n)
{
    const char *os = n->os;

    if (!*os)
        os = facts_label(&n->meta, "kubernetes.io/os");
    return os && g_ascii_strcasecmp(os, "windows") == 0;
}

bool nodes_control_plane(const struct fact_node *n, struct arena *a, struct evidence *why)
{
    static const char *const labels[] = {
        "node-role.kubernetes.io/control-plane",
        "node-role.kubernetes.io/controlplane", /* RKE */
        "node-role.kubernetes.io/master",
        "node-role.kubernetes.io/etcd",
        "node.kubernetes.io/microk8s-controlplane",
    };

    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        const char *v = facts_label(&n->meta, labels[i]);
        if (!v || strcmp(v, "false") == 0)
            continue;
        *why = (struct evidence){
            .object = arena_printf(a, "Node %s", n->meta.name),
            .uid = n->meta.uid,
            .field = arena_printf(a, "metadata.labels[%s]", labels[i]),
            .reason = "the label marks a control plane node",
        };
        return true;
    }
    return false;
}

bool nodes_control_plane_pod(const struct fact_pod *p, struct arena *a, struct evidence *why)
{
    static const char *const components[] = {"kube-apiserver", "etcd"};

    /* Anyone who creates pods may forge the mirror annotation, but not in kube-system. */
    if (!p->mirror || !*p->node || strcmp(p->meta.ns, "kube-system") != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(components); i++)
        for (size_t k = 0; k < p->ncontainers; k++) {
            if (strcmp(p->containers[k].name, components[i]) != 0)
                continue;
            *why = (struct evidence){
                .object = arena_printf(a, "Pod kube-system/%s", p->meta.name),
                .uid = p->meta.uid,
                .reason = arena_printf(a, "%s runs on the node as a static pod", components[i]),
            };
            return true;
        }
    return false;
}

bool nodes_pod_runs(const struct fact_pod *p)
{
    return strcmp(p->phase, "Succeeded") != 0 && strcmp(p->phase, "Failed") != 0;
}
