/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_TOKENS: a node holds the tokens of its pods, and its kubelet may ask for more. */
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"

/* From 1.32 on a kubelet gets tokens only for audiences that pods on its node ask for. */
static bool audiences_restricted(const struct facts *f)
{
    return f->version_major > 1 || f->version_minor >= 32;
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

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, uint32_t node)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account};
    const char *audience = other_audience(p);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = "spec.serviceAccountName",
        .reason = "the kubelet may request tokens for the service accounts of its pods",
    };

    draft_edge_yes(c->d, node, assets_subject(c->f, c->d, &s), EDGE_NODE_TOKENS, &ev);
    if (!sa || (audiences_restricted(c->f) && !audience))
        return;

    bool any = c->f->version_major && !audiences_restricted(c->f);
    if (audience && !any)
        ev.reason = arena_printf(c->scratch, "a pod asks for a token for %.80s; others are refused",
                                 audience);
    else if (!any)
        ev.reason = "the server's version is not known; from 1.32 it refuses other audiences";
    draft_edge(c->d, node, sa->mint_ix, EDGE_NODE_TOKENS, CLASS_TRIVIAL,
               any ? VERDICT_YES : VERDICT_UNKNOWN, &ev, 1);
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

const struct rule rule_node_tokens = {
    .name = "node_tokens",
    .version = 1,
    .kinds = {EDGE_NODE_TOKENS},
    .derive = derive,
};
