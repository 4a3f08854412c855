/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Node labels and static pods. */
#include "ingest/derive/nodes.h"

#include <string.h>

#include "ingest/derive/gates.h"

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

/* Which hierarchy an OS starts with, by its name; the first row that fits.  Images made for nodes
 * changed over with the kubelet, the others with their own version. */
static const struct {
    const char *os;
    int version; /* of cgroup */
    bool image;  /* 2 only with kubelets from GATE_CGROUP_V2_IMAGES on */
} cgroups[] = {
    {"Amazon Linux 2023", 2, false},
    {"Amazon Linux 2", 1, false},
    {"Bottlerocket", 2, true},
    {"CBL-Mariner", 2, true},
    {"Microsoft Azure Linux", 2, true},
    {"CentOS Linux 7", 1, false},
    {"CentOS Linux 8", 1, false},
    {"CentOS Stream 9", 2, false},
    {"CentOS Stream 10", 2, false},
    {"Container-Optimized OS", 2, true},
    {"Debian GNU/Linux 10", 1, false},
    {"Debian GNU/Linux 11", 2, false},
    {"Debian GNU/Linux 12", 2, false},
    {"Debian GNU/Linux 13", 2, false},
    {"Fedora", 2, false},
    {"Talos", 2, true},
    {"Red Hat Enterprise Linux 8", 1, false},
    {"Red Hat Enterprise Linux 9", 2, false},
    {"Red Hat Enterprise Linux 10", 2, false},
    {"Red Hat Enterprise Linux Server 7", 1, false},
    {"Rocky Linux 8", 1, false},
    {"Rocky Linux 9", 2, false},
    {"Rocky Linux 10", 2, false},
    {"AlmaLinux 8", 1, false},
    {"AlmaLinux 9", 2, false},
    {"AlmaLinux 10", 2, false},
    {"Oracle Linux Server 7", 1, false},
    {"Oracle Linux Server 8", 1, false},
    {"Oracle Linux Server 9", 2, false},
    {"Ubuntu 18.04", 1, false},
    {"Ubuntu 20.04", 1, false},
    {"Ubuntu 22.04", 2, false},
    {"Ubuntu 24.04", 2, false},
    {"Ubuntu 26.04", 2, false},
};

int nodes_cgroup(const struct fact_node *n)
{
    for (size_t i = 0; n && i < ARRAY_LEN(cgroups); i++)
        if (strncmp(n->os_image, cgroups[i].os, strlen(cgroups[i].os)) == 0)
            return cgroups[i].image && gates_hold_at(n->kubelet, GATE_CGROUP_V2_IMAGES) != TRI_YES
                       ? 0
                       : cgroups[i].version;
    return 0;
}
