/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_STEAL and POD_BINDING: bringing a pod to a node that the attacker holds.  That he holds one
 * is not known here, so nothing of this is more than unknown. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/podright.h"
#include "ingest/derive/rbac_union.h"
#include "ingest/derive/why.h"

#define HARD .class = CLASS_HARD
#define NAMED .named = true, .named_class = CLASS_HARD
#define DOUBT "a node that the attacker holds is needed, for the pod to run on"

static const struct rbac_right removals[] = {
    {.verb = "delete", .group = "", .resource = "pods", .subresource = "", HARD, NAMED},
    {.verb = "deletecollection", .group = "", .resource = "pods", .subresource = "", HARD},
    {.verb = "create", .group = "", .resource = "pods", .subresource = "eviction", HARD, NAMED},
};

static const struct rbac_right steering[] = {
    {.verb = "patch", .group = "", .resource = "nodes", .subresource = "", HARD, NAMED},
    {.verb = "patch", .group = "", .resource = "nodes", .subresource = "status", HARD, NAMED},
    {.verb = "update", .group = "", .resource = "nodes", .subresource = "", HARD, NAMED},
    {.verb = "update", .group = "", .resource = "nodes", .subresource = "status", HARD, NAMED},
};

static const struct rbac_right bindings[] = {
    {.verb = "create", .group = "", .resource = "pods", .subresource = "binding", HARD, NAMED},
    {.verb = "create", .group = "", .resource = "bindings", .subresource = "", HARD},
};

/* Only a controller makes another pod in the place of one that is gone, and a DaemonSet makes it on
 * the same node. */
static bool moves(struct rule_ctx *c, const struct fact_pod *p, enum verdict *out,
                  struct evidence *why)
{
    (void)c;
    (void)out;
    (void)why;
    return !p->mirror && *p->workload_kind && strcmp(p->workload_kind, "DaemonSet") != 0;
}

static bool waits(struct rule_ctx *c, const struct fact_pod *p, enum verdict *out,
                  struct evidence *why)
{
    (void)c;
    (void)out;
    (void)why;
    return !*p->node && !p->meta.predicted;
}

static const struct podright steal = {
    .kind = EDGE_POD_STEAL,
    .judge = moves,
    .set = "movable",
    .what = "pods that come back elsewhere",
    .present = true,
};

static const struct podright bind = {
    .kind = EDGE_POD_BINDING,
    .rights = bindings,
    .n = ARRAY_LEN(bindings),
    .judge = waits,
    .set = "unscheduled",
    .what = "pods that wait for a node",
    .doubt = DOUBT,
    .present = true,
};

struct work {
    struct podright_hubs *hubs;
    GHashTable *by_name;
};

static void take(struct rule_ctx *c, const struct rbac_union_hit *u, const struct evidence *why,
                 const struct fact_pod *p)
{
    enum verdict v;
    struct evidence ev;

    if (nodes_pod_runs(p) && moves(c, p, &v, &ev) && (!*u->ns || strcmp(p->meta.ns, u->ns) == 0))
        draft_edge(c->d, u->identity, p->meta.ix, EDGE_POD_STEAL, CLASS_HARD, VERDICT_UNKNOWN, why,
                   u->nwhy + 1);
}

static void take_named(struct rule_ctx *c, const struct rbac_union_hit *u,
                       const struct evidence *why, const char *name, GHashTable *by_name)
{
    const GPtrArray *all = *u->ns ? NULL : g_hash_table_lookup(by_name, name);
    const struct fact_pod *p = *u->ns ? facts_pod(c->f, u->ns, name) : NULL;

    if (p)
        take(c, u, why, p);
    for (guint i = 0; all && i < all->len; i++)
        take(c, u, why, all->pdata[i]);
}

static void hit(struct rule_ctx *c, const struct rbac_union_hit *u, void *arg)
{
    const struct work *w = arg;
    const struct rbac_held *pods = &u->parts[0];
    struct evidence *why = arena_alloc(c->scratch, (u->nwhy + 1) * sizeof(*why));

    memcpy(why, u->why, u->nwhy * sizeof(*why));
    why[u->nwhy] = (struct evidence){
        .object = arena_printf(c->scratch, "Cluster %s", c->f->cluster), .reason = DOUBT};
    for (size_t i = 0; !pods->all && i < pods->names.n; i++)
        take_named(c, u, why, pods->names.v[i], w->by_name);
    uint32_t hub = pods->all ? podright_hubs_of(w->hubs, u->ns) : UINT32_MAX;
    if (hub != UINT32_MAX)
        draft_edge(c->d, u->identity, hub, EDGE_POD_STEAL, CLASS_HARD, VERDICT_UNKNOWN, why,
                   u->nwhy + 1);
}

static void derive(struct rule_ctx *c)
{
    const struct rbac_part parts[] = {{removals, ARRAY_LEN(removals), false},
                                      {steering, ARRAY_LEN(steering), true}};
    AUTO(podright_hubs) hubs = podright_hubs_new(c, &steal);
    struct work w = {hubs, RBAC_RIGHT_BY_NAME(c, c->f->pods)};

    rbac_union_each(c, parts, ARRAY_LEN(parts), hit, &w);
    podright_each(c, &bind);
    g_hash_table_destroy(w.by_name);
}

static const struct rbac_part steals[] = {{removals, ARRAY_LEN(removals), false},
                                          {steering, ARRAY_LEN(steering), true}};
static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_STEAL, .parts = steals, .nparts = ARRAY_LEN(steals)},
    {.kind = EDGE_POD_BINDING, .rights = bindings, .n = ARRAY_LEN(bindings)},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->to.pod;
    struct evidence why;
    enum verdict v;

    if (!p)
        return false;
    if (why_ended(c, out, p))
        return true;
    if (q->kind == EDGE_POD_BINDING)
        return !waits(c, p, &v, &why) && why_pod(c, out, WHY_RELATED, p, "spec.nodeName",
                                                 "the pod has a node: it is bound but once");
    return !moves(c, p, &v, &why) &&
           why_pod(c, out, WHY_RELATED, p, "metadata.ownerReferences",
                   p->mirror ? "a static pod stays on its node"
                             : "no controller would make the pod anew on another node");
}

const struct rule rule_pod_move = {
    .name = "pod_move",
    .version = 1,
    .kinds = {EDGE_POD_STEAL, EDGE_POD_BINDING, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
