/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups that the API server puts an identity into by itself.  Only groups that some binding
 * names are drawn, so a service account has at most three of these edges. */
#include "ingest/derive/rbac_right.h"

/* Group names that have rights. */
static GHashTable *groups_that_matter(const struct rule_ctx *c)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);

    g_hash_table_add(set, (gpointer)(uintptr_t)RBAC_MASTERS);
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        for (size_t j = 0; c->as->permission_set[i] != UINT32_MAX && j < b->nsubjects; j++)
            if (b->subjects[j].kind == SUBJECT_GROUP)
                g_hash_table_add(set, (gpointer)(uintptr_t)b->subjects[j].name);
    }
    return set;
}

/* Draws the memberships of one identity; its node is made only if it has any. */
static void join_groups(struct rule_ctx *c, GHashTable *matter, const struct fact_subject *s,
                        const char *object, const char *uid)
{
    char *user = rbac_user_name(s->kind, s->ns, s->name);
    struct rbac_groups groups;

    rbac_groups_of(user, &groups);
    for (size_t i = 0; i < groups.n; i++) {
        struct evidence ev = {.object = object,
                              .uid = uid,
                              .reason =
                                  "the API server adds the group by itself, no object says so"};

        if (g_hash_table_contains(matter, groups.v[i]))
            draft_edge_yes(c->d, assets_subject(c->f, c->d, s),
                           draft_node(c->d, NODE_GROUP, "", groups.v[i]), EDGE_MEMBER_OF, &ev);
    }
    rbac_groups_done(&groups);
    g_free(user);
}

/* Service accounts that no object shows but a binding names, and users. */
static void join_subject(struct rule_ctx *c, GHashTable *matter, const struct fact_subject *s)
{
    struct fact_subject sa = {.kind = SUBJECT_SERVICEACCOUNT};
    char *ns = NULL;

    if (s->kind == SUBJECT_GROUP)
        return;
    if (s->kind == SUBJECT_USER && rbac_user_is_sa(s->name, &ns, &sa.name)) {
        sa.ns = arena_strdup(c->scratch, ns);
        g_free(ns);
        s = &sa;
    }
    if (s->kind == SUBJECT_USER)
        join_groups(c, matter, s, arena_printf(c->scratch, "User %s", s->name), "");
    else if (!facts_sa(c->f, s->ns, s->name))
        join_groups(c, matter, s, arena_printf(c->scratch, "ServiceAccount %s/%s", s->ns, s->name),
                    "");
}

static void derive(struct rule_ctx *c)
{
    GHashTable *matter = groups_that_matter(c);

    for (size_t i = 0; i < c->f->serviceaccounts.n; i++) {
        const struct meta *m = &c->f->serviceaccounts.v[i].meta;
        struct fact_subject s = {SUBJECT_SERVICEACCOUNT, m->ns, m->name};

        join_groups(c, matter, &s, arena_printf(c->scratch, "ServiceAccount %s/%s", m->ns, m->name),
                    m->uid);
    }
    for (size_t i = 0; i < c->f->nodes.n; i++) {
        const struct meta *m = &c->f->nodes.v[i].meta;
        struct fact_subject s = {SUBJECT_USER, "",
                                 arena_printf(c->scratch, "system:node:%s", m->name)};

        join_groups(c, matter, &s, arena_printf(c->scratch, "Node %s", m->name), m->uid);
    }
    for (size_t i = 0; i < c->f->bindings.n; i++)
        for (size_t j = 0; j < c->f->bindings.v[i].nsubjects; j++)
            if (c->as->permission_set[i] != UINT32_MAX)
                join_subject(c, matter, &c->f->bindings.v[i].subjects[j]);
    g_hash_table_destroy(matter);
}

const struct rule rule_member_of = {
    .name = "member_of",
    .version = 1,
    .kinds = {EDGE_MEMBER_OF},
    .derive = derive,
};
