/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LOG_READ and NODE_LOG: reading what was logged is no control over what logged it. */
#include "ingest/derive/rbac_right.h"

static const struct rbac_right pod_rights[] = {
    {.verb = "get",
     .group = "",
     .resource = "pods",
     .subresource = "log",
     .class = CLASS_HARD,
     .named = true,
     .named_class = CLASS_HARD},
};

static const struct rbac_right node_rights[] = {
    {.verb = "get",
     .group = "",
     .resource = "nodes",
     .subresource = "log",
     .class = CLASS_MODERATE,
     .named = true,
     .named_class = CLASS_MODERATE},
};

static void draw_pod(struct rule_ctx *c, const struct rbac_right_hit *h, const struct fact_pod *pod)
{
    draft_edge(c->d, h->set, hubs_logs(c->hubs, pod->meta.ns, pod->meta.name, "pod"), EDGE_LOG_READ,
               h->class, VERDICT_YES, h->why, 2);
}

static void pod_hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *by_name)
{
    const char *where = h->binding->meta.ns;
    const GPtrArray *all = h->name && !*where ? g_hash_table_lookup(by_name, h->name) : NULL;
    const struct fact_pod *pod = h->name && *where ? facts_pod(c->f, where, h->name) : NULL;

    if (pod)
        draw_pod(c, h, pod);
    for (guint i = 0; all && i < all->len; i++)
        draw_pod(c, h, all->pdata[i]);
    if (!h->name)
        draft_edge(c->d, h->set, hubs_logs(c->hubs, where, "all", NULL), EDGE_LOG_READ, h->class,
                   VERDICT_YES, h->why, 2);
}

static void node_hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    (void)arg;
    if (*h->binding->meta.ns || (h->name && !facts_node(c->f, h->name)))
        return; /* a request for a node carries no namespace */
    draft_edge(c->d, h->set,
               h->name ? hubs_logs(c->hubs, "", h->name, "node")
                       : hubs_logs(c->hubs, "", "all", NULL),
               EDGE_NODE_LOG, h->class, VERDICT_YES, h->why, 2);
}

static void derive(struct rule_ctx *c)
{
    GHashTable *by_name = RBAC_RIGHT_BY_NAME(c, c->f->pods);

    rbac_right_each(c, pod_rights, ARRAY_LEN(pod_rights), pod_hit, by_name);
    rbac_right_each(c, node_rights, ARRAY_LEN(node_rights), node_hit, NULL);
    g_hash_table_destroy(by_name);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_LOG_READ, .rights = pod_rights, .n = ARRAY_LEN(pod_rights)},
    {.kind = EDGE_NODE_LOG, .rights = node_rights, .n = ARRAY_LEN(node_rights), .cluster = true},
};

const struct rule rule_log_read = {
    .name = "log_read",
    .version = 1,
    .kinds = {EDGE_LOG_READ, EDGE_NODE_LOG},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
