/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Secret of the token type gets a token of the service account that its annotation names, whoever
 * made it.  Its maker must see it then: by reading, or by a pod that mounts it. */
#include <string.h>

#include "ingest/derive/rbac_union.h"

#define SECRET(v, by_name, c)                                                                      \
    {                                                                                              \
        .verb = v, .group = "", .resource = "secrets", .subresource = "", .class = CLASS_##c,      \
        .named = by_name, .named_class = CLASS_##c                                                 \
    }
#define POD(api_group, plural)                                                                     \
    {                                                                                              \
        .verb = "create", .group = api_group, .resource = plural, .subresource = "",               \
        .class = CLASS_EASY                                                                        \
    }

static const struct rbac_right make[] = {SECRET("create", false, EASY)};
static const struct rbac_right see[] = {
    SECRET("get", true, EASY),
    SECRET("list", true, EASY),
    SECRET("watch", true, EASY),
    POD("", "pods"),
    POD("apps", "deployments"),
    POD("apps", "daemonsets"),
    POD("apps", "statefulsets"),
    POD("apps", "replicasets"),
    POD("batch", "jobs"),
    POD("batch", "cronjobs"),
    POD("", "replicationcontrollers"),
    SECRET("patch", true, MODERATE),
    SECRET("deletecollection", false, MODERATE),
};

static const struct rbac_part parts[] = {{make, ARRAY_LEN(make), false},
                                         {see, ARRAY_LEN(see), false}};

/* Whether one may be made where only some names can be read: none of that name may be there.
 * Returns: the name; NULL if each is taken. */
static const char *free_name(const struct rule_ctx *c, const char *ns, const struct rbac_held *held,
                             enum verdict *out)
{
    const char *maybe = NULL;

    *out = VERDICT_YES;
    for (size_t i = 0; i < held->names.n; i++) {
        const struct fact_secret *s = *ns ? facts_secret(c->f, ns, held->names.v[i]) : NULL;

        if (!*ns || (!s && facts_read(c->f, FACTS_SECRETS)))
            return held->names.v[i];
        if (!s || s->inferred)
            maybe = held->names.v[i];
    }
    *out = VERDICT_UNKNOWN;
    return maybe;
}

static void draw(struct rule_ctx *c, const struct rbac_union_hit *h, uint32_t to,
                 enum verdict verdict, const char *name)
{
    struct evidence *why = arena_alloc(c->scratch, (h->nwhy + 1) * sizeof(*why));

    memcpy(why, h->why, h->nwhy * sizeof(*why));
    why[h->nwhy] = (struct evidence){
        .object = arena_printf(c->scratch, "Secret %s%s%s", h->ns, *h->ns ? "/" : "", name),
        .reason = verdict == VERDICT_YES
                      ? "the new Secret must bear this name, and none does"
                      : "the new Secret must bear this name, and Secrets were not read: whether "
                        "there is one already is not known",
    };
    draft_edge(c->d, h->identity, to, EDGE_SECRET_TOKEN_CREATE, h->class, verdict, why,
               h->nwhy + (*name ? 1 : 0));
}

static void hit(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    const struct asset_ns *ns = assets_ns(c->as, h->ns);
    enum verdict verdict = VERDICT_YES;
    const char *name = h->parts[1].all ? "" : free_name(c, h->ns, &h->parts[1], &verdict);

    (void)arg;
    if (name && (!*h->ns || ns))
        draw(c, h, *h->ns ? ns->sas : c->as->sas, verdict, name);
}

static void derive(struct rule_ctx *c)
{
    rbac_union_each(c, parts, ARRAY_LEN(parts), hit, NULL);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_SECRET_TOKEN_CREATE, .parts = parts, .nparts = ARRAY_LEN(parts)},
};

const struct rule rule_secret_token_create = {
    .name = "secret_token_create",
    .version = 2,
    .kinds = {EDGE_SECRET_TOKEN_CREATE},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
