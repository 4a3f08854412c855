/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SA_CONTROL: who mints tokens of a service account for any audience mints API tokens too. */
#include <string.h>

#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->serviceaccounts.n; i++) {
        const struct fact_serviceaccount *sa = &c->f->serviceaccounts.v[i];
        struct evidence ev = {
            .object = arena_printf(c->scratch, "ServiceAccount %s/%s", sa->meta.ns, sa->meta.name),
            .uid = sa->meta.uid,
            .reason = "a token for the API server's audience can be minted like any other",
        };
        draft_edge_yes(c->d, sa->mint_ix, sa->meta.ix, EDGE_SA_CONTROL, &ev);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return (strcmp(q->from.ns, q->to.ns) != 0 || strcmp(q->from.name, q->to.name) != 0) &&
           why_say(out, WHY_APART,
                   arena_printf(c->scratch, "ServiceAccount %s/%s", q->from.ns, q->from.name), NULL,
                   NULL, "its tokens speak for itself only");
}

const struct rule rule_sa_control = {
    .name = "sa_control",
    .version = 2,
    .kinds = {EDGE_SA_CONTROL},
    .derive = derive,
    .missing = missing,
};
