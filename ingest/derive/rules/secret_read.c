/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading Secrets through the API.  Not only `get`: a list, a watch, the answer to a patch and the
 * answer to a deletecollection show values too. */
#include <string.h>

#include "ingest/derive/rbac_right.h"

#define SECRETS .group = "", .resource = "secrets", .subresource = ""

/* Easiest first.  All Secrets by get needs their names, most of which pod specs show.  Names in a
 * rule are known to its holder, who may ask for his own rules; a list or watch narrowed to one
 * object by a field selector carries its name, a deletecollection never does. */
static const struct rbac_right rights[] = {
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

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, uint32_t to, const char *more)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    if (*more)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, more);
    draft_edge(c->d, h->set, to, EDGE_SECRET_READ, h->class, VERDICT_YES, why, 2);
}

/* A Secret that only a role names, on a cluster whose Secrets were not read.  It is a member of its
 * namespace's Secrets like any other. */
static void draw_unseen(struct rule_ctx *c, const struct rbac_right_hit *h,
                        const struct asset_ns *ns)
{
    uint32_t node = draft_node(c->d, NODE_SECRET, ns->name, h->name);

    draw(c, h, node, "Secrets were not read, so whether it exists is not known");
    draft_edge(c->d, ns->secrets, node, EDGE_HUB_MEMBER, CLASS_STRUCTURAL, VERDICT_YES, h->why, 2);
}

static void hit_named(struct rule_ctx *c, const struct rbac_right_hit *h, GHashTable *by_name)
{
    const char *ns = h->binding->meta.ns;
    const char *how = strcmp(h->right->verb, "get") == 0 || strcmp(h->right->verb, "patch") == 0
                          ? ""
                          : "the request selects it with fieldSelector=metadata.name";

    if (*ns) {
        const struct fact_secret *s = facts_secret(c->f, ns, h->name);
        const struct asset_ns *home = assets_ns(c->as, ns);

        if (s)
            draw(c, h, s->meta.ix, how);
        else if (home && !c->f->listed[FACTS_SECRETS])
            draw_unseen(c, h, home);
        return;
    }
    const GPtrArray *all = g_hash_table_lookup(by_name, h->name);

    for (guint i = 0; all && i < all->len; i++)
        draw(c, h, ((const struct meta *)all->pdata[i])->ix, how);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    if (h->name)
        hit_named(c, h, arg);
    else if (!*where)
        draw(c, h, c->as->secrets, "");
    else if (ns)
        draw(c, h, ns->secrets, "");
}

static void derive(struct rule_ctx *c)
{
    GHashTable *by_name = RBAC_RIGHT_BY_NAME(c->f->secrets);

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, by_name);
    g_hash_table_destroy(by_name);
}

const struct rule rule_secret_read = {
    .name = "secret_read",
    .version = 2,
    .kinds = {EDGE_SECRET_READ, EDGE_HUB_MEMBER},
    .derive = derive,
    .rights = rights,
    .nrights = ARRAY_LEN(rights),
};
