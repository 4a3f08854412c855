/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PORT_FORWARD: the kubelet dials inside of the pod's network, which no policy sees.  `create` on
 * pods/portforward always serves, `get` alone as for POD_EXEC. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/podright.h"
#include "ingest/derive/porthubs.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/why.h"

#define FORWARD                                                                                    \
    .group = "", .resource = "pods", .subresource = "portforward", .class = CLASS_EASY,            \
    .named = true, .named_class = CLASS_EASY

static const struct rbac_right rights[] = {
    {.verb = "create", FORWARD},
    {.verb = "get", FORWARD},
};

struct work {
    struct porthubs *hubs;
    GHashTable *by_name; /* pods across namespaces */
};

static void draw(struct rule_ctx *c, struct work *w, const struct rbac_right_hit *h,
                 const struct fact_pod *p, enum verdict v, const struct evidence *why)
{
    size_t n;
    const int32_t *ports = porthubs_of_pod(w->hubs, p, &n);

    if (!nodes_pod_runs(p))
        return;
    for (size_t i = 0; i < n; i++)
        draft_edge(c->d, h->set, ports_endpoint(c->d, p, "TCP", ports[i]), EDGE_PORT_FORWARD,
                   h->class, v, why, 2);
    uint32_t net = p->host_network && p->on ? porthubs_node(w->hubs, p->on->meta.name) : UINT32_MAX;
    if (net != UINT32_MAX)
        draft_edge(c->d, h->set, net, EDGE_PORT_FORWARD, h->class, v, why, 2);
}

static void draw_named(struct rule_ctx *c, struct work *w, const struct rbac_right_hit *h,
                       enum verdict v, const struct evidence *why)
{
    const char *ns = h->binding->meta.ns;
    const GPtrArray *all = *ns ? NULL : g_hash_table_lookup(w->by_name, h->name);
    const struct fact_pod *pod = *ns ? facts_pod(c->f, ns, h->name) : NULL;

    if (pod)
        draw(c, w, h, pod, v, why);
    for (guint i = 0; all && i < all->len; i++)
        draw(c, w, h, all->pdata[i], v, why);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict v = VERDICT_YES;
    const char *about = NULL;

    if (strcmp(h->right->verb, "get") == 0 && !podright_get_suffices(c->f, &v, &about))
        return;
    if (about)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, about);
    if (h->name)
        draw_named(c, arg, h, v, why);
    else
        draft_edge(c->d, h->set, porthubs_inside(((struct work *)arg)->hubs, h->binding->meta.ns),
                   EDGE_PORT_FORWARD, h->class, v, why, 2);
}

static void derive(struct rule_ctx *c)
{
    struct porthubs *hubs = porthubs_of(c);
    struct work w = {.hubs = hubs, .by_name = RBAC_RIGHT_BY_NAME(c, c->f->pods)};

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, &w);
    g_hash_table_destroy(w.by_name);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_PORT_FORWARD,
     .to = (node_kinds)1 << NODE_ENDPOINT,
     .rights = rights,
     .n = ARRAY_LEN(rights)},
    {.kind = EDGE_PORT_FORWARD,
     .to = (node_kinds)1 << NODE_ENDPOINTS,
     .rights = rights,
     .n = ARRAY_LEN(rights),
     .other = true},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    if (q->to.kind != NODE_ENDPOINT)
        return podright_missing(c, q, &wants[1], out);
    if (!g_str_has_prefix(q->to.sub, "tcp:"))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "port %s", q->to.sub), NULL, NULL,
                       "ports are forwarded over TCP only");
    return podright_missing(c, q, &wants[0], out);
}

const struct rule rule_port_forward = {
    .name = "port_forward",
    .version = 1,
    .kinds = {EDGE_PORT_FORWARD, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
