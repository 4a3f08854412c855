/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TOKEN_STEAL: a volume holds a token that the API server accepts. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        for (size_t k = 0; nodes_pod_runs(p) && k < p->nvolumes; k++) {
            struct token t;
            if (!tokens_of_volume(c->f, p, &p->volumes[k], &t))
                continue;
            struct fact_subject s = {SUBJECT_SERVICEACCOUNT, t.ns, t.sa};
            struct evidence ev = {
                .object = rule_pod(c, p),
                .uid = p->meta.uid,
                .field = arena_printf(c->scratch, "spec.volumes[%zu]", k),
                .reason = t.legacy ? "a token Secret, valid until it is deleted"
                                   : "a token whose audience is the API server",
            };
            draft_edge_yes(c->d, p->volumes[k].ix, assets_subject(c->f, c->d, &s), EDGE_TOKEN_STEAL,
                           &ev);
        }
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_volume *v = q->from.volume;
    struct token t;

    if (!v)
        return false;
    if (why_ended(c, out, p))
        return true;
    const char *field = why_volume_field(c->scratch, p, v);
    if (tokens_of_volume(c->f, p, v, &t))
        return (strcmp(t.ns, q->to.ns) != 0 || strcmp(t.sa, q->to.name) != 0) &&
               why_pod(c, out, WHY_RELATED, p, field,
                       arena_printf(c->scratch, "the token in it is of service account %s/%s", t.ns,
                                    t.sa));
    if (v->ntokens)
        return why_pod(c, out, WHY_ALMOST, p, field,
                       *p->node ? arena_printf(c->scratch,
                                               "the token in it is for the audience %.80s, which "
                                               "the API server does not accept",
                                               v->tokens[0].audience)
                                : "the pod waits for a node, and has no token yet");
    return why_pod(c, out, WHY_APART, p, field, "the volume holds no token of a service account");
}

const struct rule rule_token_steal = {
    .name = "token_steal",
    .version = 2,
    .kinds = {EDGE_TOKEN_STEAL},
    .derive = derive,
    .missing = missing,
};
