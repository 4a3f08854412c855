/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights are judged rule by rule: verb, group and resource must stand in the same one. */
#include "ingest/derive/rbac_right.h"

#include <assert.h>
#include <string.h>

const char *rbac_right_role(struct arena *a, const struct fact_binding *b)
{
    if (b->to_clusterrole)
        return arena_printf(a, "ClusterRole %s", b->role_name);
    return arena_printf(a, "Role %s/%s", b->meta.ns, b->role_name);
}

struct evidence rbac_right_evidence(struct arena *a, const struct fact_binding *b)
{
    const char *object =
        b->could_be   ? *b->meta.ns ? arena_printf(a, "(new RoleBinding) in %s", b->meta.ns)
                                    : "(new ClusterRoleBinding)"
        : *b->meta.ns ? arena_printf(a, "RoleBinding %s/%s", b->meta.ns, b->meta.name)
                      : arena_printf(a, "ClusterRoleBinding %s", b->meta.name);

    return (struct evidence){.object = object, .uid = b->meta.uid};
}

void rbac_right_evidence_rule(struct arena *a, const struct fact_binding *b, size_t rule,
                              struct evidence out[2])
{
    const char *role = rbac_right_role(a, b);

    out[0] = rbac_right_evidence(a, b);
    out[0].field = "roleRef";
    out[0].reason = arena_printf(a, b->could_be ? "would grant %s" : "grants %s", role);
    out[1] = (struct evidence){
        .object = role, .uid = b->role->meta.uid, .field = arena_printf(a, "rules[%zu]", rule)};
}

/* Whether the request may go without a name.  It matters for a rule whose names hold the empty one:
 * the server compares plainly, so that rule does give a nameless create or list. */
static bool nameless(const struct rbac_right *r)
{
    static const char *const verbs[] = {"create", "list", "watch", "deletecollection"};

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(r->verb, verbs[i]) == 0)
            return !*r->subresource;
    return false;
}

static bool patches(const struct fact_rule *rule, const struct rbac_request *create)
{
    struct rbac_request q = *create;

    q.verb = "patch";
    return rbac_rule_matches(rule, &q);
}

/* The names of a rule are alike for every request that may carry one, so the first name answers for
 * all. */
uint32_t rbac_right_given(const struct fact_rule *rule, const struct rbac_right *rights, size_t n,
                          bool by_name)
{
    uint32_t set = 0;

    for (size_t i = 0; i < n; i++) {
        const struct rbac_right *r = &rights[i];
        struct rbac_request q = {r->verb, r->group, r->resource, r->subresource, "", "", NULL};

        if (by_name ? !r->named && !r->applied : rule->names.n > 0 && !nameless(r))
            continue;
        if (by_name)
            q.name = rule->names.v[0];
        if (rbac_rule_matches(rule, &q) && (!by_name || !r->applied || patches(rule, &q)))
            set |= UINT32_C(1) << i;
    }
    return set;
}

struct rbac_given *rbac_right_table(const struct rbac *r, const struct rbac_right *rights, size_t n)
{
    size_t classes = rbac_classes(r);
    struct rbac_given *all = g_new0(struct rbac_given, classes + 1);

    assert(n <= 32);
    for (uint32_t i = 0; i < classes; i++) {
        const struct fact_rule *rule = rbac_class_rule(r, i);

        all[i].set = rbac_right_given(rule, rights, n, false);
        if (!all[i].set && rule->names.n > 0) {
            all[i].by_name = true;
            all[i].set = rbac_right_given(rule, rights, n, true);
        }
    }
    return all;
}

static bool same_resource(const struct rbac_right *x, const struct rbac_right *y)
{
    return strcmp(x->resource, y->resource) == 0 && strcmp(x->subresource, y->subresource) == 0;
}

/* The verbs of a set over the resource of one right, in the order of the table. */
static const char *verbs_on(struct arena *a, const struct rbac_right *rights, size_t n,
                            uint32_t set, const struct rbac_right *one)
{
    const char *verbs = "";

    for (size_t i = 0; i < n; i++)
        if ((set >> i & 1) && same_resource(&rights[i], one))
            verbs = arena_printf(a, "%s%s%s", verbs, *verbs ? ", " : "", rights[i].verb);
    return verbs;
}

/* Resources that are given with the same verbs are told together, so that no word claims a right
 * which is not there. */
const char *rbac_right_reason(struct arena *a, const struct fact_binding *b,
                              const struct rbac_right *rights, size_t n, uint32_t set, bool by_name)
{
    const char *text = "";
    uint32_t left = set;

    while (left) {
        const char *verbs = verbs_on(a, rights, n, set, &rights[__builtin_ctz(left)]),
                   *resources = "";

        for (size_t i = 0; i < n; i++) {
            const struct rbac_right *r = &rights[i];

            if (!(left >> i & 1) || strcmp(verbs_on(a, rights, n, set, r), verbs) != 0)
                continue;
            resources = arena_printf(a, "%s%s%s%s%s", resources, *resources ? ", " : "",
                                     r->resource, *r->subresource ? "/" : "", r->subresource);
            for (size_t k = i; k < n; k++)
                if (same_resource(&rights[k], r))
                    left &= ~(UINT32_C(1) << k);
        }
        text = arena_printf(a, "%s%s%s on %s", text, *text ? " and " : "", verbs, resources);
    }
    return arena_printf(a, "%s allows %s%s", rbac_right_role(a, b), text,
                        by_name ? " by name" : "");
}

static void tell(struct rule_ctx *c, struct rbac_right_hit h, size_t ix, struct rbac_given g,
                 const struct rbac_right *rights, size_t n, rbac_right_fn *hit, void *arg)
{
    const struct fact_rule *rule = &h.binding->role->rules[ix];

    rbac_right_evidence_rule(c->scratch, h.binding, ix, h.why);
    h.right = &rights[__builtin_ctz(g.set)];
    h.class = g.by_name ? h.right->named_class : h.right->class;
    h.why[1].reason = rbac_right_reason(c->scratch, h.binding, rights, n, g.set, g.by_name);
    for (size_t i = 0; i < (g.by_name ? rule->names.n : 1); i++) {
        h.name = g.by_name ? rule->names.v[i] : NULL;
        if (!h.name || *h.name)
            hit(c, &h, arg);
    }
}

void rbac_right_each(struct rule_ctx *c, const struct rbac_right *rights, size_t n,
                     rbac_right_fn *hit, void *arg)
{
    g_autofree struct rbac_given *given_by = rbac_right_table(c->rbac, rights, n);
    bool any = false;

    for (size_t i = 0; !any && i < rbac_classes(c->rbac); i++)
        any = given_by[i].set != 0;
    if (!any)
        return;
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];
        struct rbac_right_hit base = {.binding = b, .set = c->as->permission_set[i]};

        if (base.set == UINT32_MAX || !b->role)
            continue;
        for (size_t j = 0; j < b->role->nrules; j++) {
            struct rbac_given g = given_by[rbac_class(c->rbac, b->role, j)];

            if (g.set)
                tell(c, base, j, g, rights, n, hit, arg);
        }
    }
}

static void free_metas(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

/* All names that rules name, each with an empty list. */
static GHashTable *names_of_rules(const struct rbac *r)
{
    GHashTable *by = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_metas);

    for (uint32_t i = 0; i < rbac_classes(r); i++) {
        const struct texts *names = &rbac_class_rule(r, i)->names;

        for (size_t k = 0; k < names->n; k++)
            if (!g_hash_table_contains(by, names->v[k]))
                g_hash_table_insert(by, (gpointer)(uintptr_t)names->v[k], g_ptr_array_new());
    }
    return by;
}

static gboolean is_empty(gpointer name, gpointer list, gpointer unused)
{
    (void)name;
    (void)unused;
    return ((const GPtrArray *)list)->len == 0;
}

GHashTable *rbac_right_by_name(const struct rbac *r, const void *v, size_t n, size_t size)
{
    GHashTable *by = names_of_rules(r);

    for (size_t i = 0; g_hash_table_size(by) > 0 && i < n; i++) {
        /* every fact begins with its meta */
        const struct meta *m = (const struct meta *)((const char *)v + i * size);
        GPtrArray *list = g_hash_table_lookup(by, m->name);

        if (list)
            g_ptr_array_add(list, (gpointer)(uintptr_t)m);
    }
    g_hash_table_foreach_remove(by, is_empty, NULL);
    return by;
}
