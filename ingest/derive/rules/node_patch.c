/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_PATCH: labels, taints and addresses of a node steer what runs there and whom the API server
 * calls; none of it is control of the node yet. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define PATCH(v, sub)                                                                              \
    {                                                                                              \
        .verb = v, .group = "", .resource = "nodes", .subresource = sub, .class = CLASS_RARE,      \
        .named = true, .named_class = CLASS_RARE                                                   \
    }

static const struct rbac_right rights[] = {
    PATCH("patch", ""),
    PATCH("patch", "status"),
    PATCH("update", ""),
    PATCH("update", "status"),
};

/* The NodeRestriction plugin keeps kubelets to their own Node. */
static bool only_kubelets(const struct fact_binding *b)
{
    for (size_t i = 0; i < b->nsubjects; i++) {
        const struct fact_subject *s = &b->subjects[i];

        if (!(s->kind == SUBJECT_GROUP && strcmp(s->name, "system:nodes") == 0) &&
            !(s->kind == SUBJECT_USER && g_str_has_prefix(s->name, "system:node:")))
            return false;
    }
    return true;
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct fact_node *node = h->name ? facts_node(c->f, h->name) : NULL;
    struct evidence why[] = {h->why[0], h->why[1]};

    (void)arg;
    if (*h->binding->meta.ns || only_kubelets(h->binding) ||
        (h->name && (!node || nodes_virtual(node))))
        return;
    why[1].reason = arena_printf(c->scratch,
                                 "%s; labels and taints steer pods, a forged address draws calls "
                                 "of the API server: what that gains here is not known",
                                 why[1].reason);
    draft_edge(c->d, h->set, node ? node->meta.ix : c->as->nodes, EDGE_NODE_PATCH, h->class,
               VERDICT_UNKNOWN, why, 2);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_NODE_PATCH, .rights = rights, .n = ARRAY_LEN(rights), .cluster = true}};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_binding *b = q->from.binding;

    if (b && b->nsubjects > 0 && only_kubelets(b)) {
        struct evidence ev = rbac_right_evidence(c->scratch, b);
        return why_say(out, WHY_RELATED, ev.object, ev.uid, "subjects",
                       "the binding names kubelets only, whom NodeRestriction keeps to their own "
                       "node");
    }
    return q->to.node && nodes_virtual(q->to.node) &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", q->to.name),
                   q->to.node->meta.uid, "metadata.labels",
                   "a virtual node is no machine that somebody could take");
}

const struct rule rule_node_patch = {
    .name = "node_patch",
    .version = 2,
    .kinds = {EDGE_NODE_PATCH},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
