/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making requests in another identity's name.  Users and groups are cluster-scoped, so a
 * RoleBinding gives no right over them; service accounts are of a namespace.  A group counts only
 * beside a user or service account that one may also name. */
#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/rbac_union.h"

#define IMPERSONATE(plural)                                                                        \
    {                                                                                              \
        .verb = "impersonate", .group = "", .resource = plural, .subresource = "",                 \
        .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL                        \
    }
#define NODE_USER_PREFIX "system:node:"
#define NODE_GROUP_NAME "system:nodes"

static const struct rbac_right users[] = {IMPERSONATE("users")}, groups[] = {IMPERSONATE("groups")},
                               accounts[] = {IMPERSONATE("serviceaccounts")};

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, uint32_t to)
{
    draft_edge(c->d, h->set, to, EDGE_IDENTITY_IMPERSONATE, h->class, VERDICT_YES, h->why, 2);
}

static bool is_account(const char *user)
{
    char *ns = NULL;
    const char *name;
    bool yes = rbac_user_is_sa(user, &ns, &name);

    g_free(ns);
    return yes;
}

static uint32_t user_node(struct rule_ctx *c, const char *name)
{
    return draft_node(c->d, NODE_USER, "", name);
}

/* As system:node:X without the group system:nodes one is no node; node_names sees to the rest. */
static void hit_user(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    (void)arg;
    if (*h->binding->meta.ns)
        return;
    if (!h->name)
        draw(c, h, hubs_plain_users(c->hubs));
    else if (!is_account(h->name) && !g_str_has_prefix(h->name, NODE_USER_PREFIX))
        draw(c, h, user_node(c, h->name));
}

/* One can speak as an account that only a binding names, whether it exists or not. */
static void hit_account(struct rule_ctx *c, const struct rbac_right_hit *h, void *by_name)
{
    const char *where = h->binding->meta.ns;
    const GPtrArray *all = h->name ? g_hash_table_lookup(by_name, h->name) : NULL;
    size_t n;
    const struct hubs_absent *gone = hubs_absent_accounts(c->hubs, &n);

    if (!h->name) {
        if (!*where || assets_ns(c->as, where))
            draw(c, h, hubs_spoken_accounts(c->hubs, where));
        return;
    }
    for (guint i = 0; all && i < all->len; i++) {
        const struct meta *m = all->pdata[i];

        if (!*where || strcmp(m->ns, where) == 0)
            draw(c, h, m->ix);
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(gone[i].name, h->name) == 0 && (!*where || strcmp(gone[i].ns, where) == 0))
            draw(c, h, gone[i].ix);
}

static void draw_union(struct rule_ctx *c, const struct rbac_union_hit *h, uint32_t to)
{
    draft_edge(c->d, h->identity, to, EDGE_IDENTITY_IMPERSONATE, h->class, VERDICT_YES, h->why,
               h->nwhy);
}

/* With both names a request is one of the node's kubelet. */
static void node_names(struct rule_ctx *c, const struct rbac_union_hit *h)
{
    const struct rbac_held *u = &h->parts[0], *g = &h->parts[1];

    if (strcmp(u->right->resource, "users") != 0 ||
        (!g->all && !facts_has(&g->names, NODE_GROUP_NAME)))
        return;
    if (u->all)
        draw_union(c, h, hubs_users(c->hubs));
    for (size_t i = 0; !u->all && i < u->names.n; i++)
        if (g_str_has_prefix(u->names.v[i], NODE_USER_PREFIX))
            draw_union(c, h, user_node(c, u->names.v[i]));
}

/* The first part is a name to go by, the second the groups. */
static void hit_groups(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    const struct rbac_held *name = &h->parts[0], *g = &h->parts[1];
    bool usable = name->all || strcmp(name->right->resource, "users") != 0;

    (void)arg;
    for (size_t i = 0; !usable && i < name->names.n; i++)
        usable = !is_account(name->names.v[i]);
    if (!usable)
        return;
    if (g->all) {
        draw_union(c, h, hubs_groups(c->hubs));
        draw_union(c, h, draft_node(c->d, NODE_GROUP, "", RBAC_MASTERS));
    }
    for (size_t i = 0; !g->all && i < g->names.n; i++)
        draw_union(c, h, draft_node(c->d, NODE_GROUP, "", g->names.v[i]));
    node_names(c, h);
}

/* Constrained impersonation: a verb for whom, and verbs for what, which begin with `on`. */
static const struct constrained {
    struct rbac_right whom;
    const char *on;
    bool cluster;
} constrained[] = {
#define WHOM(text, plural)                                                                         \
    {                                                                                              \
        .verb = text, .group = "authentication.k8s.io", .resource = plural, .subresource = "",     \
        .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL                        \
    }
    {WHOM("impersonate:user-info", "users"), "impersonate-on:user-info:", true},
    {WHOM("impersonate:serviceaccount", "serviceaccounts"),
     "impersonate-on:serviceaccount:", false},
    {WHOM("impersonate:arbitrary-node", "nodes"), "impersonate-on:arbitrary-node:", true},
};

/* The second half of one identity, which is asked about scope by scope. */
struct halves {
    const struct constrained *row;
    uint32_t identity;             /* UINT32_MAX: none yet */
    const struct fact_binding *on; /* that gives the second half; NULL: none */
    size_t rule;
};

static void look_for_on(void *arg, const struct fact_binding *b)
{
    struct halves *h = arg;

    for (size_t i = 0; !h->on && b->role && i < b->role->nrules; i++)
        for (size_t k = 0; k < b->role->rules[i].verbs.n; k++)
            if (g_str_has_prefix(b->role->rules[i].verbs.v[k], h->row->on) ||
                strcmp(b->role->rules[i].verbs.v[k], "*") == 0) {
                h->on = b;
                h->rule = i;
                break;
            }
}

/* Whether the plain verb gives the same without limits, so that there is an edge already. */
static bool plain(struct rule_ctx *c, const struct rbac_union_hit *h, const char *name)
{
    const char *resource = h->parts[0].right->resource;
    struct rbac_subject s = {h->subject->kind, h->subject->ns, h->subject->name, {NULL, 0}};
    struct rbac_request q = {.verb = "impersonate",
                             .group = "",
                             .resource = strcmp(resource, "nodes") == 0 ? "users" : resource,
                             .subresource = "",
                             .ns = h->ns,
                             .name = name};

    return rbac_allows(c->rbac, &s, &q, NULL);
}

static uint32_t whom(struct rule_ctx *c, const struct rbac_union_hit *h, const char *resource,
                     const char *name)
{
    if (strcmp(resource, "nodes") == 0)
        return name ? user_node(c, arena_printf(c->scratch, NODE_USER_PREFIX "%s", name))
                    : hubs_node_users(c->hubs);
    if (strcmp(resource, "users") == 0)
        return !name              ? hubs_plain_users(c->hubs)
               : is_account(name) ? UINT32_MAX
                                  : user_node(c, name);
    if (!name)
        return !*h->ns || assets_ns(c->as, h->ns) ? hubs_spoken_accounts(c->hubs, h->ns)
                                                  : UINT32_MAX;
    const struct fact_serviceaccount *sa = *h->ns ? facts_sa(c->f, h->ns, name) : NULL;
    return sa ? sa->meta.ix : UINT32_MAX;
}

static void draw_constrained(struct rule_ctx *c, const struct rbac_union_hit *h,
                             const struct halves *both, const char *name)
{
    size_t n = h->nwhy + 2;
    struct evidence *ev = arena_alloc(c->scratch, n * sizeof(*ev));
    uint32_t to = whom(c, h, h->parts[0].right->resource, name);

    if (to == UINT32_MAX || plain(c, h, name ? name : ""))
        return;
    memcpy(ev, h->why, h->nwhy * sizeof(*ev));
    rbac_right_evidence_rule(c->scratch, both->on, both->rule, &ev[h->nwhy]);
    ev[n - 1].reason =
        arena_printf(c->scratch,
                     "constrained impersonation: only requests that the verbs %s* allow count, so "
                     "how far it goes is not known",
                     both->row->on);
    draft_edge(c->d, h->identity, to, EDGE_IDENTITY_IMPERSONATE, h->class, VERDICT_UNKNOWN, ev, n);
}

static void hit_constrained(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    struct halves *both = arg;

    if (both->identity != h->identity) {
        both->identity = h->identity;
        both->on = NULL;
        rbac_each_binding(c->rbac, h->subject, look_for_on, both);
        rbac_union_groups(c, h->subject, look_for_on, both);
    }
    if (!both->on)
        return;
    if (h->parts[0].all)
        draw_constrained(c, h, both, NULL);
    for (size_t i = 0; !h->parts[0].all && i < h->parts[0].names.n; i++)
        draw_constrained(c, h, both, h->parts[0].names.v[i]);
}

static void derive(struct rule_ctx *c)
{
    GHashTable *accounts_by_name = RBAC_RIGHT_BY_NAME(c, c->f->serviceaccounts);
    const struct rbac_part by_user[] = {{users, 1, .cluster = true}, {groups, 1, .cluster = true}},
                           by_account[] = {{accounts, 1, .cluster = false},
                                           {groups, 1, .cluster = true}};

    rbac_right_each(c, users, 1, hit_user, NULL);
    rbac_right_each(c, accounts, 1, hit_account, accounts_by_name);
    g_hash_table_destroy(accounts_by_name);
    rbac_union_each(c, by_user, 2, hit_groups, NULL);
    rbac_union_each(c, by_account, 2, hit_groups, NULL);
    if (gates_hold(c->f, GATE_CONSTRAINED_IMPERSONATION) == TRI_NO)
        return;
    for (size_t i = 0; i < ARRAY_LEN(constrained); i++) {
        struct rbac_part part = {&constrained[i].whom, 1, constrained[i].cluster};
        struct halves both = {.row = &constrained[i], .identity = UINT32_MAX};
        rbac_union_each(c, &part, 1, hit_constrained, &both);
    }
}

#define ALONE(table, only)                                                                         \
    {                                                                                              \
        table, 1, .cluster = only                                                                  \
    }
static const struct rbac_part as_user[] = {ALONE(users, true), ALONE(groups, true)},
                              as_account[] = {ALONE(accounts, false), ALONE(groups, true)},
                              on_users[] = {ALONE(&constrained[0].whom, true)},
                              on_accounts[] = {ALONE(&constrained[1].whom, false)},
                              on_nodes[] = {ALONE(&constrained[2].whom, true)};

#define TO(kind) ((node_kinds)1 << NODE_##kind)

static const struct rule_wants wants[] = {
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(USER) | TO(USERS),
     .rights = users,
     .n = 1,
     .cluster = true},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(SERVICEACCOUNT) | TO(SERVICEACCOUNTS),
     .rights = accounts,
     .n = 1},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(GROUP) | TO(GROUPS) | TO(USER) | TO(USERS),
     .parts = as_user,
     .nparts = ARRAY_LEN(as_user)},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(GROUP) | TO(GROUPS),
     .parts = as_account,
     .nparts = ARRAY_LEN(as_account)},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(USER) | TO(USERS),
     .parts = on_users,
     .nparts = ARRAY_LEN(on_users)},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(USER) | TO(USERS),
     .parts = on_nodes,
     .nparts = ARRAY_LEN(on_nodes)},
    {.kind = EDGE_IDENTITY_IMPERSONATE,
     .to = TO(SERVICEACCOUNT) | TO(SERVICEACCOUNTS),
     .parts = on_accounts,
     .nparts = ARRAY_LEN(on_accounts)},
};

const struct rule rule_identity_impersonate = {
    .name = "identity_impersonate",
    .version = 2,
    .kinds = {EDGE_IDENTITY_IMPERSONATE, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
