/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_PATCH and EPHEMERAL_CONTAINER: a pod that is there gets another image, or a container more.
 * Pod Security judges the whole pod again on both; a static pod is what its file says. */
#include "ingest/derive/escape.h"
#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/podright.h"
#include "ingest/derive/podsecurity_pod.h"
#include "ingest/derive/why.h"

#define EASY_ON(sub)                                                                               \
    .group = "", .resource = "pods", .subresource = sub, .class = CLASS_EASY, .named = true,       \
    .named_class = CLASS_EASY

static const struct rbac_right image_rights[] = {
    {.verb = "patch", EASY_ON("")},
    {.verb = "update", EASY_ON("")},
};

static const struct rbac_right debug_rights[] = {
    {.verb = "patch", EASY_ON("ephemeralcontainers")},
    {.verb = "update", EASY_ON("ephemeralcontainers")},
};

static bool editable(struct rule_ctx *c, const struct fact_pod *p, enum verdict *out,
                     struct evidence *why)
{
    if (p->mirror)
        return false;
    *out = podsecurity_pod_again(c->f, facts_namespace(c->f, p->meta.ns), p, c->scratch, why);
    return true;
}

/* A container of the attacker's own making in that pod: does root in it mean root on the node? */
static uint32_t node_of(struct rule_ctx *c, const struct fact_pod *p)
{
    const struct fact_container own = {.privileged = TRI_YES, .apparmor = "", .seccomp = ""};
    uint32_t node = p->mirror ? UINT32_MAX : assets_node(c->f, c->d, p);
    struct escape_guard g;

    if (node == UINT32_MAX || !escape_guard(p, &own, facts_node(c->f, p->node), &g) ||
        g.verdict != VERDICT_YES)
        return UINT32_MAX;
    return node;
}

/* The verdict on privileged containers in a namespace, with its evidence at why[0] and perhaps
 * why[1]. */
static enum verdict level(struct rule_ctx *c, const struct fact_namespace *ns,
                          struct evidence why[2], size_t *n)
{
    struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);

    why[0] = (struct evidence){arena_printf(c->scratch, "Namespace %s", ns->meta.name),
                               ns->meta.uid, ps.field, ps.reason};
    why[1] = ps.engine;
    *n = ps.engine.object ? 2 : 1;
    return ps.privileged;
}

#define DEBUGGABLE "debuggable"

/* Hubs of the nodes that run pods of a namespace; one without members is not made. */
static void make_node_hubs(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = node_of(c, p), hub;
        struct evidence ev = {
            .object = rule_pod(c, p),
            .uid = p->meta.uid,
            .field = "spec.nodeName",
            .reason = "a container added to the pod runs on the node",
        };

        if (node == UINT32_MAX)
            continue;
        if (draft_find(c->d, NODE_NODES, p->meta.ns, DEBUGGABLE) == UINT32_MAX) {
            hub = draft_node(c->d, NODE_NODES, p->meta.ns, DEBUGGABLE);
            draft_set_name(c->d, hub,
                           arena_printf(c->scratch, "nodes that run pods of %s", p->meta.ns));
        }
        hub = draft_node(c->d, NODE_NODES, p->meta.ns, DEBUGGABLE);
        draft_edge_yes(c->d, hub, node, EDGE_HUB_MEMBER, &ev);
    }
}

static uint32_t all_node_hubs(struct rule_ctx *c)
{
    uint32_t all = draft_find(c->d, NODE_NODES, "", DEBUGGABLE);

    if (all != UINT32_MAX)
        return all;
    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];
        uint32_t hub = draft_find(c->d, NODE_NODES, ns->meta.name, DEBUGGABLE);
        struct evidence why[2];
        size_t n;

        if (hub == UINT32_MAX)
            continue;
        enum verdict v = level(c, ns, why, &n);
        all = draft_node(c->d, NODE_NODES, "", DEBUGGABLE);
        draft_set_name(c->d, all, "nodes whose pods take a privileged container");
        draft_edge(c->d, all, hub, EDGE_HUB_MEMBER, CLASS_STRUCTURAL, v, why, n);
    }
    return all;
}

struct nodes_work {
    GHashTable *by_name;
    enum verdict gate;
    bool made; /* the hubs */
};

#define BEFORE_1_23 "before server version 1.23 the feature had to be turned on"

/* The right, with what the version leaves open. */
static void right(struct rule_ctx *c, const struct rbac_right_hit *h, enum verdict gate,
                  struct evidence why[2])
{
    why[0] = h->why[0];
    why[1] = h->why[1];
    if (gate == VERDICT_UNKNOWN)
        why[1].reason = arena_printf(c->scratch, "%s; " BEFORE_1_23, why[1].reason);
}

static void to_node(struct rule_ctx *c, const struct rbac_right_hit *h, const struct fact_pod *p,
                    enum verdict gate)
{
    struct evidence why[4];
    const struct fact_namespace *ns = facts_namespace(c->f, p->meta.ns);
    uint32_t node = node_of(c, p);
    size_t n;

    if (node == UINT32_MAX)
        return;
    right(c, h, gate, why);
    enum verdict v = level(c, ns, &why[2], &n);
    draft_edge(c->d, h->set, node, EDGE_EPHEMERAL_CONTAINER, h->class, v > gate ? v : gate, why,
               2 + n);
}

static void to_named(struct rule_ctx *c, const struct rbac_right_hit *h, const struct nodes_work *w)
{
    const char *where = h->binding->meta.ns;
    const GPtrArray *all = *where ? NULL : g_hash_table_lookup(w->by_name, h->name);
    const struct fact_pod *pod = *where ? facts_pod(c->f, where, h->name) : NULL;

    if (pod)
        to_node(c, h, pod, w->gate);
    for (guint i = 0; all && i < all->len; i++)
        to_node(c, h, all->pdata[i], w->gate);
}

static void to_nodes(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct nodes_work *w = arg;
    const char *where = h->binding->meta.ns;
    const struct fact_namespace *ns = facts_namespace(c->f, where);
    struct evidence why[4];
    enum verdict v = w->gate, own;
    size_t n = 0;

    if (h->name) {
        to_named(c, h, w);
        return;
    }
    if (!w->made)
        make_node_hubs(c);
    w->made = true;
    uint32_t hub = *where ? draft_find(c->d, NODE_NODES, where, DEBUGGABLE) : all_node_hubs(c);
    if (hub == UINT32_MAX || (*where && !ns))
        return;
    right(c, h, w->gate, why);
    if (*where) {
        own = level(c, ns, &why[2], &n);
        v = own > v ? own : v;
    }
    draft_edge(c->d, h->set, hub, EDGE_EPHEMERAL_CONTAINER, h->class, v, why, 2 + n);
}

/* Where nobody told the version, it is not so old that this matters. */
static bool served(const struct facts *f, enum verdict *out)
{
    enum tri holds = gates_hold(f, GATE_EPHEMERAL_CONTAINERS);

    *out = holds == TRI_UNSET && f->version_major ? VERDICT_UNKNOWN : VERDICT_YES;
    return holds != TRI_NO;
}

static void derive(struct rule_ctx *c)
{
    struct podright image = {.kind = EDGE_POD_PATCH,
                             .rights = image_rights,
                             .n = ARRAY_LEN(image_rights),
                             .judge = editable,
                             .set = "editable",
                             .what = "pods that the API can change"};
    struct podright debug = image;
    struct nodes_work w = {0};

    podright_each(c, &image);
    if (!served(c->f, &w.gate))
        return;
    debug.kind = EDGE_EPHEMERAL_CONTAINER;
    debug.rights = debug_rights;
    debug.n = ARRAY_LEN(debug_rights);
    if (w.gate == VERDICT_UNKNOWN)
        debug.doubt = BEFORE_1_23;
    podright_each(c, &debug);
    w.by_name = RBAC_RIGHT_BY_NAME(c, c->f->pods);
    rbac_right_each(c, debug_rights, ARRAY_LEN(debug_rights), to_nodes, &w);
    g_hash_table_destroy(w.by_name);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_PATCH, .rights = image_rights, .n = ARRAY_LEN(image_rights)},
    {.kind = EDGE_EPHEMERAL_CONTAINER,
     .rights = debug_rights,
     .n = ARRAY_LEN(debug_rights),
     .to = (node_kinds)1 << NODE_POD | (node_kinds)1 << NODE_PODS},
    {.kind = EDGE_EPHEMERAL_CONTAINER,
     .rights = debug_rights,
     .n = ARRAY_LEN(debug_rights),
     .to = (node_kinds)1 << NODE_NODE | (node_kinds)1 << NODE_NODES,
     .other = true},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    enum verdict gate;

    if (q->kind == EDGE_EPHEMERAL_CONTAINER && !served(c->f, &gate))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster),
                       NULL, NULL, gates_sentence(GATE_EPHEMERAL_CONTAINERS));
    if (!q->to.pod)
        return false;
    if (why_ended(c, out, q->to.pod))
        return true;
    return q->to.pod->mirror &&
           why_pod(c, out, WHY_ALMOST, q->to.pod,
                   "metadata.annotations[kubernetes.io/config.mirror]",
                   "a static pod is what the file on its node says: the API does not change it");
}

const struct rule rule_pod_edit = {
    .name = "pod_edit",
    .version = 2,
    .kinds = {EDGE_POD_PATCH, EDGE_EPHEMERAL_CONTAINER, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
