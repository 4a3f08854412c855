/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups that the API server puts an identity into by itself.  Only groups that some binding
 * names are drawn, so a service account has at most three of these edges. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

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

struct joiner {
    struct rule_ctx *c;
    GHashTable *matter; /* group names */
    GHashTable *seen;   /* user names that have been through; a service account has one too */
};

/* Draws the memberships of one identity; its node is made only if it has any.  `object` says who it
 * is. */
static void join_groups(struct joiner *j, const struct fact_subject *s, const char *object,
                        const char *uid)
{
    struct evidence ev = {.object = object,
                          .uid = uid,
                          .reason = "the API server adds the group by itself, no object says so"};
    char *user = rbac_user_name(s->kind, s->ns, s->name);
    struct rbac_groups groups;

    if (!g_hash_table_add(j->seen, user))
        return;
    rbac_groups_of(user, &groups);
    for (size_t i = 0; i < groups.n; i++)
        if (g_hash_table_contains(j->matter, groups.v[i]))
            draft_edge_yes(j->c->d, assets_subject(j->c->f, j->c->d, s),
                           draft_node(j->c->d, NODE_GROUP, "", groups.v[i]), EDGE_MEMBER_OF, &ev);
    rbac_groups_done(&groups);
}

static void join_serviceaccounts(struct joiner *j)
{
    for (size_t i = 0; i < j->c->f->serviceaccounts.n; i++) {
        const struct meta *m = &j->c->f->serviceaccounts.v[i].meta;
        struct fact_subject s = {SUBJECT_SERVICEACCOUNT, m->ns, m->name};

        join_groups(j, &s, arena_printf(j->c->scratch, "ServiceAccount %s/%s", m->ns, m->name),
                    m->uid);
    }
}

/* The kubelet of each node. */
static void join_nodes(struct joiner *j)
{
    for (size_t i = 0; i < j->c->f->nodes.n; i++) {
        const struct meta *m = &j->c->f->nodes.v[i].meta;
        struct fact_subject s = {SUBJECT_USER, "",
                                 arena_printf(j->c->scratch, "system:node:%s", m->name)};

        join_groups(j, &s, arena_printf(j->c->scratch, "Node %s", m->name), m->uid);
    }
}

/* Whoever is in a group has proved who he is, but for those of whom the group says the opposite. */
static void join_group(struct joiner *j, const struct fact_subject *s)
{
    struct evidence ev = {.object = arena_printf(j->c->scratch, "Group %s", s->name),
                          .reason = "the API server puts all its members into the group as well"};

    if (g_hash_table_contains(j->matter, RBAC_AUTHENTICATED) && rbac_group_authenticates(s->name))
        draft_edge_yes(j->c->d, assets_subject(j->c->f, j->c->d, s),
                       draft_node(j->c->d, NODE_GROUP, "", RBAC_AUTHENTICATED), EDGE_MEMBER_OF,
                       &ev);
}

/* Users, groups, and service accounts that do not exist: known only because a binding names them.
 */
static void join_subjects(struct joiner *j)
{
    for (size_t i = 0; i < j->c->f->bindings.n; i++) {
        const struct fact_binding *b = &j->c->f->bindings.v[i];

        for (size_t k = 0; j->c->as->permission_set[i] != UINT32_MAX && k < b->nsubjects; k++) {
            const struct fact_subject *s = &b->subjects[k];

            if (s->kind == SUBJECT_GROUP)
                join_group(j, s);
            if (s->kind == SUBJECT_USER)
                join_groups(j, s, arena_printf(j->c->scratch, "User %s", s->name), "");
            if (s->kind == SUBJECT_SERVICEACCOUNT)
                join_groups(
                    j, s, arena_printf(j->c->scratch, "ServiceAccount %s/%s", s->ns, s->name), "");
        }
    }
}

static void derive(struct rule_ctx *c)
{
    struct joiner j = {.c = c,
                       .matter = groups_that_matter(c),
                       .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    join_serviceaccounts(&j);
    join_nodes(&j);
    join_subjects(&j);
    g_hash_table_destroy(j.seen);
    g_hash_table_destroy(j.matter);
}

static bool has_rights(const struct rule_ctx *c, const char *group)
{
    GHashTable *matter = groups_that_matter(c);
    bool yes = g_hash_table_contains(matter, group);

    g_hash_table_destroy(matter);
    return yes;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    enum subject_kind kind =
        q->from.kind == NODE_SERVICEACCOUNT ? SUBJECT_SERVICEACCOUNT : SUBJECT_USER;
    struct rbac_groups groups;
    struct texts list;

    if (q->from.kind == NODE_GROUP)
        return !g_str_has_prefix(q->to.name, "system:authenticated") &&
               !g_str_has_prefix(q->to.name, "system:serviceaccounts") &&
               why_say(out, WHY_APART, arena_printf(c->scratch, "Group %s", q->from.name), NULL,
                       NULL,
                       "members of a group are in no other group that the API server knows of");
    g_autofree char *user = rbac_user_name(kind, q->from.ns, q->from.name);
    rbac_groups_of(user, &groups);
    list = (struct texts){groups.v, groups.n};
    bool member = facts_has(&list, q->to.name);

    const char *text =
        arena_printf(c->scratch,
                     "the API server puts it into %s; what else the authenticator says of it, no "
                     "object shows",
                     groups.n ? why_list(c->scratch, &list, 3) : "no group by itself");
    rbac_groups_done(&groups);
    /* system:nodes is drawn by identity_assume, whether it has rights or not. */
    if (member && strcmp(q->to.name, "system:nodes") != 0 && !has_rights(c, q->to.name))
        return why_say(out, WHY_ALMOST, arena_printf(c->scratch, "Group %s", q->to.name), NULL,
                       NULL, "no binding names the group, so being a member of it gives nothing");
    return !member &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "User %s", user), NULL, NULL, text);
}

const struct rule rule_member_of = {
    .name = "member_of",
    .version = 2,
    .kinds = {EDGE_MEMBER_OF},
    .derive = derive,
    .missing = missing,
};
