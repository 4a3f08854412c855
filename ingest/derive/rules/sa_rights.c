/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights over service accounts: asking for their tokens, and altering them. */
#include <string.h>

#include "ingest/derive/managed.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

/* A create of a subresource carries the name of the account. */
static const struct rbac_right token[] = {
    {.verb = "create",
     .group = "",
     .resource = "serviceaccounts",
     .subresource = "token",
     .class = CLASS_TRIVIAL,
     .named = true,
     .named_class = CLASS_TRIVIAL},
};

#define ALTER                                                                                      \
    .group = "", .resource = "serviceaccounts", .subresource = "", .class = CLASS_RARE,            \
    .named = true, .named_class = CLASS_RARE

static const struct rbac_right alter[] = {{.verb = "patch", ALTER}, {.verb = "update", ALTER}};

struct over_accounts {
    enum edge_kind kind;
    bool mint; /* leads to the minting nodes */
    enum verdict verdict;
    const char *but;     /* what a verdict that is not yes lacks */
    GHashTable *by_name; /* of the accounts, across namespaces */
};

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, uint32_t to,
                 const struct over_accounts *over)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    if (over->but)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, over->but);
    draft_edge(c->d, h->set, to, over->kind, h->class, over->verdict, why, 2);
}

static void draw_one(struct rule_ctx *c, const struct rbac_right_hit *h,
                     const struct fact_serviceaccount *sa, const struct over_accounts *over)
{
    draw(c, h, over->mint ? sa->mint_ix : sa->meta.ix, over);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct over_accounts *over = arg;
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);

    if (!h->name) {
        if (!*where)
            draw(c, h, over->mint ? c->as->mints : c->as->sas, over);
        else if (ns)
            draw(c, h, over->mint ? ns->mints : ns->sas, over);
        return;
    }
    const struct fact_serviceaccount *sa = *where ? facts_sa(c->f, where, h->name) : NULL;
    const GPtrArray *all = *where ? NULL : g_hash_table_lookup(over->by_name, h->name);

    if (sa)
        draw_one(c, h, sa, over);
    for (guint i = 0; all && i < all->len; i++)
        draw_one(c, h, all->pdata[i], over);
}

/* Whether anything says that a cloud knows the cluster's service accounts. */
static bool has_cloud_identities(const struct facts *f)
{
    static const char *const marks[] = {"eks.amazonaws.com/role-arn",
                                        "iam.gke.io/gcp-service-account",
                                        "azure.workload.identity/client-id"};
    struct managed m = managed_by(f);

    for (size_t i = 0; i < f->serviceaccounts.n; i++)
        for (size_t k = 0; k < ARRAY_LEN(marks); k++)
            if (facts_annotation(&f->serviceaccounts.v[i].meta, marks[k]))
                return true;
    return m.by != MANAGED_NO && m.by != MANAGED_NOT_KNOWN;
}

static void derive(struct rule_ctx *c)
{
    GHashTable *by_name = RBAC_RIGHT_BY_NAME(c, c->f->serviceaccounts);
    struct over_accounts tokens = {EDGE_TOKEN_REQUEST, true, VERDICT_YES, NULL, by_name};
    struct over_accounts patches = {
        EDGE_SA_PATCH, false, VERDICT_UNKNOWN,
        "this helps only if a cloud role trusts service accounts by wildcard, and trust policies "
        "are not read",
        by_name};

    rbac_right_each(c, token, ARRAY_LEN(token), hit, &tokens);
    if (has_cloud_identities(c->f))
        rbac_right_each(c, alter, ARRAY_LEN(alter), hit, &patches);
    g_hash_table_destroy(by_name);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_TOKEN_REQUEST, .rights = token, .n = ARRAY_LEN(token)},
    {.kind = EDGE_SA_PATCH, .rights = alter, .n = ARRAY_LEN(alter)},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return q->kind == EDGE_SA_PATCH && !has_cloud_identities(c->f) &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster), NULL,
                   NULL, "nothing says that a cloud knows the cluster's service accounts");
}

const struct rule rule_sa_rights = {
    .name = "sa_rights",
    .version = 1,
    .kinds = {EDGE_TOKEN_REQUEST, EDGE_SA_PATCH},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
