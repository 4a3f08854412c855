/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TOKEN_STEAL: a volume holds a token that the API server accepts. */
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"

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
                .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
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

const struct rule rule_token_steal = {
    .name = "token_steal",
    .version = 2,
    .kinds = {EDGE_TOKEN_STEAL},
    .derive = derive,
};
