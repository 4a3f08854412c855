/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing rights into a role takes `escalate` over it; it gains something where a binding already
 * gives that role to the writer.  So each identity is asked about the roles that it is bound to. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/rbac_union.h"

#define GROUP_NAME "rbac.authorization.k8s.io"

struct search {
    struct rule_ctx *c;
    GHashTable *escalating;         /* bindings with some right to escalate */
    const struct fact_subject *who; /* asked about */
    uint32_t identity;
    bool may;         /* one of its bindings is among them */
    GPtrArray *bound; /* const struct fact_binding *: its own and its groups' */
    size_t nown;      /* so many of them are its own */
};

static bool gives(const struct fact_binding *b, const char *verb)
{
    static const char *const resources[] = {"roles", "clusterroles"};

    for (size_t i = 0; b->role && i < b->role->nrules; i++) {
        const struct fact_rule *r = &b->role->rules[i];

        for (size_t k = 0; k < ARRAY_LEN(resources); k++) {
            struct rbac_request q = {verb, GROUP_NAME, resources[k],
                                     "",   b->meta.ns, r->names.n ? r->names.v[0] : "",
                                     NULL};

            if (rbac_rule_matches(r, &q))
                return true;
        }
    }
    return false;
}

static GHashTable *with_escalate(const struct facts *f)
{
    GHashTable *set = g_hash_table_new(NULL, NULL);

    for (size_t i = 0; i < f->bindings.n; i++)
        if (gives(&f->bindings.v[i], "escalate"))
            g_hash_table_add(set, (gpointer)&f->bindings.v[i]);
    return set;
}

static void add(void *arg, const struct fact_binding *b)
{
    struct search *s = arg;

    g_ptr_array_add(s->bound, (gpointer)b);
    s->may = s->may || g_hash_table_contains(s->escalating, b);
}

static bool allowed(const struct search *s, const struct fact_subject *who, const char *verb,
                    const struct fact_binding *b, const char *name, struct rbac_grant *grant)
{
    struct rbac_subject subject = {who->kind, who->ns, who->name, {NULL, 0}};
    struct rbac_request q = {.verb = verb,
                             .group = GROUP_NAME,
                             .resource = b->to_clusterrole ? "clusterroles" : "roles",
                             .subresource = "",
                             .ns = b->to_clusterrole ? "" : b->meta.ns,
                             .name = name};

    return rbac_allows(s->c->rbac, &subject, &q, grant) && grant->binding;
}

/* Whether the subject may write what it likes into the role of a binding; a role that does not
 * exist must be created, and that request has no name. */
static const char *writes(const struct search *s, const struct fact_subject *who,
                          const struct fact_binding *b, struct rbac_grant *write,
                          struct rbac_grant *escalate)
{
    static const char *const change[] = {"update", "patch"};

    if (!b->role)
        return allowed(s, who, "create", b, "", write) &&
                       allowed(s, who, "escalate", b, "", escalate)
                   ? "create"
                   : NULL;
    for (size_t i = 0; i < ARRAY_LEN(change); i++)
        if (allowed(s, who, change[i], b, b->role_name, write) &&
            allowed(s, who, "escalate", b, b->role_name, escalate))
            return change[i];
    return NULL;
}

static void tell(const struct search *s, const struct fact_binding *b, const char *verb,
                 const struct rbac_grant *write, const struct rbac_grant *escalate)
{
    struct arena *a = s->c->scratch;
    const char *role = rbac_right_role(a, b);
    const struct asset_ns *ns = assets_ns(s->c->as, b->meta.ns);
    struct evidence ev[5];

    if (*b->meta.ns && !ns)
        return;
    ev[0] = rbac_right_evidence(a, b);
    ev[0].field = "roleRef";
    ev[0].reason = arena_printf(
        a, b->role ? "gives the identity %s" : "gives the identity %s, which does not exist yet",
        role);
    rbac_right_evidence_rule(a, write->binding, write->rule, &ev[1]);
    ev[2].reason = arena_printf(a, "%s allows to %s %s", ev[2].object, verb, role);
    rbac_right_evidence_rule(a, escalate->binding, escalate->rule, &ev[3]);
    ev[4].reason = arena_printf(a, "%s allows to escalate in it", ev[4].object);
    draft_edge(s->c->d, s->identity, *b->meta.ns ? ns->admin : s->c->as->cluster_admin,
               EDGE_ROLE_ESCALATE, CLASS_TRIVIAL, VERDICT_YES, ev, ARRAY_LEN(ev));
}

static bool is_in(const struct fact_subject *who, const char *group)
{
    struct rbac_groups groups;
    char *user = rbac_user_name(who->kind, who->ns, who->name);
    bool in = false;

    rbac_groups_of(user, &groups);
    for (size_t i = 0; i < groups.n; i++)
        in = in || strcmp(groups.v[i], group) == 0;
    rbac_groups_done(&groups);
    g_free(user);
    return in;
}

/* What a group of the identity can do alone is an edge of that group. */
static bool group_can(const struct search *s, const struct fact_binding *b)
{
    struct rbac_grant write, escalate;

    for (size_t i = 0; s->who->kind != SUBJECT_GROUP && i < b->nsubjects; i++)
        if (b->subjects[i].kind == SUBJECT_GROUP && is_in(s->who, b->subjects[i].name) &&
            writes(s, &b->subjects[i], b, &write, &escalate))
            return true;
    return false;
}

static void ask(struct search *s)
{
    struct rbac_grant write, escalate;

    for (guint i = 0; s->may && i < s->bound->len; i++) {
        const struct fact_binding *b = s->bound->pdata[i];
        const char *verb = writes(s, s->who, b, &write, &escalate);

        if (verb && (i < s->nown || !group_can(s, b)))
            tell(s, b, verb, &write, &escalate);
    }
}

static void try(struct search *s, GHashTable *seen, const struct fact_subject *who)
{
    /* bound to a role that does not exist, and to nothing else, it has no node yet */
    char *key = who->kind == SUBJECT_GROUP ? g_strconcat("g ", who->name, NULL)
                                           : rbac_user_name(who->kind, who->ns, who->name);

    if (!g_hash_table_add(seen, key))
        return;
    s->who = who;
    s->may = false;
    g_ptr_array_set_size(s->bound, 0);
    rbac_each_binding(s->c->rbac, who, add, s);
    s->nown = s->bound->len;
    rbac_union_groups(s->c, who, add, s);
    if (!s->may)
        return;
    s->identity = assets_subject(s->c->f, s->c->d, who);
    ask(s);
}

static void derive(struct rule_ctx *c)
{
    struct search s = {.c = c, .escalating = with_escalate(c->f), .bound = g_ptr_array_new()};
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; g_hash_table_size(s.escalating) > 0 && i < c->f->bindings.n; i++)
        for (size_t j = 0; j < c->f->bindings.v[i].nsubjects; j++)
            try(&s, seen, &c->f->bindings.v[i].subjects[j]);
    g_hash_table_destroy(seen);
    g_hash_table_destroy(s.escalating);
    g_ptr_array_free(s.bound, TRUE);
}

#define ON(a_verb, plural)                                                                         \
    {                                                                                              \
        .verb = a_verb, .group = GROUP_NAME, .resource = plural, .subresource = "",                \
        .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL                        \
    }

/* For explaining: what one of its bindings' roles must be open to. */
static const struct rbac_right may_write[] = {
    ON("update", "roles"),        ON("patch", "roles"),        ON("create", "roles"),
    ON("update", "clusterroles"), ON("patch", "clusterroles"), ON("create", "clusterroles")};
static const struct rbac_right may_escalate[] = {ON("escalate", "roles"),
                                                 ON("escalate", "clusterroles")};
static const struct rbac_part parts[] = {{may_escalate, ARRAY_LEN(may_escalate), false},
                                         {may_write, ARRAY_LEN(may_write), false}};
static const struct rule_wants wants[] = {
    {.kind = EDGE_ROLE_ESCALATE, .parts = parts, .nparts = ARRAY_LEN(parts)}};

const struct rule rule_role_escalate = {
    .name = "role_escalate",
    .version = 1,
    .kinds = {EDGE_ROLE_ESCALATE},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
