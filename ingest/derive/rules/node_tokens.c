/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_TOKENS: a node holds the tokens of its pods, and its kubelet may ask for more. */
#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

/* Whether the pod has a token of its service account for the API server, or will have one: then
 * the node holds it, and may ask for the next. */
static bool has_api_token(const struct facts *f, const struct fact_pod *p)
{
    struct token t;

    for (size_t i = 0; i < p->nvolumes; i++)
        if (tokens_of_volume(f, p, &p->volumes[i], &t) && strcmp(t.sa, p->service_account) == 0)
            return true;
    return !p->token_mounts_known;
}

/* An audience other than the API server's that the pod asks for; NULL if none. */
static const char *other_audience(const struct fact_pod *p)
{
    for (size_t i = 0; i < p->nvolumes; i++)
        for (size_t k = 0; k < p->volumes[i].ntokens; k++)
            if (!tokens_api_audience(p->volumes[i].tokens[k].audience))
                return p->volumes[i].tokens[k].audience;
    return NULL;
}

/* The account itself: the node asks for its token as it does for the pod. */
static void to_account(struct rule_ctx *c, const struct fact_pod *p, uint32_t node,
                       struct evidence ev)
{
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account};
    bool refused = gates_hold(c->f, GATE_NODE_AUDIENCE) == TRI_YES && !has_api_token(c->f, p);

    if (refused)
        ev.reason = "no volume asks for a token for the API server, so the kubelet's request may "
                    "be refused";
    draft_edge(c->d, node, assets_subject(c->f, c->d, &s), EDGE_NODE_TOKENS, CLASS_TRIVIAL,
               refused ? VERDICT_UNKNOWN : VERDICT_YES, &ev, 1);
}

/* Tokens for other audiences. */
static void to_mint(struct rule_ctx *c, const struct fact_pod *p, uint32_t node, struct evidence ev)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    const char *audience = other_audience(p);
    enum tri restricted = gates_hold(c->f, GATE_NODE_AUDIENCE);

    if (!sa || (restricted == TRI_YES && !audience))
        return;
    if (audience && restricted != TRI_NO)
        ev.reason = arena_printf(c->scratch, "a pod asks for a token for %.80s; others are refused",
                                 audience);
    else if (c->f->version_major == 0)
        ev.reason = "the server's version is not known; from 1.33 it refuses other audiences";
    else if (restricted == TRI_UNSET)
        ev.reason = "the server refuses other audiences only if told so; from 1.33 by default";
    draft_edge(c->d, node, sa->mint_ix, EDGE_NODE_TOKENS, CLASS_TRIVIAL,
               restricted == TRI_NO ? VERDICT_YES : VERDICT_UNKNOWN, &ev, 1);
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, uint32_t node)
{
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = "spec.serviceAccountName",
        .reason = "the kubelet may request tokens for the service accounts of its pods",
    };

    to_account(c, p, node, ev);
    to_mint(c, p, node, ev);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = *p->node && !p->mirror ? assets_node(c->f, c->d, p) : UINT32_MAX;
        if (node != UINT32_MAX)
            of_pod(c, p, node);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *of = NULL;

    if (!q->from.node)
        return false;
    const char *object = arena_printf(c->scratch, "Node %s", q->from.name);
    if (nodes_virtual(q->from.node))
        return why_say(out, WHY_RELATED, object, q->from.node->meta.uid, "metadata.labels",
                       "each pod of a virtual node has a machine of its own");
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        if (strcmp(p->node, q->from.name) == 0 && strcmp(p->meta.ns, q->to.ns) == 0 &&
            strcmp(p->service_account, q->to.name) == 0 && !p->mirror && nodes_pod_runs(p) &&
            (q->to.kind != NODE_SA_MINT || !of || other_audience(p)))
            of = p;
    }
    if (!of)
        return why_say(out, WHY_RELATED, object, q->from.node->meta.uid, NULL,
                       arena_printf(c->scratch,
                                    "no pod that runs as %s/%s is on the node, and a kubelet gets "
                                    "tokens for the accounts of its pods only",
                                    q->to.ns, q->to.name));
    return q->to.kind == NODE_SA_MINT && gates_hold(c->f, GATE_NODE_AUDIENCE) == TRI_YES &&
           !other_audience(of) &&
           why_pod(c, out, WHY_ALMOST, of, "spec.volumes",
                   "no volume of the pod asks for another audience, and this server refuses a "
                   "kubelet audiences that its pods do not use");
}

const struct rule rule_node_tokens = {
    .name = "node_tokens",
    .version = 2,
    .kinds = {EDGE_NODE_TOKENS},
    .derive = derive,
    .missing = missing,
};
