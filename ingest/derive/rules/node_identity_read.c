/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_IDENTITY_READ: who is a kubelet's user reads, by the API alone, what the pods of its node
 * need; the machine itself is not needed. */
#include <string.h>

#include "ingest/derive/nodeauth.h"
#include "ingest/derive/why.h"

static void draw(struct rule_ctx *c, const struct nodeauth_grant *g, void *user)
{
    draft_edge(c->d, *(const uint32_t *)user, g->to, EDGE_NODE_IDENTITY_READ, CLASS_TRIVIAL,
               g->verdict, &g->why, 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if (!nodeauth_counts(p))
            continue;
        uint32_t user =
            draft_node(c->d, NODE_USER, "", arena_printf(c->scratch, "system:node:%s", p->node));
        nodeauth_tokens(c, p, draw, &user);
        nodeauth_secrets(c, p, draw, &user);
        nodeauth_configmaps(c, p, draw, &user);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    static const char prefix[] = "system:node:";

    if (!g_str_has_prefix(q->from.name, prefix))
        return why_say(out, WHY_APART, arena_printf(c->scratch, "User %s", q->from.name), NULL,
                       NULL, "it is no kubelet's user, which are called system:node:NAME");
    return nodeauth_missing(c, q->from.name + strlen(prefix), false, &q->to, out);
}

const struct rule rule_node_identity_read = {
    .name = "node_identity_read",
    .version = 2,
    .kinds = {EDGE_NODE_IDENTITY_READ},
    .derive = derive,
    .missing = missing,
};
