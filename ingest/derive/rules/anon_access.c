/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ANON_ACCESS: requests without credentials are a user, and somebody gave that user rights.
 *
 * What every cluster gives to strangers is told apart by what the rules say, not by the names of
 * roles: those may be edited. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define ANONYMOUS "system:anonymous"
#define UNAUTHENTICATED "system:unauthenticated"

/* One with a star at its end opens all that begins so. */
static const char *const open_urls[] = {
    "/healthz", "/healthz/*", "/livez",    "/livez/*",     "/readyz",        "/readyz/*",
    "/version", "/version/",  "/api",      "/api/*",       "/apis",          "/apis/*",
    "/openapi", "/openapi/*", "/swagger*", "/.well-known", "/.well-known/*", "/openid/v1/*",
};

/* Questions about oneself. */
static const char *const open_resources[] = {"selfsubjectaccessreviews", "selfsubjectrulesreviews",
                                             "selfsubjectreviews"};

static bool covers(const char *known, const char *text)
{
    size_t n = strlen(known);

    return n > 0 && known[n - 1] == '*' ? strncmp(known, text, n - 1) == 0
                                        : strcmp(known, text) == 0;
}

static bool all_of(const struct texts *t, const char *const *known, size_t n)
{
    for (size_t i = 0; i < t->n; i++) {
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found |= covers(known[k], t->v[i]);
        if (!found)
            return false;
    }
    return t->n > 0;
}

/* Where to join the cluster, which kubeadm publishes. */
static bool is_cluster_info(const struct fact_binding *b, const struct fact_rule *r)
{
    static const char *const configmaps[] = {"configmaps"}, *const name[] = {"cluster-info"},
                             *const get[] = {"get"};

    return strcmp(b->meta.ns, "kube-public") == 0 && all_of(&r->resources, configmaps, 1) &&
           all_of(&r->names, name, 1) && all_of(&r->verbs, get, 1);
}

/* Whether a rule gives a stranger no more than clusters do by themselves. */
static bool harmless(const struct fact_binding *b, const struct fact_rule *r)
{
    static const char *const look[] = {"get", "head"}, *const ask[] = {"create"};

    if (r->urls.n > 0 && r->resources.n == 0)
        return *b->meta.ns || (all_of(&r->urls, open_urls, ARRAY_LEN(open_urls)) &&
                               all_of(&r->verbs, look, ARRAY_LEN(look)));
    return is_cluster_info(b, r) ||
           (all_of(&r->resources, open_resources, ARRAY_LEN(open_resources)) &&
            all_of(&r->verbs, ask, 1));
}

static bool is_stranger(const struct fact_subject *s)
{
    return (s->kind == SUBJECT_USER && strcmp(s->name, ANONYMOUS) == 0) ||
           (s->kind == SUBJECT_GROUP && strcmp(s->name, UNAUTHENTICATED) == 0);
}

static void draw(struct rule_ctx *c, const struct fact_binding *b, size_t rule, bool group)
{
    const struct fact_rule *r = &b->role->rules[rule];
    uint32_t user = draft_node(c->d, NODE_USER, "", ANONYMOUS);
    struct evidence why[2],
        member = {.object = "User " ANONYMOUS,
                  .reason = "the API server adds the group by itself, no object says so"};

    rbac_right_evidence_rule(c->scratch, b, rule, why);
    why[1].reason =
        arena_printf(c->scratch,
                     "%s on %.100s is more than discovery; whether the API server takes anonymous "
                     "requests and can be reached from outside is not visible",
                     r->verbs.n ? r->verbs.v[0] : "nothing",
                     r->resources.n ? r->resources.v[0]
                     : r->urls.n    ? r->urls.v[0]
                                    : "nothing");
    draft_edge(c->d, c->as->internet, user, EDGE_ANON_ACCESS, CLASS_TRIVIAL, VERDICT_UNKNOWN, why,
               2);
    if (group)
        draft_edge_yes(c->d, user, draft_node(c->d, NODE_GROUP, "", UNAUTHENTICATED),
                       EDGE_MEMBER_OF, &member);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        if (c->as->permission_set[i] == UINT32_MAX)
            continue;
        for (size_t j = 0; j < b->nsubjects; j++)
            for (size_t k = 0; is_stranger(&b->subjects[j]) && k < b->role->nrules; k++)
                if (!harmless(b, &b->role->rules[k]))
                    draw(c, b, k, b->subjects[j].kind == SUBJECT_GROUP);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    if (q->kind != EDGE_ANON_ACCESS)
        return false;
    if (strcmp(q->to.name, ANONYMOUS) != 0)
        return why_say(out, WHY_APART, arena_printf(c->scratch, "User %s", q->to.name), NULL, NULL,
                       "a request without credentials is user " ANONYMOUS ", and no other");
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        for (size_t j = 0; b->role && j < b->nsubjects; j++)
            for (size_t k = 0; is_stranger(&b->subjects[j]) && k < b->role->nrules; k++)
                if (!harmless(b, &b->role->rules[k]))
                    return false;
    }
    return why_say(out, WHY_RELATED, "User " ANONYMOUS, NULL, NULL,
                   "no binding gives strangers more than every cluster does");
}

const struct rule rule_anon_access = {
    .name = "anon_access",
    .version = 2,
    .kinds = {EDGE_ANON_ACCESS, EDGE_MEMBER_OF},
    .derive = derive,
    .missing = missing,
};
