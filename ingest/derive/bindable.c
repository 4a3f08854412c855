/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing a binding takes two rights that may come from different roles: over the binding, and
 * `bind` over the role, which the server asks for in the binding's own namespace.  Who may create
 * bindings has whatever `bind` covers; who may only change them has what existing ones refer to,
 * because a roleRef never changes. */
#include "ingest/derive/bindable.h"

#include <string.h>

#include "ingest/derive/rbac_union.h"

#define RBAC_GROUP .group = "rbac.authorization.k8s.io", .subresource = ""
#define NAMED .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL

static const struct rbac_right
    create_crb[] =
        {{.verb = "create", .resource = "clusterrolebindings", RBAC_GROUP, .class = CLASS_TRIVIAL}},
    create_rb[] =
        {{.verb = "create", .resource = "rolebindings", RBAC_GROUP, .class = CLASS_TRIVIAL}},
    write_crb[] = {{.verb = "update", .resource = "clusterrolebindings", RBAC_GROUP, NAMED},
                   {.verb = "patch", .resource = "clusterrolebindings", RBAC_GROUP, NAMED}},
    write_rb[] = {{.verb = "update", .resource = "rolebindings", RBAC_GROUP, NAMED},
                  {.verb = "patch", .resource = "rolebindings", RBAC_GROUP, NAMED}},
    bind_clusterrole[] = {{.verb = "bind", .resource = "clusterroles", RBAC_GROUP, NAMED}},
    bind_role[] = {{.verb = "bind", .resource = "roles", RBAC_GROUP, NAMED}};

#define ALL(table) .rights = (table), .n = ARRAY_LEN(table)

static const struct way {
    enum bindable_form form;
    bool creates;
    struct rbac_part parts[2];
} ways[] = {
    {BINDABLE_CRB,
     true,
     {{ALL(create_crb), .cluster = true}, {ALL(bind_clusterrole), .cluster = true}}},
    {BINDABLE_CRB,
     false,
     {{ALL(write_crb), .cluster = true}, {ALL(bind_clusterrole), .cluster = true}}},
    {BINDABLE_RB_CLUSTERROLES, true, {{ALL(create_rb)}, {ALL(bind_clusterrole)}}},
    {BINDABLE_RB_CLUSTERROLES, false, {{ALL(write_rb)}, {ALL(bind_clusterrole)}}},
    {BINDABLE_RB_ROLES, true, {{ALL(create_rb)}, {ALL(bind_role)}}},
    {BINDABLE_RB_ROLES, false, {{ALL(write_rb)}, {ALL(bind_role)}}},
};

#define WANTS(way)                                                                                 \
    {                                                                                              \
        .kind = EDGE_ROLE_BIND, .parts = ways[way].parts, .nparts = ARRAY_LEN(ways[way].parts)     \
    }
const struct rule_wants bindable_wants[] = {WANTS(0), WANTS(1), WANTS(2),
                                            WANTS(3), WANTS(4), WANTS(5)};

struct search {
    const struct way *way;
    GHashTable *had; /* "identity form ns": creates bindings of that form there */
    GHashTable *top; /* "identity ns": binds any ClusterRole there; "*" throughout the cluster */
    bindable_fn *hit;
    void *arg;
};

static const char *had_key(struct arena *a, uint32_t identity, enum bindable_form form,
                           const char *ns)
{
    return arena_printf(a, "%u %d %s", identity, (int)form, ns);
}

static const char *top_key(struct arena *a, uint32_t identity, const char *ns)
{
    return arena_printf(a, "%u %s", identity, ns);
}

/* Whether what the identity was told before includes everything that this may give. */
static bool included(const struct search *s, struct arena *a, const struct rbac_union_hit *h)
{
    enum bindable_form form = s->way->form;

    if (g_hash_table_contains(s->top, top_key(a, h->identity, "*")))
        return true;
    if (form != BINDABLE_CRB && (g_hash_table_contains(s->top, top_key(a, h->identity, "")) ||
                                 g_hash_table_contains(s->top, top_key(a, h->identity, h->ns))))
        return true;
    return !s->way->creates &&
           (g_hash_table_contains(s->had, had_key(a, h->identity, form, "")) ||
            g_hash_table_contains(s->had, had_key(a, h->identity, form, h->ns)));
}

static void creates(struct rule_ctx *c, const struct search *s, struct bindable_hit *out,
                    const struct rbac_held *bind)
{
    bool role = out->form == BINDABLE_RB_ROLES;

    g_hash_table_add(s->had, (gpointer)had_key(c->scratch, out->identity, out->form, out->ns));
    if (bind->all && !role)
        g_hash_table_add(s->top, (gpointer)top_key(c->scratch, out->identity,
                                                   out->form == BINDABLE_CRB ? "*" : out->ns));
    if (bind->all) {
        out->what = role ? BINDABLE_ROLES : BINDABLE_ANY;
        s->hit(c, out, s->arg);
        return;
    }
    out->what = role ? BINDABLE_ROLE : BINDABLE_CLUSTERROLE;
    for (size_t i = 0; i < bind->names.n; i++) {
        out->name = bind->names.v[i];
        s->hit(c, out, s->arg);
    }
}

bool bindable_is(const struct fact_binding *b, enum bindable_form form, const char *ns)
{
    if (b->could_be || (form == BINDABLE_CRB) != !*b->meta.ns)
        return false;
    if (b->to_clusterrole != (form != BINDABLE_RB_ROLES))
        return false;
    return !*ns || strcmp(b->meta.ns, ns) == 0;
}

static bool names(const struct rbac_held *held, const char *name)
{
    return held->all || facts_has(&held->names, name);
}

static bool is_subject(const struct fact_binding *b, const struct fact_subject *who)
{
    for (size_t i = 0; i < b->nsubjects; i++)
        if (b->subjects[i].kind == who->kind && strcmp(b->subjects[i].ns, who->ns) == 0 &&
            strcmp(b->subjects[i].name, who->name) == 0)
            return true;
    return false;
}

static void changes(struct rule_ctx *c, const struct search *s, struct bindable_hit *out,
                    const struct rbac_union_hit *h)
{
    if (h->parts[0].all && h->parts[1].all) {
        out->what = BINDABLE_ALL_EXISTING;
        s->hit(c, out, s->arg);
        return;
    }
    out->what = BINDABLE_EXISTING;
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        if (c->as->permission_set[i] == UINT32_MAX || !bindable_is(b, out->form, out->ns) ||
            !names(&h->parts[0], b->meta.name) || !names(&h->parts[1], b->role_name) ||
            is_subject(b, h->subject))
            continue;
        out->existing = b;
        out->name = b->role_name;
        s->hit(c, out, s->arg);
    }
}

static void found(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    const struct search *s = arg;
    struct bindable_hit out = {.identity = h->identity,
                               .form = s->way->form,
                               .ns = h->ns,
                               .class = h->class,
                               .why = h->why,
                               .nwhy = h->nwhy};

    if (included(s, c->scratch, h))
        return;
    if (s->way->creates)
        creates(c, s, &out, &h->parts[1]);
    else
        changes(c, s, &out, h);
}

void bindable_each(struct rule_ctx *c, bindable_fn *hit, void *arg)
{
    struct search s = {.had = g_hash_table_new(g_str_hash, g_str_equal),
                       .top = g_hash_table_new(g_str_hash, g_str_equal),
                       .hit = hit,
                       .arg = arg};

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        s.way = &ways[i];
        rbac_union_each(c, ways[i].parts, ARRAY_LEN(ways[i].parts), found, &s);
    }
    g_hash_table_destroy(s.had);
    g_hash_table_destroy(s.top);
}

/* The bindings that could be, while they are collected. */
struct wanted {
    struct facts *f;
    GHashTable *seen; /* "ns/C|R/name" */
    GArray *list;     /* struct fact_binding */
};

static void want(struct wanted *w, const struct fact_role *role, const char *ns)
{
    bool cluster = !*role->meta.ns;
    char *key = g_strdup_printf("%s/%c/%s", ns, cluster ? 'C' : 'R', role->meta.name);
    struct fact_binding b = {.meta = {.ns = ns,
                                      .name = role->meta.name,
                                      .uid = "",
                                      .owner_kind = "",
                                      .owner_name = "",
                                      .ix = UINT32_MAX},
                             .to_clusterrole = cluster,
                             .role_name = role->meta.name,
                             .role = role,
                             .could_be = true};

    if (g_hash_table_add(w->seen, key) && role->nrules > 0)
        g_array_append_val(w->list, b);
}

static void want_clusterrole(struct wanted *w, const struct bindable_hit *h)
{
    g_autofree char *key = g_strconcat("/", h->name, NULL);
    const struct fact_role *role = g_hash_table_lookup(w->f->clusterrole_by_name, key);

    if (!role)
        return;
    if (h->form == BINDABLE_CRB || *h->ns)
        want(w, role, h->ns);
    else
        for (size_t i = 0; i < w->f->namespaces.n; i++)
            want(w, role, w->f->namespaces.v[i].meta.name);
}

static void collect(struct rule_ctx *c, const struct bindable_hit *h, void *arg)
{
    struct wanted *w = arg;

    (void)c;
    if (h->what == BINDABLE_CLUSTERROLE)
        want_clusterrole(w, h);
    if (h->what != BINDABLE_ROLE && h->what != BINDABLE_ROLES)
        return;
    for (size_t i = 0; i < w->f->roles.n; i++) {
        const struct fact_role *r = &w->f->roles.v[i];

        if (*r->meta.ns && (!*h->ns || strcmp(r->meta.ns, h->ns) == 0) &&
            (h->what == BINDABLE_ROLES || strcmp(r->meta.name, h->name) == 0))
            want(w, r, r->meta.ns);
    }
}

void bindable_drop(struct facts *f)
{
    while (f->bindings.n > 0 && f->bindings.v[f->bindings.n - 1].could_be)
        f->bindings.n--;
}

bool bindable_add(struct facts *f, struct rule_ctx *c, struct assets *as)
{
    struct wanted w = {f, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                       g_array_new(FALSE, FALSE, sizeof(struct fact_binding))};

    bindable_each(c, collect, &w);
    for (guint i = 0; i < w.list->len; i++)
        FACTS_ADD(f, bindings, g_array_index(w.list, struct fact_binding, i));
    bool any = w.list->len > 0;
    if (any)
        assets_permission_sets(f, c->d, as);
    g_array_free(w.list, TRUE);
    g_hash_table_destroy(w.seen);
    return any;
}
