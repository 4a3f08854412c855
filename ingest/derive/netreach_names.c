/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What segments and sets are called. */
#include "base/must.h"
#include "ingest/derive/netreach_inside.h"

static char *candidate_name(const struct fact_pod *p)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "%s/(new pod", p->meta.ns);
    for (size_t i = 0; i < p->meta.nlabels; i++)
        g_string_append_printf(text, "%s%s=%s", i ? "," : " ", p->meta.labels[i].key,
                               p->meta.labels[i].value);
    g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}

/* Names for segments while they are made. */
struct naming {
    struct netnames *names;
    bool *named;
};

static void name_segment(struct naming *nm, uint32_t segment, const char *name)
{
    if (segment == NETREACH_NONE)
        return;
    netnames_add(nm->names, segment, name);
    nm->named[segment] = true;
}

/* Pods on the network of a node are called "nodes" like it. */
static void name_by_pods(struct netreach *nr, struct naming *nm)
{
    for (size_t i = 0; i < nr->f->pods.n; i++) {
        const struct fact_pod *p = &nr->f->pods.v[i];
        g_autofree char *name = p->host_network ? g_strdup("nodes") : netnames_pod(p);

        name_segment(nm, netreach_of_pod(nr, p), name);
    }
    for (size_t i = 0; i < nr->f->nodes.n; i++)
        name_segment(nm, netreach_of_node(nr, &nr->f->nodes.v[i]), "nodes");
}

/* Segments are called after the pods and nodes in them, those that have none after pods to come. */
static void name_segments(struct netreach *nr, struct netnames *names)
{
    g_autofree bool *named = g_new0(bool, netmatrix_segments(nr->matrix) + 1);
    struct naming nm = {names, named};

    name_by_pods(nr, &nm);
    for (size_t i = 0; i < nr->slots.n; i++) {
        uint32_t point = netclass_of_candidate(netpol_classes(nr->np), i);
        uint32_t segment = netmatrix_segment(nr->matrix, point);
        g_autofree char *name = candidate_name(&nr->slots.pods[i]);

        if (!named[segment])
            netnames_add(names, segment, name);
    }
}

/* "shop/db:tcp:5432" */
static char *port_name(const char *pod, const struct netreach_port *p)
{
    g_autofree char *protocol = g_ascii_strdown(p->protocol, -1);

    return g_strdup_printf("%s:%s:%d", pod, protocol, p->number);
}

static void name_sets(struct netreach *nr, struct netnames *names)
{
    for (size_t i = 0; i < nettargets_count(nr->targets); i++) {
        const struct nettarget *t = nettargets_at(nr->targets, i);

        for (guint k = 0; t->set != NETREACH_NONE && k < t->pods->len; k++) {
            const struct netreach_port *p = &g_array_index(t->pods, struct netreach_port, k);
            g_autofree char *pod = netnames_pod(p->pod);
            g_autofree char *name = port_name(pod, p);
            netnames_add(names, t->set, name);
        }
    }
}

/* Segments, or sets, with the same members: what tells them apart is whom they reach, or who
 * reaches them. */
struct ties {
    const struct netmatrix *matrix;
    bool segments;
    const uint32_t *others; /* by name, so that the order lasts */
    size_t nothers;
};

static enum netmatrix_state state_of(const struct ties *t, uint32_t x, uint32_t other)
{
    return t->segments ? netmatrix_at(t->matrix, x, other) : netmatrix_at(t->matrix, other, x);
}

static int unlike(gconstpointer a, gconstpointer b, gpointer arg)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct ties *t = arg;

    for (size_t i = 0; i < t->nothers; i++) {
        enum netmatrix_state of_x = state_of(t, x, t->others[i]),
                             of_y = state_of(t, y, t->others[i]);
        if (of_x != of_y)
            return of_x > of_y ? -1 : 1;
    }
    return 0;
}

void netreach_names(struct netreach *nr)
{
    size_t nsegments = netmatrix_segments(nr->matrix), nsets = netmatrix_sets(nr->matrix);
    AUTO(netnames) segments = netnames_new(nsegments);
    AUTO(netnames) sets = netnames_new(nsets);

    name_segments(nr, segments);
    name_sets(nr, sets);
    struct ties of_segments = {nr->matrix, true, netnames_order(sets), nsets},
                of_sets = {nr->matrix, false, netnames_order(segments), nsegments};
    nr->segment_names = netnames_all(segments, nr->f->arena, unlike, &of_segments);
    nr->set_names = netnames_all(sets, nr->f->arena, unlike, &of_sets);
}
