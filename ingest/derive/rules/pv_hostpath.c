/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PV_HOSTPATH: a persistent volume is a path of the node.  Who mounts its claim in a pod of his own
 * (SLOT_MOUNT) does so writable; pods that mount it already have their own edges (EXPLOIT_HOST_READ
 * and its like). */
#include "ingest/derive/hostpath.h"
#include "ingest/derive/hostplace.h"
#include "ingest/derive/hostpv.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* More nodes than these are told as all nodes: a volume of a whole zone. */
enum { FEW = 16 };

/* Where a volume can be used. */
struct reach {
    const struct fact_node *node; /* NULL: on any */
    bool control_plane;
    uint32_t to;       /* NODE or NODES */
    const char *doubt; /* NULL: surely */
};

/* Draws one gain; `doubt` (of the gain) may be NULL. */
static void draw(struct rule_ctx *c, const struct fact_pv *pv, const struct reach *r, uint32_t to,
                 enum edge_class class, const char *doubt, const char *what, const char *note)
{
    const char *object = arena_printf(c->scratch, "PersistentVolume %s", pv->meta.name);
    const char *field = *pv->host_path ? "spec.hostPath.path" : "spec.local.path";
    struct evidence ev[3] = {
        {object, pv->meta.uid, field,
         arena_printf(c->scratch, "%s of the node covers %s: %s", hostpv_path(c->scratch, pv), what,
                      note)},
    };
    size_t n = 1;

    if (pv->nterms)
        ev[n++] = (struct evidence){object, pv->meta.uid, "spec.nodeAffinity.required",
                                    r->doubt ? r->doubt : "the volume can be used on this node"};
    if (doubt)
        ev[n++] = (struct evidence){object, pv->meta.uid, field, doubt};
    draft_edge(c->d, pv->meta.ix, to, EDGE_PV_HOSTPATH, class,
               doubt || r->doubt ? VERDICT_UNKNOWN : VERDICT_YES, ev, n);
}

/* The target of a way; UINT32_MAX if this one draws nothing. */
static uint32_t target(struct rule_ctx *c, const struct reach *r, size_t way)
{
    switch ((enum hostpath_way)way) {
    case HOSTPATH_READ_NODE:
    case HOSTPATH_WRITE_NODE:
        return r->to;
    case HOSTPATH_READ_ADMIN:
    case HOSTPATH_WRITE_ADMIN:
        return c->as->cluster_admin;
    case HOSTPATH_READ_SECRETS:
        return c->as->secrets;
    case HOSTPATH_READ_VOLUMES:
        return r->node ? hubs_node_volumes(c->hubs, r->node) : hubs_nodes_volumes(c->hubs);
    case HOSTPATH_WRITE_PODS:
        return r->node ? hubs_node_pods(c->hubs, r->node) : c->as->pods;
    case HOSTPATH_READ_LOGS:
    case HOSTPATH_WAYS:
        break;
    }
    return UINT32_MAX;
}

static void of_reach(struct rule_ctx *c, const struct fact_pv *pv, const struct reach *r)
{
    const char *path = hostpv_path(c->scratch, pv);
    struct hostpath_where where = {.control_plane = r->control_plane,
                                   .cgroup_v2 = nodes_cgroup(r->node) == 2};
    struct hostpath_effect e = hostpath_judge(path, &where);
    struct hostplace places[HOSTPLACE_KINDS];
    size_t n = hostplace_find(path, false, r->node, places);

    for (size_t i = 0; i < HOSTPATH_WAYS; i++) {
        const struct hostpath_gain *g = &e.way[i];
        uint32_t to = g->any ? target(c, r, i) : UINT32_MAX;
        if (to != UINT32_MAX)
            draw(c, pv, r, to, g->class, g->why, g->path, g->note);
    }
    for (size_t i = 0; i < n; i++)
        draw(c, pv, r, r->to, kinds_edge(places[i].kind)->class, places[i].doubt, places[i].path,
             places[i].note);
}

/* On any node: on those of the control plane too, where the path may be worth more. */
static void of_any(struct rule_ctx *c, const struct fact_pv *pv, const char *doubt)
{
    struct reach r = {.to = c->as->nodes, .doubt = doubt};

    of_reach(c, pv, &r);
    r.control_plane = true;
    if (g_hash_table_size(c->as->control_plane) > 0)
        of_reach(c, pv, &r);
}

static void of_some(struct rule_ctx *c, const struct fact_pv *pv)
{
    const struct fact_node *few[FEW];
    const char *doubt = NULL;
    size_t n = 0, usable = 0;
    bool more;

    for (size_t i = 0; i < c->f->nodes.n; i++) {
        const struct fact_node *node = &c->f->nodes.v[i];
        if (nodes_virtual(node) || nodes_windows(node))
            continue;
        usable++;
        if (!hostpv_on(pv, node, &more))
            continue;
        if (more)
            doubt = "Gt and Lt of the node affinity are not read";
        if (n < FEW)
            few[n] = node;
        n++;
    }
    if (n > FEW) {
        if (n < usable)
            doubt = arena_printf(c->scratch, "the node affinity takes %zu of %zu nodes", n, usable);
        of_any(c, pv, doubt);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct reach r = {few[i], assets_control_plane(c->as, few[i]->meta.name) != NULL,
                          few[i]->meta.ix, doubt};
        of_reach(c, pv, &r);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pvs.n; i++) {
        const struct fact_pv *pv = &c->f->pvs.v[i];

        if (!hostpv_dangerous(c->scratch, pv))
            continue;
        if (pv->nterms)
            of_some(c, pv);
        else
            of_any(c, pv, NULL);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const char *key = arena_printf(c->scratch, "/%s", q->from.name);
    const struct fact_pv *pv = g_hash_table_lookup(c->f->pv_by_name, key);
    bool more;

    if (!pv)
        return false;
    const char *object = arena_printf(c->scratch, "PersistentVolume %s", pv->meta.name);
    if (!hostpv_path(c->scratch, pv))
        return why_say(out, WHY_APART, object, pv->meta.uid, "spec",
                       "the volume is no path of a node");
    if (!hostpv_dangerous(c->scratch, pv))
        return why_say(
            out, WHY_RELATED, object, pv->meta.uid,
            *pv->host_path ? "spec.hostPath.path" : "spec.local.path",
            arena_printf(c->scratch,
                         "%s covers nothing of a node that is known to be worth anything",
                         hostpv_path(c->scratch, pv)));
    return q->to.node && !hostpv_on(pv, q->to.node, &more) &&
           why_say(out, WHY_ALMOST, object, pv->meta.uid, "spec.nodeAffinity.required",
                   "the volume cannot be used on this node");
}

const struct rule rule_pv_hostpath = {
    .name = "pv_hostpath",
    .version = 2,
    .kinds = {EDGE_PV_HOSTPATH, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
};
