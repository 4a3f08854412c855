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

/* Service accounts that bindings name and that were not seen: one can speak as them whether they
 * exist or not. */
struct absent {
    const struct fact_subject **v;
    size_t n;
};

static struct absent find_absent(struct rule_ctx *c)
{
    struct absent out = {NULL, 0};
    GPtrArray *list = g_ptr_array_new();

    for (size_t i = 0; i < c->f->bindings.n; i++)
        for (size_t j = 0; j < c->f->bindings.v[i].nsubjects; j++) {
            const struct fact_subject *s = &c->f->bindings.v[i].subjects[j];

            if (s->kind == SUBJECT_SERVICEACCOUNT && !facts_sa(c->f, s->ns, s->name))
                g_ptr_array_add(list, (gpointer)s);
        }
    out.n = list->len;
    if (list->len > 0)
        out.v = arena_memdup(c->scratch, list->pdata, list->len * sizeof(*out.v));
    g_ptr_array_free(list, TRUE);
    return out;
}

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

/* Those that were not seen belong to the sets of all accounts as well. */
static void join_absent(struct rule_ctx *c, const struct absent *gone)
{
    for (size_t i = 0; i < gone->n; i++) {
        const struct fact_subject *s = gone->v[i];
        const struct asset_ns *ns = assets_ns(c->as, s->ns);
        struct evidence ev = {
            .object = arena_printf(c->scratch, "ServiceAccount %s/%s", s->ns, s->name),
            .reason =
                "a binding names it, and its name can be spoken for whether it exists or not"};

        draft_edge_yes(c->d, ns ? ns->sas : c->as->sas, assets_subject(c->f, c->d, s),
                       EDGE_HUB_MEMBER, &ev);
    }
}

static void hit_account(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct absent *gone = arg;
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    if (!h->name) {
        if (!*where || ns)
            draw(c, h, ns ? ns->sas : c->as->sas);
        join_absent(c, gone);
        return;
    }
    for (size_t i = 0; i < c->f->serviceaccounts.n; i++) {
        const struct meta *m = &c->f->serviceaccounts.v[i].meta;

        if (strcmp(m->name, h->name) == 0 && (!*where || strcmp(m->ns, where) == 0))
            draw(c, h, m->ix);
    }
    for (size_t i = 0; i < gone->n; i++)
        if (strcmp(gone->v[i]->name, h->name) == 0 &&
            (!*where || strcmp(gone->v[i]->ns, where) == 0))
            draw(c, h, assets_subject(c->f, c->d, gone->v[i]));
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

struct halves {
    const struct constrained *row;
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
    const struct asset_ns *ns = assets_ns(c->as, h->ns);

    if (strcmp(resource, "nodes") == 0)
        return name ? user_node(c, arena_printf(c->scratch, NODE_USER_PREFIX "%s", name))
                    : hubs_users(c->hubs);
    if (strcmp(resource, "users") == 0)
        return !name              ? hubs_plain_users(c->hubs)
               : is_account(name) ? UINT32_MAX
                                  : user_node(c, name);
    if (!name)
        return ns ? ns->sas : *h->ns ? UINT32_MAX : c->as->sas;
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
    struct halves both = {.row = arg};

    rbac_each_binding(c->rbac, h->subject, look_for_on, &both);
    rbac_union_groups(c, h->subject, look_for_on, &both);
    if (!both.on)
        return;
    if (h->parts[0].all)
        draw_constrained(c, h, &both, NULL);
    for (size_t i = 0; !h->parts[0].all && i < h->parts[0].names.n; i++)
        draw_constrained(c, h, &both, h->parts[0].names.v[i]);
}

static void derive(struct rule_ctx *c)
{
    struct absent gone = find_absent(c);
    const struct rbac_part by_user[] = {{users, 1, .cluster = true}, {groups, 1, .cluster = true}},
                           by_account[] = {{accounts, 1, .cluster = false},
                                           {groups, 1, .cluster = true}};

    rbac_right_each(c, users, 1, hit_user, NULL);
    rbac_right_each(c, accounts, 1, hit_account, &gone);
    rbac_union_each(c, by_user, 2, hit_groups, NULL);
    rbac_union_each(c, by_account, 2, hit_groups, NULL);
    if (gates_hold(c->f, GATE_CONSTRAINED_IMPERSONATION) == TRI_NO)
        return;
    for (size_t i = 0; i < ARRAY_LEN(constrained); i++) {
        struct rbac_part part = {&constrained[i].whom, 1, constrained[i].cluster};

        rbac_union_each(c, &part, 1, hit_constrained, (void *)(uintptr_t)&constrained[i]);
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
    .version = 1,
    .kinds = {EDGE_IDENTITY_IMPERSONATE, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
