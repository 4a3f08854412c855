/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADMISSION_POLICY_MUTATE: rewriting new pods without a server of one's own.  It takes a policy and
 * a binding, each made or changed; one that is bound already only has to be changed. */
#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/rbac_union.h"
#include "ingest/derive/why.h"

#define RIGHT(a_verb, plural, by_name)                                                             \
    {                                                                                              \
        .verb = a_verb, .group = "admissionregistration.k8s.io", .resource = plural,               \
        .subresource = "", .class = CLASS_EASY, .named = by_name, .named_class = CLASS_EASY        \
    }
#define POLICIES "mutatingadmissionpolicies"
#define BINDINGS "mutatingadmissionpolicybindings"

static const struct rbac_right make_policy[] = {RIGHT("create", POLICIES, false)};
static const struct rbac_right change_policy[] = {RIGHT("patch", POLICIES, true),
                                                  RIGHT("update", POLICIES, true)};
static const struct rbac_right make_binding[] = {RIGHT("create", BINDINGS, false)};
static const struct rbac_right change_binding[] = {RIGHT("patch", BINDINGS, true),
                                                   RIGHT("update", BINDINGS, true)};

#define PART(rights)                                                                               \
    {                                                                                              \
        rights, ARRAY_LEN(rights), true                                                            \
    }

/* What must be there already, for one of the parts to have something to change. */
enum needs { NOTHING, A_POLICY, A_BINDING, A_BOUND_POLICY };

static const struct way {
    struct rbac_part parts[2];
    size_t n;
    enum needs needs;
    size_t on; /* the part whose names say which */
} ways[] = {
    {{PART(make_policy), PART(make_binding)}, 2, NOTHING, 0},
    {{PART(change_policy)}, 1, A_BOUND_POLICY, 0},
    {{PART(change_policy), PART(make_binding)}, 2, A_POLICY, 0},
    {{PART(make_policy), PART(change_binding)}, 2, A_BINDING, 1},
};

struct search {
    const struct way *way;
    enum verdict verdict; /* by the server's version */
    GHashTable *done;     /* identities that have an edge that is sure */
};

static bool allowed(const struct rbac_held *held, const char *name)
{
    return held->all || facts_has(&held->names, name);
}

static const struct fact_policy_binding *find_binding(const struct facts *f,
                                                      const struct rbac_held *held,
                                                      const char *policy)
{
    for (size_t i = 0; i < f->policy_bindings.n; i++) {
        const struct fact_policy_binding *b = &f->policy_bindings.v[i];
        if (b->mutating && (policy ? strcmp(b->policy, policy) == 0 : allowed(held, b->meta.name)))
            return b;
    }
    return NULL;
}

static const struct meta *find(const struct facts *f, enum needs needs,
                               const struct rbac_held *held)
{
    const struct fact_policy_binding *b = needs == A_BINDING ? find_binding(f, held, NULL) : NULL;

    if (needs == A_BINDING)
        return b ? &b->meta : NULL;
    for (size_t i = 0; i < f->policies.n; i++) {
        const struct fact_policy *p = &f->policies.v[i];
        if (p->mutating && allowed(held, p->meta.name) &&
            (needs == A_POLICY || find_binding(f, held, p->meta.name)))
            return &p->meta;
    }
    return NULL;
}

static void hit(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    struct search *s = arg;
    struct evidence *why = arena_alloc(c->scratch, (h->nwhy + 1) * sizeof(*why));
    const struct meta *object = NULL;
    enum verdict verdict = s->verdict;
    const char *more = "";

    if (*h->ns || g_hash_table_contains(s->done, GUINT_TO_POINTER(h->identity + 1)))
        return;
    if (s->way->needs != NOTHING) {
        object = find(c->f, s->way->needs, &h->parts[s->way->on]);
        /* Input without them is of a server that has none, unless it says that they were refused.
         */
        if (!object && !c->f->gaps[FACTS_MUTATING_POLICIES])
            return;
        if (!object) {
            verdict = VERDICT_UNKNOWN;
            more = "; whether there is one to change is not known, since they were not read";
        }
    }
    if (s->verdict == VERDICT_UNKNOWN)
        more = "; whether this server evaluates such policies depends on its version and settings";
    memcpy(why, h->why, h->nwhy * sizeof(*why));
    why[h->nwhy] = (struct evidence){
        .object = object
                      ? arena_printf(c->scratch, "%s %s",
                                     s->way->needs == A_BINDING ? "MutatingAdmissionPolicyBinding"
                                                                : "MutatingAdmissionPolicy",
                                     object->name)
                      : "MutatingAdmissionPolicy",
        .uid = object ? object->uid : NULL,
        .reason = arena_printf(c->scratch, "a policy in force may rewrite every new pod%s", more),
    };
    draft_edge(c->d, h->identity, c->as->slots, EDGE_ADMISSION_POLICY_MUTATE, h->class, verdict,
               why, h->nwhy + 1);
    if (verdict == s->verdict)
        g_hash_table_add(s->done, GUINT_TO_POINTER(h->identity + 1));
}

static void derive(struct rule_ctx *c)
{
    enum tri holds = gates_hold(c->f, GATE_MUTATING_POLICY);
    struct search s = {.verdict = holds == TRI_YES ? VERDICT_YES : VERDICT_UNKNOWN};

    if (holds == TRI_NO)
        return;
    s.done = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        s.way = &ways[i];
        rbac_union_each(c, s.way->parts, s.way->n, hit, &s);
    }
    g_hash_table_destroy(s.done);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_ADMISSION_POLICY_MUTATE, .parts = ways[0].parts, .nparts = 2},
    {.kind = EDGE_ADMISSION_POLICY_MUTATE, .parts = ways[1].parts, .nparts = 1},
    {.kind = EDGE_ADMISSION_POLICY_MUTATE, .parts = ways[2].parts, .nparts = 2},
    {.kind = EDGE_ADMISSION_POLICY_MUTATE, .parts = ways[3].parts, .nparts = 2},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    (void)q;
    return gates_hold(c->f, GATE_MUTATING_POLICY) == TRI_NO &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster), NULL,
                   NULL, "this server's version evaluates no MutatingAdmissionPolicy");
}

const struct rule rule_admission_policy = {
    .name = "admission_policy",
    .version = 2,
    .kinds = {EDGE_ADMISSION_POLICY_MUTATE},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
