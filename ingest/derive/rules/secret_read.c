/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading Secrets and ConfigMaps through the API.  Not only `get`: a list, a watch, the answer to a
 * patch and the answer to a deletecollection show values too. */
#include <stddef.h>
#include <string.h>

#include "ingest/derive/rbac_right.h"

#define SECRETS .group = "", .resource = "secrets", .subresource = ""
#define CONFIGMAPS                                                                                 \
    .group = "", .resource = "configmaps", .subresource = "", .class = CLASS_MODERATE,             \
    .named_class = CLASS_MODERATE

/* Easiest first.  All Secrets by get needs their names, most of which pod specs show.  Names in a
 * rule are known to its holder, who may ask for his own rules; a list or watch narrowed to one
 * object by a field selector carries its name, a deletecollection never does. */
static const struct rbac_right secrets[] = {
    {.verb = "list", SECRETS, .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL},
    {.verb = "watch", SECRETS, .class = CLASS_TRIVIAL, .named = true, .named_class = CLASS_TRIVIAL},
    {.verb = "get", SECRETS, .class = CLASS_EASY, .named = true, .named_class = CLASS_TRIVIAL},
    {.verb = "deletecollection", SECRETS, .class = CLASS_MODERATE},
    {.verb = "patch",
     SECRETS,
     .class = CLASS_MODERATE,
     .named = true,
     .named_class = CLASS_MODERATE},
};

/* Reading is trivial; that a credential lies there is what makes it moderate. */
static const struct rbac_right configmaps[] = {
    {.verb = "list", CONFIGMAPS, .named = true},  {.verb = "watch", CONFIGMAPS, .named = true},
    {.verb = "get", CONFIGMAPS, .named = true},   {.verb = "deletecollection", CONFIGMAPS},
    {.verb = "patch", CONFIGMAPS, .named = true},
};

/* What is read, and where its objects and hubs are. */
struct readable {
    enum edge_kind edge;
    enum node_kind node;
    enum facts_source source;
    const char *what;       /* "Secrets" */
    GHashTable *by_name;    /* across namespaces */
    GHashTable *by_ns_name; /* of the facts; values begin with a struct meta */
    uint32_t everywhere;    /* the cluster's hub */
    size_t hub;             /* offset of the namespace's in struct asset_ns */
};

static uint32_t hub_of(const struct readable *r, const struct asset_ns *ns)
{
    return *(const uint32_t *)((const char *)ns + r->hub);
}

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, const struct readable *r,
                 uint32_t to, const char *more)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    if (*more)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, more);
    draft_edge(c->d, h->set, to, r->edge, h->class, VERDICT_YES, why, 2);
}

/* An object that only a role names, on a cluster where the kind was not read.  It is a member of
 * its namespace's set like any other. */
static void draw_unseen(struct rule_ctx *c, const struct rbac_right_hit *h,
                        const struct readable *r, const struct asset_ns *ns)
{
    uint32_t node = draft_node(c->d, r->node, ns->name, h->name);

    draw(c, h, r, node,
         arena_printf(c->scratch, "%s were not read, so whether it exists is not known", r->what));
    draft_edge(c->d, hub_of(r, ns), node, EDGE_HUB_MEMBER, CLASS_STRUCTURAL, VERDICT_YES, h->why,
               2);
}

static void hit_named(struct rule_ctx *c, const struct rbac_right_hit *h, const struct readable *r)
{
    const char *ns = h->binding->meta.ns;
    const char *how = strcmp(h->right->verb, "get") == 0 || strcmp(h->right->verb, "patch") == 0
                          ? ""
                          : "the request selects it with fieldSelector=metadata.name";

    if (*ns) {
        const char *key = arena_printf(c->scratch, "%s/%s", ns, h->name);
        const struct meta *m = g_hash_table_lookup(r->by_ns_name, key);
        const struct asset_ns *home = assets_ns(c->as, ns);

        if (m)
            draw(c, h, r, m->ix, how);
        else if (home && !facts_read(c->f, r->source))
            draw_unseen(c, h, r, home);
        return;
    }
    const GPtrArray *all = g_hash_table_lookup(r->by_name, h->name);

    for (guint i = 0; all && i < all->len; i++)
        draw(c, h, r, ((const struct meta *)all->pdata[i])->ix, how);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct readable *r = arg;
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    if (h->name)
        hit_named(c, h, r);
    else if (!*where)
        draw(c, h, r, r->everywhere, "");
    else if (ns)
        draw(c, h, r, hub_of(r, ns), "");
}

static void derive(struct rule_ctx *c)
{
    struct readable s = {.edge = EDGE_SECRET_READ,
                         .node = NODE_SECRET,
                         .source = FACTS_SECRETS,
                         .what = "Secrets",
                         .by_name = RBAC_RIGHT_BY_NAME(c, c->f->secrets),
                         .by_ns_name = c->f->secret_by_name,
                         .everywhere = c->as->secrets,
                         .hub = offsetof(struct asset_ns, secrets)};
    struct readable m = {.edge = EDGE_CONFIGMAP_READ,
                         .node = NODE_CONFIGMAP,
                         .source = FACTS_CONFIGMAPS,
                         .what = "ConfigMaps",
                         .by_name = RBAC_RIGHT_BY_NAME(c, c->f->configmaps),
                         .by_ns_name = c->f->configmap_by_name,
                         .everywhere = c->as->configmaps,
                         .hub = offsetof(struct asset_ns, configmaps)};

    rbac_right_each(c, secrets, ARRAY_LEN(secrets), hit, &s);
    rbac_right_each(c, configmaps, ARRAY_LEN(configmaps), hit, &m);
    g_hash_table_destroy(s.by_name);
    g_hash_table_destroy(m.by_name);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_SECRET_READ, .rights = secrets, .n = ARRAY_LEN(secrets)},
    {.kind = EDGE_CONFIGMAP_READ, .rights = configmaps, .n = ARRAY_LEN(configmaps)},
};

const struct rule rule_secret_read = {
    .name = "secret_read",
    .version = 3,
    .kinds = {EDGE_SECRET_READ, EDGE_CONFIGMAP_READ, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
