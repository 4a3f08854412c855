/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding oneself to roles; bindable.h says to which.
 *
 * Through a RoleBinding a ClusterRole counts only in that namespace, so the edge must not go to the
 * ClusterRole: it goes to the permission set that the new binding would be.  A Role counts in its
 * own namespace only, so the edge goes to the Role, and one edge from there to its set. */
#include <string.h>

#include "ingest/derive/bindable.h"
#include "ingest/derive/rbac_right.h"

struct drawing {
    GHashTable *sets; /* "ns/C|R/name" -> node of the binding that could be */
    GHashTable *hubs; /* node of a ROLES hub: its members are there */
};

static const char *set_key(struct arena *a, const char *ns, bool cluster, const char *name)
{
    return arena_printf(a, "%s/%c/%s", ns, cluster ? 'C' : 'R', name);
}

static GHashTable *sets_by_key(struct rule_ctx *c)
{
    GHashTable *by = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        if (b->could_be)
            g_hash_table_insert(
                by, (gpointer)set_key(c->scratch, b->meta.ns, b->to_clusterrole, b->role_name),
                GUINT_TO_POINTER(c->as->permission_set[i]));
    }
    return by;
}

static void member(struct rule_ctx *c, uint32_t hub, uint32_t node, const struct fact_role *r)
{
    const char *object = *r->meta.ns
                             ? arena_printf(c->scratch, "Role %s/%s", r->meta.ns, r->meta.name)
                             : arena_printf(c->scratch, "ClusterRole %s", r->meta.name);
    struct evidence ev = {.object = object, .uid = r->meta.uid};

    draft_edge_yes(c->d, hub, node, EDGE_HUB_MEMBER, &ev);
}

/* A hub of roles or bindings; *made says that it has no members yet. */
static uint32_t hub(struct rule_ctx *c, struct drawing *dr, const char *ns, const char *name,
                    const char *sub, const char *what, bool *made)
{
    uint32_t ix = draft_node_sub(c->d, NODE_ROLES, ns, name, sub);

    *made = g_hash_table_add(dr->hubs, GUINT_TO_POINTER(ix + 1));
    if (*made)
        draft_set_name(c->d, ix, what);
    return ix;
}

static uint32_t roles_of(struct rule_ctx *c, struct drawing *dr, const char *ns)
{
    bool made;
    uint32_t ix =
        hub(c, dr, ns, "all", NULL, arena_printf(c->scratch, "all Roles of %s", ns), &made);

    for (size_t i = 0; made && i < c->f->roles.n; i++) {
        const struct fact_role *r = &c->f->roles.v[i];

        if (strcmp(r->meta.ns, ns) == 0)
            member(c, ix, r->meta.ix, r);
    }
    return ix;
}

static uint32_t all_roles(struct rule_ctx *c, struct drawing *dr)
{
    bool made;
    uint32_t ix = hub(c, dr, "", "all", NULL, "all Roles of the cluster", &made);

    for (size_t i = 0; made && i < c->f->roles.n; i++) {
        const struct fact_role *r = &c->f->roles.v[i];
        struct evidence ev = {.object = arena_printf(c->scratch, "Namespace %s", r->meta.ns)};

        if (*r->meta.ns)
            draft_edge_yes(c->d, ix, roles_of(c, dr, r->meta.ns), EDGE_HUB_MEMBER, &ev);
    }
    return ix;
}

/* One ClusterRole bound in a namespace, whichever. */
static uint32_t anywhere(struct rule_ctx *c, struct drawing *dr, const struct fact_role *role)
{
    const char *name = role->meta.name;
    bool made;
    uint32_t ix = hub(c, dr, "", name, "clusterrole",
                      arena_printf(c->scratch, "ClusterRole %s in any one namespace", name), &made);

    for (size_t i = 0; made && i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        if (b->could_be && b->to_clusterrole && *b->meta.ns && b->role == role)
            member(c, ix, c->as->permission_set[i], role);
    }
    return ix;
}

static uint32_t existing(struct rule_ctx *c, struct drawing *dr, const struct bindable_hit *h)
{
    static const char *const subs[] = {
        [BINDABLE_CRB] = "clusterrolebindings",
        [BINDABLE_RB_CLUSTERROLES] = "rolebindings-to-clusterroles",
        [BINDABLE_RB_ROLES] = "rolebindings-to-roles",
    };
    static const char *const texts[] = {
        [BINDABLE_CRB] = "all ClusterRoleBindings there are",
        [BINDABLE_RB_CLUSTERROLES] = "all RoleBindings to ClusterRoles there are",
        [BINDABLE_RB_ROLES] = "all RoleBindings to Roles there are",
    };
    bool made;
    const char *what =
        *h->ns ? arena_printf(c->scratch, "%s in %s", texts[h->form], h->ns) : texts[h->form];
    uint32_t ix = hub(c, dr, h->ns, "all", subs[h->form], what, &made);

    for (size_t i = 0; made && i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];
        struct evidence ev = rbac_right_evidence(c->scratch, b);

        if (c->as->permission_set[i] != UINT32_MAX && bindable_is(b, h->form, h->ns))
            draft_edge_yes(c->d, ix, c->as->permission_set[i], EDGE_HUB_MEMBER, &ev);
    }
    return ix;
}

/* Draws with one more piece of evidence: what is bound. */
static void draw(struct rule_ctx *c, const struct bindable_hit *h, uint32_t to,
                 const struct evidence *what)
{
    struct evidence *all = arena_alloc(c->scratch, (h->nwhy + 1) * sizeof(*all));

    memcpy(all, h->why, h->nwhy * sizeof(*all));
    if (what)
        all[h->nwhy] = *what;
    draft_edge(c->d, h->identity, to, EDGE_ROLE_BIND, h->class, VERDICT_YES, all,
               h->nwhy + (what ? 1 : 0));
}

static void draw_any(struct rule_ctx *c, const struct bindable_hit *h)
{
    const struct asset_ns *ns = assets_ns(c->as, h->ns);

    if (h->form == BINDABLE_CRB)
        draw(c, h, c->as->cluster_admin, NULL);
    else if (!*h->ns)
        draw(c, h, hubs_ns_admins(c->hubs), NULL);
    else if (ns)
        draw(c, h, ns->admin, NULL);
}

static void draw_clusterrole(struct rule_ctx *c, struct drawing *dr, const struct bindable_hit *h)
{
    const char *key = arena_printf(c->scratch, "/%s", h->name);
    const struct fact_role *role = g_hash_table_lookup(c->f->clusterrole_by_name, key);
    bool everywhere = h->form != BINDABLE_CRB && !*h->ns;
    struct evidence what = {
        .object = arena_printf(c->scratch, "ClusterRole %s", h->name),
        .uid = role ? role->meta.uid : "",
        .reason = h->form == BINDABLE_CRB ? "can be bound throughout the cluster"
                  : everywhere            ? "can be bound in any namespace"
                                          : arena_printf(c->scratch, "can be bound in %s", h->ns)};

    if (!role || role->nrules == 0)
        return;
    if (everywhere) {
        draw(c, h, anywhere(c, dr, role), &what);
        return;
    }
    draw(c, h,
         GPOINTER_TO_UINT(g_hash_table_lookup(dr->sets, set_key(c->scratch, h->ns, true, h->name))),
         &what);
}

static void draw_role(struct rule_ctx *c, const struct bindable_hit *h)
{
    for (size_t i = 0; i < c->f->roles.n; i++) {
        const struct fact_role *r = &c->f->roles.v[i];
        struct evidence what = {.uid = r->meta.uid, .reason = "can be bound in its namespace"};

        if (!*r->meta.ns || strcmp(r->meta.name, h->name) != 0 ||
            (*h->ns && strcmp(r->meta.ns, h->ns) != 0))
            continue;
        what.object = arena_printf(c->scratch, "Role %s/%s", r->meta.ns, r->meta.name);
        draw(c, h, r->meta.ix, &what);
    }
}

static void hit(struct rule_ctx *c, const struct bindable_hit *h, void *arg)
{
    struct drawing *dr = arg;

    switch (h->what) {
    case BINDABLE_ANY:
        draw_any(c, h);
        break;
    case BINDABLE_CLUSTERROLE:
        draw_clusterrole(c, dr, h);
        break;
    case BINDABLE_ROLES:
        draw(c, h, *h->ns ? roles_of(c, dr, h->ns) : all_roles(c, dr), NULL);
        break;
    case BINDABLE_ROLE:
        draw_role(c, h);
        break;
    case BINDABLE_EXISTING: {
        struct evidence what = rbac_right_evidence(c->scratch, h->existing);

        what.reason = arena_printf(c->scratch, "grants %s, and its subjects can be changed",
                                   rbac_right_role(c->scratch, h->existing));
        draw(c, h, h->existing->meta.ix, &what);
        break;
    }
    case BINDABLE_ALL_EXISTING:
        draw(c, h, existing(c, dr, h), NULL);
        break;
    }
}

/* What each Role would grant to who may bind it. */
static void draw_grants(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];
        struct evidence ev = {.object =
                                  arena_printf(c->scratch, "Role %s/%s", b->meta.ns, b->role_name),
                              .reason = "what a new binding to it would grant"};

        if (!b->could_be || b->to_clusterrole)
            continue;
        ev.uid = b->role->meta.uid;
        draft_edge_yes(c->d, b->role->meta.ix, c->as->permission_set[i], EDGE_ROLE_GRANT, &ev);
    }
}

static void derive(struct rule_ctx *c)
{
    struct drawing dr = {sets_by_key(c), g_hash_table_new(NULL, NULL)};

    bindable_each(c, hit, &dr);
    draw_grants(c);
    g_hash_table_destroy(dr.sets);
    g_hash_table_destroy(dr.hubs);
}

const struct rule rule_role_bind = {
    .name = "role_bind",
    .version = 1,
    .kinds = {EDGE_ROLE_BIND, EDGE_ROLE_GRANT, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = bindable_wants,
    .nwants = BINDABLE_WAYS,
};
