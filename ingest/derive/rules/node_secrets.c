/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_SECRETS: a node may read every Secret and ConfigMap that its pods refer to. */
#include "ingest/derive/nodeauth.h"

static void draw(struct rule_ctx *c, const struct nodeauth_grant *g, void *node)
{
    draft_edge(c->d, *(const uint32_t *)node, g->to, EDGE_NODE_SECRETS, CLASS_TRIVIAL, g->verdict,
               &g->why, 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = nodeauth_counts(p) ? nodeauth_node(c->f, p) : UINT32_MAX;

        if (node == UINT32_MAX)
            continue;
        nodeauth_secrets(c, p, draw, &node);
        nodeauth_configmaps(c, p, draw, &node);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return nodeauth_missing(c, q->from.name, true, &q->to, out);
}

const struct rule rule_node_secrets = {
    .name = "node_secrets",
    .version = 4,
    .kinds = {EDGE_NODE_SECRETS},
    .derive = derive,
    .missing = missing,
};
