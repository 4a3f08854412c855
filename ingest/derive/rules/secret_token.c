/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Secret of the token type is a credential of the service account that it is annotated with. */
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"

static const char *reason_of(enum verdict v, bool account)
{
    if (v == VERDICT_BLOCKED)
        return "the label " TOKENS_INVALID_SINCE " says that the token no longer works";
    if (v == VERDICT_UNKNOWN)
        return account ? "annotated as a token, but neither its type nor a uid is known"
                       : "accounts were not read whole, so whether this one is still there is not "
                         "known";
    return "holds a token of the service account that does not expire";
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->secrets.n; i++) {
        const struct fact_secret *s = &c->f->secrets.v[i];
        struct fact_subject who = {SUBJECT_SERVICEACCOUNT, s->meta.ns, s->service_account};
        enum verdict verdict;

        if (!tokens_of_secret(c->f, s, &verdict))
            continue;
        bool account = facts_sa(c->f, who.ns, who.name) != NULL;
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Secret %s/%s", s->meta.ns, s->meta.name),
            .uid = s->meta.uid,
            .field = "metadata.annotations[kubernetes.io/service-account.name]",
            .reason = reason_of(verdict, account)};
        draft_edge(c->d, s->meta.ix, assets_subject(c->f, c->d, &who), EDGE_SECRET_TOKEN,
                   CLASS_TRIVIAL, verdict, &ev, 1);
    }
}

const struct rule rule_secret_token = {
    .name = "secret_token",
    .version = 2,
    .kinds = {EDGE_SECRET_TOKEN},
    .derive = derive,
};
