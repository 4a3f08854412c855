/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks that the providers' own node images and controllers leave on nodes. */
#include "ingest/derive/managed.h"

#include <string.h>

#include "ingest/derive/nodes.h"

/* A label whose key begins so; or a part of the kubelet's version; or the provider id's start.  All
 * but labels are also found where one runs one's own control plane of the same build or on the same
 * machines. */
static const struct {
    enum managed_by by;
    const char *label, *kubelet, *provider; /* one of them */
} marks[] = {
    {MANAGED_EKS, .label = "eks.amazonaws.com/"},
    {MANAGED_EKS, .label = "alpha.eksctl.io/"},
    {MANAGED_GKE, .label = "cloud.google.com/gke-"},
    {MANAGED_AKS, .label = "kubernetes.azure.com/cluster"},
    {MANAGED_EKS, .kubelet = "-eks-"},
    {MANAGED_GKE, .kubelet = "-gke."},
    {MANAGED_MAYBE_EKS, .provider = "aws://"},
};

static const char *label_with(const struct meta *m, const char *prefix)
{
    for (size_t i = 0; i < m->nlabels; i++)
        if (g_str_has_prefix(m->labels[i].key, prefix))
            return m->labels[i].key;
    return NULL;
}

/* The field of the node that bears the mark; NULL if none does. */
static const char *field_of(const struct facts *f, const struct fact_node *n, size_t mark)
{
    const char *label = marks[mark].label ? label_with(&n->meta, marks[mark].label) : NULL;

    if (label)
        return arena_printf(f->arena, "metadata.labels[%s]", label);
    if (marks[mark].kubelet && strstr(n->kubelet, marks[mark].kubelet))
        return "status.nodeInfo.kubeletVersion";
    if (marks[mark].provider && g_str_has_prefix(n->provider_id, marks[mark].provider))
        return "spec.providerID";
    return NULL;
}

static bool runs_control_plane(const struct facts *f)
{
    struct evidence why;

    for (size_t i = 0; i < f->nodes.n; i++)
        if (nodes_control_plane(&f->nodes.v[i], f->arena, &why))
            return true;
    return false;
}

/* A node that only pods name tells nothing. */
static bool read_nodes(const struct facts *f)
{
    bool any = false;

    for (size_t i = 0; i < f->nodes.n; i++)
        any = any || *f->nodes.v[i].meta.uid || f->nodes.v[i].meta.nlabels > 0;
    return any;
}

struct managed managed_by(const struct facts *f)
{
    bool own = runs_control_plane(f);

    if (!read_nodes(f))
        return (struct managed){.by = MANAGED_NOT_KNOWN};
    for (size_t k = 0; k < ARRAY_LEN(marks); k++)
        for (size_t i = 0; i < f->nodes.n && (marks[k].label || !own); i++) {
            const struct fact_node *n = &f->nodes.v[i];
            const char *field = field_of(f, n, k);

            if (field)
                return (struct managed){
                    marks[k].by,
                    {.object = arena_printf(f->arena, "Node %s", n->meta.name),
                     .uid = n->meta.uid,
                     .field = field},
                };
        }
    return (struct managed){.by = MANAGED_NO};
}
