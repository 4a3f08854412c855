/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every right over the cluster, or over a namespace, is a right over each of its sets; and over the
 * namespace's own object, with the label that keeps its pods from the nodes. */
#include <string.h>

#include "ingest/derive/podsecurity.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void close_cluster(struct rule_ctx *c)
{
    const struct assets *as = c->as;
    const uint32_t hubs[] = {as->nodes,      as->pods,  as->secrets,
                             as->configmaps, as->mints, as->slots};
    struct evidence ev = {.object = arena_printf(c->scratch, "Cluster %s", c->f->cluster),
                          .reason = "every right in the cluster"};

    for (size_t i = 0; i < ARRAY_LEN(hubs); i++)
        draft_edge_yes(c->d, as->cluster_admin, hubs[i], EDGE_CLUSTER_ADMIN_CLOSURE, &ev);
    for (size_t i = 0; i < as->nnamespaces; i++)
        draft_edge_yes(c->d, as->cluster_admin, as->namespaces[i].admin, EDGE_CLUSTER_ADMIN_CLOSURE,
                       &ev);
}

static void close_namespace(struct rule_ctx *c, const struct asset_ns *ns)
{
    const uint32_t hubs[] = {ns->slot, ns->secrets, ns->configmaps, ns->mints, ns->pods};
    struct evidence ev = {.object = arena_printf(c->scratch, "Namespace %s", ns->name),
                          .reason = "every right in the namespace"};

    for (size_t i = 0; i < ARRAY_LEN(hubs); i++)
        draft_edge_yes(c->d, ns->admin, hubs[i], EDGE_NS_ADMIN_CLOSURE, &ev);
}

/* A Role may allow to patch the namespace that it is in.  Drawn only where that leads further than
 * the way over the slot, which needs no relabelling. */
static void relabel(struct rule_ctx *c, const struct asset_ns *to, const struct fact_namespace *ns)
{
    struct podsecurity now = podsecurity_of(c->f, ns, c->scratch),
                       then = podsecurity_relabelled(c->f, ns, c->scratch);
    struct evidence ev[] = {
        {arena_printf(c->scratch, "Namespace %s", ns->meta.name), ns->meta.uid, then.field,
         then.reason},
        then.engine,
    };

    if (!ns->meta.terminating && then.privileged < now.privileged)
        draft_edge(c->d, to->admin, c->as->nodes, EDGE_NS_ADMIN_CLOSURE, CLASS_EASY,
                   then.privileged, ev, then.engine.object ? 2 : 1);
}

static void derive(struct rule_ctx *c)
{
    close_cluster(c);
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        close_namespace(c, &c->as->namespaces[i]);
        relabel(c, &c->as->namespaces[i], &c->f->namespaces.v[i]);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_namespace *ns = q->from.ns_fact;

    if (q->kind == EDGE_CLUSTER_ADMIN_CLOSURE && *q->to.ns && q->to.kind != NODE_NS_ADMIN)
        return why_say(out, WHY_HELD, arena_printf(c->scratch, "Cluster %s", c->f->cluster), NULL,
                       NULL,
                       "the edge leads to the set of the whole cluster, which holds this one");
    if (q->kind != EDGE_NS_ADMIN_CLOSURE || !ns)
        return false;
    const char *object = arena_printf(c->scratch, "Namespace %s", ns->meta.name);
    if (q->to.kind != NODE_NODES)
        return strcmp(q->from.ns, q->to.ns) != 0 &&
               why_say(out, WHY_APART, object, ns->meta.uid, NULL,
                       arena_printf(c->scratch, "rights in namespace %s end at the namespace",
                                    ns->meta.name));
    struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);
    if (ns->meta.terminating)
        return why_say(out, WHY_ALMOST, object, ns->meta.uid, "metadata.deletionTimestamp",
                       "the namespace is being deleted: no pod is made in it any more");
    if (podsecurity_relabelled(c->f, ns, c->scratch).privileged < ps.privileged)
        return false;
    return why_say(
        out, WHY_HELD, object, ns->meta.uid, ps.field,
        arena_printf(c->scratch,
                     "no label has to change first, so the way leads over a pod of one's "
                     "own: %s",
                     ps.reason));
}

const struct rule rule_admin_closure = {
    .name = "admin_closure",
    .version = 3,
    .kinds = {EDGE_CLUSTER_ADMIN_CLOSURE, EDGE_NS_ADMIN_CLOSURE},
    .derive = derive,
    .missing = missing,
};
