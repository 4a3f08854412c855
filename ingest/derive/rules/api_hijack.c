/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that make the API server send requests to somebody else's server: webhooks, aggregated
 * APIs, conversion of custom resources.  All are cluster-scoped, so a RoleBinding gives none, and
 * all take any Service, webhooks any URL as well. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define ON(api_group, plural, a_verb, a_class)                                                     \
    {                                                                                              \
        .verb = a_verb, .group = api_group, .resource = plural, .subresource = "",                 \
        .class = a_class, .named = true, .named_class = a_class                                    \
    }
#define MADE(api_group, plural, a_class)                                                           \
    {                                                                                              \
        .verb = "create", .group = api_group, .resource = plural, .subresource = "",               \
        .class = a_class                                                                           \
    }
#define CHANGED(group, plural, class)                                                              \
    ON(group, plural, "patch", class), ON(group, plural, "update", class)

#define REGISTRATION "admissionregistration.k8s.io"

static const struct rbac_right mutating[] = {
    MADE(REGISTRATION, "mutatingwebhookconfigurations", CLASS_EASY),
    CHANGED(REGISTRATION, "mutatingwebhookconfigurations", CLASS_EASY),
};
static const struct rbac_right validating[] = {
    MADE(REGISTRATION, "validatingwebhookconfigurations", CLASS_MODERATE),
    CHANGED(REGISTRATION, "validatingwebhookconfigurations", CLASS_MODERATE),
};
static const struct rbac_right apiservices[] = {
    MADE("apiregistration.k8s.io", "apiservices", CLASS_HARD),
    CHANGED("apiregistration.k8s.io", "apiservices", CLASS_HARD),
};
static const struct rbac_right definitions[] = {
    CHANGED("apiextensions.k8s.io", "customresourcedefinitions", CLASS_HARD),
};

/* The object of that name, or (name NULL) any one; NULL if there is none. */
#define FIND(f, list, name, but)                                                                   \
    for (size_t i = 0; i < (f)->list.n; i++)                                                       \
        if (!(but) && (!(name) || strcmp((f)->list.v[i].meta.name, (name)) == 0))                  \
            return &(f)->list.v[i].meta;                                                           \
    return NULL

static const struct meta *find_mutating(const struct facts *f, const char *name)
{
    FIND(f, webhooks, name, !f->webhooks.v[i].mutating);
}

static const struct meta *find_validating(const struct facts *f, const char *name)
{
    FIND(f, webhooks, name, f->webhooks.v[i].mutating);
}

/* The API server at once restores those that it answers itself. */
static const struct meta *find_apiservice(const struct facts *f, const char *name)
{
    FIND(f, apiservices, name, !*f->apiservices.v[i].service);
}

static const struct meta *find_definition(const struct facts *f, const char *name)
{
    FIND(f, crds, name, false);
}

static uint32_t to_slots(struct rule_ctx *c)
{
    return c->as->slots;
}

static uint32_t to_secrets(struct rule_ctx *c)
{
    return c->as->secrets;
}

static uint32_t to_api(struct rule_ctx *c)
{
    return hubs_traffic(c->hubs, "", "api", NULL);
}

static const struct hijack {
    enum edge_kind edge;
    const struct rbac_right *rights;
    size_t n;
    const char *kind; /* of the object */
    enum facts_source source;
    const struct meta *(*find)(const struct facts *f, const char *name);
    uint32_t (*target)(struct rule_ctx *c);
    const char *gain;
} hijacks[] = {
    {EDGE_WEBHOOK_MUTATE, mutating, ARRAY_LEN(mutating), "MutatingWebhookConfiguration",
     FACTS_WEBHOOKS, find_mutating, to_slots, "a server of one's own then rewrites every new pod"},
    {EDGE_WEBHOOK_READ, validating, ARRAY_LEN(validating), "ValidatingWebhookConfiguration",
     FACTS_WEBHOOKS, find_validating, to_secrets,
     "a server of one's own is then shown every Secret that is written"},
    {EDGE_APISERVICE_HIJACK, apiservices, ARRAY_LEN(apiservices), "APIService", FACTS_APISERVICES,
     find_apiservice, to_api,
     "a server of one's own then answers requests of that API group, and sees who asks"},
    {EDGE_CRD_CONVERSION, definitions, ARRAY_LEN(definitions), "CustomResourceDefinition",
     FACTS_CRDS, find_definition, to_api,
     "a conversion webhook of one's own then reads and alters those custom resources"},
};

/* Patch and update need an object: the named one, or any. */
static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct hijack *j = arg;
    struct evidence why[] = {h->why[0], h->why[1], {0}};
    bool made = strcmp(h->right->verb, "create") == 0;
    const struct meta *object = made ? NULL : j->find(c->f, h->name);
    enum verdict verdict = VERDICT_YES;

    if (*h->binding->meta.ns)
        return;
    why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, j->gain);
    if (object) {
        why[2] = (struct evidence){
            .object = arena_printf(c->scratch, "%s %s", j->kind, object->name),
            .uid = object->uid,
            .reason = "exists, so it can be changed",
        };
    } else if (!made) {
        if (facts_read(c->f, j->source))
            return;
        verdict = VERDICT_UNKNOWN;
        why[1].reason = arena_printf(
            c->scratch, "%s; whether there is %s %s is not known, since they were not read",
            why[1].reason, h->name ? "the" : "any", j->kind);
    }
    draft_edge(c->d, h->set, j->target(c), j->edge, h->class, verdict, why, object ? 3 : 2);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < ARRAY_LEN(hijacks); i++)
        rbac_right_each(c, hijacks[i].rights, hijacks[i].n, hit, (void *)(uintptr_t)&hijacks[i]);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_WEBHOOK_MUTATE,
     .rights = mutating,
     .n = ARRAY_LEN(mutating),
     .cluster = true,
     .other = true},
    {.kind = EDGE_WEBHOOK_READ,
     .rights = validating,
     .n = ARRAY_LEN(validating),
     .cluster = true,
     .other = true},
    {.kind = EDGE_APISERVICE_HIJACK,
     .rights = apiservices,
     .n = ARRAY_LEN(apiservices),
     .cluster = true,
     .other = true},
    {.kind = EDGE_CRD_CONVERSION,
     .rights = definitions,
     .n = ARRAY_LEN(definitions),
     .cluster = true,
     .other = true},
};

/* Rights to change only, and nothing of the kind (or of the names) to change. */
static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_binding *b = q->from.binding;
    bool changes = false;

    for (size_t j = 0; b && b->role && !*b->meta.ns && j < ARRAY_LEN(hijacks); j++) {
        const struct hijack *h = &hijacks[j];

        if (h->edge != q->kind || !facts_read(c->f, h->source))
            continue;
        for (size_t i = 0; i < b->role->nrules; i++) {
            const struct fact_rule *r = &b->role->rules[i];
            uint32_t all = rbac_right_given(r, h->rights, h->n, false);

            for (size_t k = 0; k < h->n; k++)
                if (all >> k & 1 &&
                    (strcmp(h->rights[k].verb, "create") == 0 || h->find(c->f, NULL)))
                    return false;
            uint32_t named = r->names.n ? rbac_right_given(r, h->rights, h->n, true) : 0;
            for (size_t k = 0; named && k < r->names.n; k++)
                if (h->find(c->f, r->names.v[k]))
                    return false;
            changes |= all || named;
        }
        struct evidence ev = rbac_right_evidence(c->scratch, b);
        return changes && why_say(out, WHY_ALMOST, ev.object, ev.uid, "roleRef",
                                  arena_printf(c->scratch,
                                               "the rights only change a %s, and there is none of "
                                               "the names that they cover",
                                               h->kind));
    }
    return false;
}

const struct rule rule_api_hijack = {
    .name = "api_hijack",
    .version = 2,
    .kinds = {EDGE_WEBHOOK_MUTATE, EDGE_WEBHOOK_READ, EDGE_APISERVICE_HIJACK, EDGE_CRD_CONVERSION},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
