/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROLE_BIND against the authorizer: on random roles and bindings, each binding that could be
 * written is tried for each identity.  A walk through hubs, Roles and permission sets must end
 * where the server would let it be bound, and nowhere else: least of all in a wider scope. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/rule.h"
#include "tests/support/rbac_world.h"
#include "tests/test.h"

#define GROUP_NAME "rbac.authorization.k8s.io"

/* A binding that somebody may try to write; ns "" is a ClusterRoleBinding. */
struct attempt {
    const char *ns, *role;
    bool to_clusterrole;
};

static const struct attempt attempts[] = {
    {"", "r0", true},       {"", "r1", true},           {"", "r2", true},
    {"", "no-such", true},  {"a", "r0", true},          {"a", "r1", true},
    {"a", "no-such", true}, {"b", "r0", true},          {"b", "no-such", true},
    {"empty", "r2", true},  {"empty", "no-such", true}, {"a", "r3", false},
    {"b", "r4", false},
};

/* One world and one identity in it. */
struct trial {
    const struct facts *f;
    const struct rbac *r;
    const struct rbac_world_identity *who;
    struct rbac_world_walk w;
    const char *text;
};

static bool may(const struct trial *t, const char *verb, const char *resource, const char *ns,
                const char *name)
{
    return rbac_world_may(t->r, t->who,
                          (struct rbac_request){verb, GROUP_NAME, resource, "", ns, name, NULL});
}

static bool is(const struct fact_binding *b, const struct attempt *x)
{
    return !b->could_be && strcmp(b->meta.ns, x->ns) == 0 &&
           b->to_clusterrole == x->to_clusterrole && strcmp(b->role_name, x->role) == 0;
}

/* What the server would say, for a role that exists or (no-such) would. */
static bool can(const struct trial *t, const struct attempt *x)
{
    const char *resource = *x->ns ? "rolebindings" : "clusterrolebindings";
    bool writes = may(t, "create", resource, x->ns, "");

    for (size_t i = 0; i < t->f->bindings.n; i++)
        if (is(&t->f->bindings.v[i], x))
            writes = writes || may(t, "update", resource, x->ns, t->f->bindings.v[i].meta.name) ||
                     may(t, "patch", resource, x->ns, t->f->bindings.v[i].meta.name);
    return writes && may(t, "bind", x->to_clusterrole ? "clusterroles" : "roles", x->ns, x->role);
}

static bool at(const struct trial *t, const char *key)
{
    uint32_t i = rbac_world_find(t->w.p, key);

    return i != UINT32_MAX && t->w.at[i];
}

/* Whether the walk is at the permission set of such a binding, be it there or not. */
static bool at_set(const struct trial *t, const struct attempt *x)
{
    g_autofree char *could = g_strdup_printf("k8s:c/permissionset/%s/%s/%s", x->ns, x->role,
                                             x->to_clusterrole ? "clusterrole" : "role");
    bool yes = at(t, could);

    for (size_t i = 0; !yes && i < t->f->bindings.n; i++) {
        const struct fact_binding *b = &t->f->bindings.v[i];
        g_autofree char *key = g_strdup_printf("k8s:c/permissionset/%s/%s", x->ns, b->meta.name);
        yes = is(b, x) && at(t, key);
    }
    return yes;
}

static bool at_admin(const struct trial *t, const char *ns)
{
    g_autofree char *key = g_strdup_printf("k8s:c/nsadmin/%s/all", ns);

    return at(t, *ns ? key : "k8s:c/clusteradmin//all");
}

static void start(struct trial *t)
{
    rbac_world_start(&t->w, t->who->key);
    rbac_world_follow(&t->w, EDGE_MEMBER_OF);
}

/* Whether the identity has it anyway. */
static bool holds(struct trial *t, const struct attempt *x)
{
    start(t);
    rbac_world_step(&t->w, EDGE_PERMISSION_DISCOVER, false);
    return at_set(t, x);
}

static void gains(struct trial *t)
{
    start(t);
    rbac_world_step(&t->w, EDGE_ROLE_BIND, false);
    rbac_world_follow(&t->w, EDGE_HUB_MEMBER);
    rbac_world_step(&t->w, EDGE_ROLE_GRANT, true);
}

static void try_one(struct trial *t, const struct attempt *x, size_t *yes)
{
    const struct attempt wide = {"", x->role, true};
    bool real = strcmp(x->role, "no-such") != 0, want = can(t, x), has = holds(t, x);

    *yes += want && real;
    gains(t);
    if (real && at_set(t, x))
        cr_assert(want, "%s gains %s in \"%s\":\n%s", t->who->key, x->role, x->ns, t->text);
    if (!real && at_admin(t, x->ns))
        cr_assert(want, "%s becomes admin of \"%s\":\n%s", t->who->key, x->ns, t->text);
    if (!real)
        return;
    if (want && !has)
        cr_assert(at_set(t, x) || at_admin(t, x->ns) || at_admin(t, "") ||
                      (x->to_clusterrole && at_set(t, &wide)),
                  "%s does not gain %s in \"%s\":\n%s", t->who->key, x->role, x->ns, t->text);
}

Test(bindable, leads_where_the_server_lets_one_bind_and_nowhere_else)
{
    static const char *const verbs[] = {"create", "bind", "update", "patch", "*", "get"};
    static const char *const groups[] = {GROUP_NAME, GROUP_NAME, GROUP_NAME, "*", ""};
    static const char *const resources[] = {"roles", "clusterroles", "rolebindings",
                                            "clusterrolebindings", "*"};
    static const char *const names[] = {"r0", "r1", "r2", "r3", "r4", "x0", "b1", "x3", "b4", ""};
    static const struct rbac_world_words words = {verbs,
                                                  groups,
                                                  resources,
                                                  names,
                                                  ARRAY_LEN(verbs),
                                                  ARRAY_LEN(groups),
                                                  ARRAY_LEN(resources),
                                                  ARRAY_LEN(names)};
    g_autoptr(GString) text = g_string_new(NULL);
    size_t yes = 0;

    srand(3);
    for (int round = 0; round < 1500; round++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = rbac_world_facts(a, &words, text);
        AUTO(rbac) r = rbac_new(f);
        struct part p;

        must(rule_derive(f, NULL, a, &p, &e));
        struct trial t = {f, r, NULL, {&p, calloc(p.nnodes + 1, sizeof(bool))}, text->str};
        for (size_t i = 0; i < RBAC_WORLD_IDENTITIES; i++) {
            t.who = &rbac_world_identities[i];
            for (size_t k = 0; k < ARRAY_LEN(attempts); k++)
                try_one(&t, &attempts[k], &yes);
        }
        free(t.w.at);
    }
    printf("bindable: %zu bindings could be written\n", yes);
    cr_expect_gt(yes, 500);
}
