/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule is compared part by part: resource, group, verb, names; then the binding's scope. */
#include "ingest/derive/rbac_miss.h"

#include <string.h>

#include "ingest/derive/why.h"

enum { SHOWN = 6 };

/* How near one rule comes to one right, the least first. */
enum grade {
    NOTHING,
    OTHER_SUBRESOURCE, /* pods, not pods/exec */
    OTHER_GROUP,
    OTHER_VERB,
    OTHER_NAME, /* only by resourceNames, and not this one */
    GIVEN_BY_NAME,
    GIVEN
};

struct miss {
    enum grade grade;
    const struct rbac_right *right;
    size_t rule;
};

static const char *group_name(const char *group)
{
    return *group ? group : "core";
}

static const char *full_resource(struct arena *a, const struct rbac_right *r)
{
    return *r->subresource ? arena_printf(a, "%s/%s", r->resource, r->subresource) : r->resource;
}

static bool told(const char *list, const char *word, const char *between)
{
    g_auto(GStrv) parts = g_strsplit(list, between, -1);

    return g_strv_contains((const char *const *)parts, word);
}

const char *rbac_miss_wanted(struct arena *a, const struct rbac_right *rights, size_t n)
{
    static const char sep[] = " or ";
    const char *verbs = "", *resources = "";
    size_t left = 0;

    for (size_t i = 0; i < n; i++) {
        bool all = strcmp(rights[i].resource, "*") == 0;
        const char *full = all ? "every resource" : full_resource(a, &rights[i]);
        const char *verb = strcmp(rights[i].verb, "*") == 0 ? "every verb" : rights[i].verb;

        if (!told(verbs, verb, sep))
            verbs = arena_printf(a, "%s%s%s", verbs, *verbs ? sep : "", verb);
        if (told(resources, full, sep))
            continue;
        if (i < SHOWN)
            resources = arena_printf(a, "%s%s%s", resources, *resources ? sep : "", full);
        else
            left++;
    }
    return left ? arena_printf(a, "%s on %s or %zu more", verbs, resources, left)
                : arena_printf(a, "%s on %s", verbs, resources);
}

/* Whether the rule would match if some of its parts were as the request wants them. */
static bool matches_if(const struct fact_rule *rule, const struct rbac_right *r, bool any_verb,
                       bool any_group, bool no_sub)
{
    static const char *const star[] = {"*"};
    struct fact_rule lax = *rule;
    struct rbac_request q = {r->verb, r->group, r->resource, no_sub ? "" : r->subresource,
                             "",      "",       NULL};

    lax.names = (struct texts){0};
    if (any_verb)
        lax.verbs = (struct texts){star, 1};
    if (any_group)
        lax.groups = (struct texts){star, 1};
    return rbac_rule_matches(&lax, &q);
}

static enum grade grade_of(const struct fact_rule *rule, const struct rbac_right *r,
                           const char *name)
{
    if (rbac_right_given(rule, r, 1, false))
        return GIVEN;
    if (rule->names.n && rbac_right_given(rule, r, 1, true))
        return *name && facts_has(&rule->names, name) ? GIVEN_BY_NAME : OTHER_NAME;
    if (rule->names.n && matches_if(rule, r, false, false, false))
        return OTHER_NAME; /* a request without a name, which no rule with names gives */
    if (rule->verbs.n && matches_if(rule, r, true, false, false))
        return OTHER_VERB;
    if (rule->groups.n && matches_if(rule, r, false, true, false))
        return OTHER_GROUP;
    return *r->subresource && matches_if(rule, r, true, false, true) ? OTHER_SUBRESOURCE : NOTHING;
}

static struct miss nearest(const struct fact_role *role, const struct rbac_right *rights, size_t n,
                           const char *name)
{
    struct miss best = {.grade = NOTHING, .right = rights};

    for (size_t j = 0; j < role->nrules; j++)
        for (size_t i = 0; i < n; i++) {
            enum grade g = grade_of(&role->rules[j], &rights[i], name);
            if (g > best.grade)
                best = (struct miss){g, &rights[i], j};
        }
    return best;
}

/* What the rule gives, as it is written. */
static const char *gives(struct arena *a, const struct fact_rule *r)
{
    if (r->urls.n)
        return arena_printf(a, "%s on URLs", why_list(a, &r->verbs, SHOWN));
    return arena_printf(a, "%s on %s%s", why_list(a, &r->verbs, SHOWN),
                        why_list(a, &r->resources, SHOWN),
                        r->names.n ? arena_printf(a, " named %s", why_list(a, &r->names, 3)) : "");
}

/* Where the binding grants, if that is not where the target is; else NULL. */
static const char *out_of_scope(struct arena *a, const struct fact_binding *b,
                                const struct rule_wants *w, const struct rule_end *to)
{
    if (!*b->meta.ns)
        return NULL;
    if (w->cluster)
        return arena_printf(a,
                            "the binding is in namespace %s and grants nothing outside of it; %s "
                            "belong to the whole cluster",
                            b->meta.ns, w->rights->resource);
    if (strcmp(b->meta.ns, to->ns) == 0 || (w->other && !*to->ns))
        return NULL;
    if (!*to->ns)
        return arena_printf(a,
                            "the binding is in namespace %s and grants nothing outside of it; the "
                            "target belongs to the whole cluster",
                            b->meta.ns);
    return arena_printf(a, "the binding is in namespace %s, the target in %s", b->meta.ns, to->ns);
}

static const char *in_words(struct arena *a, const struct fact_rule *rule, const struct miss *m,
                            const char *wanted, const char *role)
{
    const char *full = full_resource(a, m->right);

    switch (m->grade) {
    case OTHER_NAME:
        return arena_printf(a, "rules[%zu] gives %s on %s only by name: %s", m->rule,
                            m->right->verb, full, why_list(a, &rule->names, SHOWN));
    case OTHER_VERB:
        return arena_printf(a, "no rule of %s gives %s; rules[%zu] gives %s", role, wanted, m->rule,
                            gives(a, rule));
    case OTHER_GROUP:
        return arena_printf(a, "rules[%zu] gives %s on %s of the API group %s; it is served in %s",
                            m->rule, m->right->verb, full, why_list(a, &rule->groups, SHOWN),
                            group_name(m->right->group));
    case OTHER_SUBRESOURCE:
        return arena_printf(a, "no rule of %s gives %s; rules[%zu] gives %s, which leaves out %s",
                            role, wanted, m->rule, gives(a, rule), full);
    default:
        return arena_printf(a, "no rule of %s gives %s", role, wanted);
    }
}

static unsigned near_of(enum grade g)
{
    return g == NOTHING ? WHY_RELATED - 1 : WHY_RELATED + (unsigned)g;
}

/* Whether the target is told by its scope alone. */
static bool is_set(const struct rule_end *to)
{
    bool of_one = to->kind == NODE_NODE_PODS || to->kind == NODE_ENDPOINTS;

    return (kinds_node(to->kind)->hub && !of_one) || strcmp(to->name, "all") == 0;
}

/* Whether the role gives one of the rights, be it on some name only. */
static bool on_some_name(const struct fact_role *role, const struct rule_wants *w)
{
    for (size_t i = 0; i < role->nrules; i++)
        if (role->rules[i].names.n && rbac_right_given(&role->rules[i], w->rights, w->n, true))
            return true;
    return false;
}

bool rbac_miss_say(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                   struct rule_why *out)
{
    const struct fact_binding *b = q->from.binding;
    struct arena *a = c->scratch;

    if (!b)
        return false;
    struct evidence of = rbac_right_evidence(a, b);
    const char *role = rbac_right_role(a, b), *wanted = rbac_miss_wanted(a, w->rights, w->n);
    if (!b->role)
        return why_say(out, WHY_APART, of.object, of.uid, "roleRef",
                       arena_printf(a, "%s does not exist, so nothing is granted", role));

    bool set = w->other || is_set(&q->to);
    struct miss m = nearest(b->role, w->rights, w->n, set ? "" : q->to.name);
    const struct fact_rule *rule = b->role->nrules ? &b->role->rules[m.rule] : NULL;
    const char *field = m.grade == NOTHING ? "rules" : arena_printf(a, "rules[%zu]", m.rule);
    const char *scope = out_of_scope(a, b, w, &q->to);
    bool given = m.grade >= GIVEN_BY_NAME || (w->other && on_some_name(b->role, w));

    if (scope && given)
        return why_say(out, WHY_RELATED, of.object, of.uid, "metadata.namespace",
                       arena_printf(a, "rules[%zu] of %s gives %s on %s, but %s", m.rule, role,
                                    m.right->verb, full_resource(a, m.right), scope));
    if (scope)
        return why_say(out, WHY_APART + (unsigned)m.grade, of.object, of.uid, "metadata.namespace",
                       scope);
    if (m.grade == GIVEN && !set)
        return why_say(out, WHY_HELD, role, b->role->meta.uid, field,
                       arena_printf(a,
                                    "%s gives %s on %s over everything in scope: the edge leads to "
                                    "the set that the target is in, if it is in one",
                                    field, m.right->verb, full_resource(a, m.right)));
    if (given)
        return false; /* the right is there: something else is missing */
    return why_say(out, near_of(m.grade), role, b->role->meta.uid, field,
                   in_words(a, rule, &m, wanted, role));
}

/* The bindings of an identity, for one part at a time. */
struct union_miss {
    const struct rbac_part *part;
    const struct rule_end *to;
    bool held;
    struct miss best;
    const struct fact_binding *of; /* that `best` is in; NULL: none yet */
    size_t bindings;
};

static void look(void *arg, const struct fact_binding *b)
{
    struct union_miss *u = arg;
    bool in_scope =
        !*b->meta.ns || (!u->part->cluster && (!*u->to->ns || strcmp(u->to->ns, b->meta.ns) == 0));

    if (!b->role || b->could_be)
        return;
    u->bindings++;
    for (size_t i = 0; in_scope && i < b->role->nrules && !u->held; i++)
        u->held = rbac_right_given(&b->role->rules[i], u->part->rights, u->part->n, false) ||
                  (b->role->rules[i].names.n &&
                   rbac_right_given(&b->role->rules[i], u->part->rights, u->part->n, true));
    struct miss m = nearest(b->role, u->part->rights, u->part->n, "");
    if (!u->held && (!u->of || m.grade > u->best.grade)) {
        u->best = m;
        u->of = b;
    }
}

static const char *all_parts(struct arena *a, const struct rule_wants *w)
{
    const char *all = "";

    for (size_t i = 0; i < w->nparts; i++)
        all = arena_printf(a, "%s%s%s", all, i ? ", and " : "",
                           rbac_miss_wanted(a, w->parts[i].rights, w->parts[i].n));
    return all;
}

/* "the nearest is rules[2] of ClusterRole edit: get on pods"; "" where nothing is near. */
static const char *nearest_words(struct arena *a, const struct union_miss *u)
{
    if (!u->of || u->best.grade == NOTHING)
        return "";
    const char *where = *u->of->meta.ns ? arena_printf(a, " in namespace %s", u->of->meta.ns) : "";
    return arena_printf(a, "; the nearest is rules[%zu] of %s, which gives %s%s", u->best.rule,
                        rbac_right_role(a, u->of), gives(a, &u->of->role->rules[u->best.rule]),
                        where);
}

bool rbac_miss_union(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                     struct rule_why *out)
{
    struct arena *a = c->scratch;
    enum subject_kind kind = q->from.kind == NODE_SERVICEACCOUNT ? SUBJECT_SERVICEACCOUNT
                             : q->from.kind == NODE_USER         ? SUBJECT_USER
                                                                 : SUBJECT_GROUP;
    const struct fact_subject who = {kind, q->from.ns, q->from.name};
    struct union_miss lacks = {0};
    size_t held = 0;

    for (size_t i = 0; i < w->nparts; i++) {
        struct union_miss u = {.part = &w->parts[i], .to = &q->to};

        rbac_each_binding(c->rbac, &who, look, &u);
        rbac_union_groups(c, &who, look, &u);
        if (u.held)
            held++;
        else if (!lacks.part)
            lacks = u;
    }
    if (!lacks.part)
        return false;
    static const char *const names[] = {"ServiceAccount", "User", "Group"};
    const char *object = *q->from.ns
                             ? arena_printf(a, "%s %s/%s", names[kind], q->from.ns, q->from.name)
                             : arena_printf(a, "%s %s", names[kind], q->from.name);
    const char *takes = w->nparts > 1 ? arena_printf(a, "it takes %s; ", all_parts(a, w)) : "";
    return why_say(out, held ? WHY_RELATED + (unsigned)held : WHY_APART, object, NULL, NULL,
                   arena_printf(a, "%snothing grants it %s%s", takes,
                                rbac_miss_wanted(a, lacks.part->rights, lacks.part->n),
                                nearest_words(a, &lacks)));
}
