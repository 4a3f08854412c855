/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed ports by node. */
#include "ingest/derive/netlocal.h"

#include "base/must.h"
#include "ingest/derive/netreach_inside.h"

static void free_list(gpointer list)
{
    g_array_free(list, TRUE);
}

struct closing {
    struct netreach *nr;
    const struct nettarget *target;
};

/* Notes a port at its node if policies close it, or may close it, to the node's address. */
static void note(struct closing *c, const struct netreach_port *p)
{
    struct netreach *nr = c->nr;
    uint32_t segment = p->pod->on ? netreach_of_node(nr, p->pod->on) : NETREACH_NONE;
    GArray *list;

    if (segment == NETREACH_NONE || p->pod->host_network)
        return;
    if (c->target->set != NETREACH_NONE &&
        netmatrix_at(nr->matrix, segment, c->target->set) == NETMATRIX_OPEN)
        return;
    list = g_hash_table_lookup(nr->pods_of, p->pod->node);
    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof(*p));
        g_hash_table_insert(nr->pods_of, (gpointer)p->pod->node, list);
    }
    g_array_append_val(list, *p);
}

static void index_ports(struct netreach *nr)
{
    nr->pods_of = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    for (size_t i = 0; i < nettargets_count(nr->targets); i++) {
        struct closing c = {nr, nettargets_at(nr->targets, i)};

        for (guint k = 0; k < c.target->pods->len; k++)
            note(&c, &g_array_index(c.target->pods, struct netreach_port, k));
    }
}

size_t netlocal_ports(struct netreach *nr, const struct fact_node *n,
                      void (*each)(void *arg, const struct netreach_port *p), void *arg)
{
    if (!nr->pods_of)
        index_ports(nr);
    const GArray *list = g_hash_table_lookup(nr->pods_of, n->meta.name);
    for (guint i = 0; list && each && i < list->len; i++)
        each(arg, &g_array_index(list, struct netreach_port, i));
    return list ? list->len : 0;
}

uint32_t netlocal_segment(struct netreach *nr, const struct fact_node *n)
{
    if (netlocal_ports(nr, n, NULL, NULL) == 0)
        return NETREACH_NONE;
    uint32_t ix = draft_node_sub(nr->d, NODE_NET_SEGMENT, "", n->meta.name, "node");
    draft_set_name(nr->d, ix, arena_printf(nr->f->arena, "node %s to its own pods", n->meta.name));
    return ix;
}
