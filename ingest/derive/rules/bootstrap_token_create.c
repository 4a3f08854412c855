/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BOOTSTRAP_TOKEN_CREATE: writing Secrets of kube-system makes bootstrap tokens.  The type of a
 * Secret cannot be changed, so altering one needs a token that is there. */
#include <string.h>

#include "ingest/derive/bootstrap.h"
#include "ingest/derive/rbac_right.h"

#define SECRETS .group = "", .resource = "secrets", .subresource = "", .class = CLASS_MODERATE
#define BY_NAME .named = true, .named_class = CLASS_MODERATE

static const struct rbac_right rights[] = {
    {.verb = "create", SECRETS},
    {.verb = "update", SECRETS, BY_NAME},
    {.verb = "patch", SECRETS, BY_NAME},
};

struct making {
    const struct rbac_right_hit *hit;
    enum verdict verdict;
    const char *but;
};

static void draw(struct rule_ctx *c, uint32_t group, void *arg)
{
    const struct making *m = arg;
    struct evidence why[] = {m->hit->why[0], m->hit->why[1]};

    if (m->but)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, m->but);
    draft_edge(c->d, m->hit->set, group, EDGE_BOOTSTRAP_TOKEN_CREATE, m->hit->class, m->verdict,
               why, 2);
}

/* Whether there is a token to alter: of that name, or (NULL) any.  Unset: Secrets were not read. */
static enum tri has_token(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->secrets.n; i++) {
        const struct fact_secret *s = &f->secrets.v[i];

        if (!s->inferred && bootstrap_is_token(s) && (!name || strcmp(s->meta.name, name) == 0))
            return TRI_YES;
    }
    if (facts_read(f, FACTS_SECRETS) || (name && !g_str_has_prefix(name, "bootstrap-token-")))
        return TRI_NO;
    return TRI_UNSET;
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const char *where = h->binding->meta.ns;
    bool makes = strcmp(h->right->verb, "create") == 0;
    enum tri token = makes ? TRI_YES : has_token(c->f, h->name);
    struct making m = {.hit = h, .verdict = VERDICT_YES};

    (void)arg;
    if ((*where && strcmp(where, "kube-system") != 0) || token == TRI_NO)
        return;
    if (token == TRI_UNSET)
        m.but = "Secrets were not read, so whether there is a token to alter is not known";
    else if (!bootstrap_is_on(c->f))
        m.but = "whether the API server takes bootstrap tokens (enable-bootstrap-token-auth) is "
                "not visible";
    if (m.but)
        m.verdict = VERDICT_UNKNOWN;
    bootstrap_groups(c, draw, &m);
}

static void derive(struct rule_ctx *c)
{
    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, NULL);
}

const struct rule rule_bootstrap_token_create = {
    .name = "bootstrap_token_create",
    .version = 2,
    .kinds = {EDGE_BOOTSTRAP_TOKEN_CREATE},
    .derive = derive,
};
