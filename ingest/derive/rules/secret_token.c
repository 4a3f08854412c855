/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Secret of the token type is a credential of the service account that it is annotated with. */
#include <string.h>

#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

#define TOKEN_TYPE "kubernetes.io/service-account-token"

static const char *reason_of(enum verdict v)
{
    if (v == VERDICT_BLOCKED)
        return "the label kubernetes.io/legacy-token-invalid-since says that the token no longer "
               "works";
    if (v == VERDICT_UNKNOWN)
        return "annotated as a token, but neither its type nor a uid is known";
    return "holds a token of the service account that does not expire";
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->secrets.n; i++) {
        const struct fact_secret *s = &c->f->secrets.v[i];
        const struct fact_serviceaccount *sa = facts_sa(c->f, s->meta.ns, s->service_account);
        enum verdict verdict;

        if (!sa || !tokens_secret(c->f, s, &verdict))
            continue;
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Secret %s/%s", s->meta.ns, s->meta.name),
            .uid = s->meta.uid,
            .field = "metadata.annotations[kubernetes.io/service-account.name]",
            .reason = reason_of(verdict)};
        draft_edge(c->d, s->meta.ix, sa->meta.ix, EDGE_SECRET_TOKEN, CLASS_TRIVIAL, verdict, &ev,
                   1);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    static const char field[] = "metadata.annotations[kubernetes.io/service-account.name]";
    const struct fact_secret *s = q->from.secret;
    enum verdict verdict;

    if (!s)
        return false;
    const char *object = arena_printf(c->scratch, "Secret %s/%s", s->meta.ns, s->meta.name);
    if (!*s->service_account)
        return why_say(out, WHY_APART, object, s->meta.uid, field,
                       "the Secret is not annotated as the token of a service account");
    if (strcmp(s->meta.ns, q->to.ns) != 0 || strcmp(s->service_account, q->to.name) != 0)
        return why_say(out, WHY_APART, object, s->meta.uid, field,
                       arena_printf(c->scratch,
                                    "it is annotated as a token of service account %s/%s",
                                    s->meta.ns, s->service_account));
    if (!q->to.sa || tokens_secret(c->f, s, &verdict))
        return false;
    if (*s->type && strcmp(s->type, TOKEN_TYPE) != 0)
        return why_say(out, WHY_ALMOST, object, s->meta.uid, "type",
                       arena_printf(c->scratch, "its type is %.80s, not " TOKEN_TYPE, s->type));
    return why_say(out, WHY_ALMOST, object, s->meta.uid,
                   "metadata.annotations[kubernetes.io/service-account.uid]",
                   "the token is of an account of that name that was deleted");
}

const struct rule rule_secret_token = {
    .name = "secret_token",
    .version = 1,
    .kinds = {EDGE_SECRET_TOKEN},
    .derive = derive,
    .missing = missing,
};
