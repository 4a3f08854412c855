/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SA_CONTROL: who mints tokens of a service account for any audience mints API tokens too. */
#include "ingest/derive/rule.h"

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

const struct rule rule_sa_control = {
    .name = "sa_control",
    .version = 2,
    .kinds = {EDGE_SA_CONTROL},
    .derive = derive,
};
