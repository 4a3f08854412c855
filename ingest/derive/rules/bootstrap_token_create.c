/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BOOTSTRAP_TOKEN_CREATE: writing Secrets of kube-system makes bootstrap tokens.  The type of a
 * Secret cannot be changed, so altering one needs a token that is there. */
#include <string.h>

#include "ingest/derive/bootstrap.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

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

/* The groups of bearers, looked up when the first hit asks. */
struct groups {
    GArray *nodes; /* uint32_t; NULL: not yet */
    bool on;       /* bootstrap_is_on */
};

static void add_group(struct rule_ctx *c, uint32_t group, void *arg)
{
    (void)c;
    g_array_append_val((GArray *)arg, group);
}

static const struct groups *groups_of(struct rule_ctx *c, struct groups *g)
{
    if (!g->nodes) {
        g->nodes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        bootstrap_groups(c, add_group, g->nodes);
        g->on = bootstrap_is_on(c->f);
    }
    return g;
}

static void draw(struct rule_ctx *c, uint32_t group, const struct making *m)
{
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
    struct making m = {.hit = h, .verdict = VERDICT_YES};

    if (*where && strcmp(where, "kube-system") != 0)
        return;
    enum tri token = makes ? TRI_YES : has_token(c->f, h->name);
    if (token == TRI_NO)
        return;
    const struct groups *g = groups_of(c, arg);
    if (token == TRI_UNSET)
        m.but = "Secrets were not read, so whether there is a token to alter is not known";
    else if (!g->on)
        m.but = "whether the API server takes bootstrap tokens (enable-bootstrap-token-auth) is "
                "not visible";
    if (m.but)
        m.verdict = VERDICT_UNKNOWN;
    for (guint i = 0; i < g->nodes->len; i++)
        draw(c, g_array_index(g->nodes, uint32_t, i), &m);
}

static void derive(struct rule_ctx *c)
{
    struct groups groups = {0};

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, &groups);
    if (groups.nodes)
        g_array_free(groups.nodes, TRUE);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_BOOTSTRAP_TOKEN_CREATE, .rights = rights, .n = ARRAY_LEN(rights), .other = true},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_binding *b = q->from.binding;

    if (!b || !*b->meta.ns || strcmp(b->meta.ns, "kube-system") == 0)
        return false;
    struct evidence ev = rbac_right_evidence(c->scratch, b);
    return why_say(
        out, WHY_APART, ev.object, ev.uid, "metadata.namespace",
        arena_printf(c->scratch,
                     "bootstrap tokens are Secrets of kube-system, and the binding is in "
                     "namespace %s",
                     b->meta.ns));
}

const struct rule rule_bootstrap_token_create = {
    .name = "bootstrap_token_create",
    .version = 2,
    .kinds = {EDGE_BOOTSTRAP_TOKEN_CREATE},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
