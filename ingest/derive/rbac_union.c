/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First each binding's share of the parts, then the union for each identity that has a share. */
#include "ingest/derive/rbac_union.h"

#include <assert.h>
#include <string.h>

/* What one rule of a binding gives of one part. */
struct grant {
    const struct fact_binding *binding;
    size_t rule, part;
    uint32_t set; /* of the part's rights */
    bool by_name;
};

struct search {
    struct rule_ctx *c;
    const struct rbac_part *parts;
    size_t n;
    struct rbac_given *given[RBAC_UNION_PARTS]; /* of each part, by class of rule */
    GHashTable *shares; /* const struct fact_binding * -> GArray of struct grant; only if any */
    GHashTable *done;   /* identities told or tried, by node */
    rbac_union_fn *hit;
    void *arg;
};

/* The bindings of one identity that have a share. */
struct holder {
    GHashTable *shares;
    GPtrArray *own, *groups; /* const struct fact_binding *, by namespace, cluster-wide first */
    GPtrArray *into;         /* the one being filled */
};

static void free_array(gpointer a)
{
    g_array_free(a, TRUE);
}

static void share_rule(const struct search *s, const struct fact_binding *b, size_t rule,
                       GArray **out)
{
    uint32_t class = rbac_class(s->c->rbac, b->role, rule);

    for (size_t i = 0; i < s->n; i++) {
        struct rbac_given by = s->given[i][class];
        struct grant g = {b, rule, i, by.set, by.by_name};

        if (!by.set || (s->parts[i].cluster && *b->meta.ns))
            continue;
        if (!*out)
            *out = g_array_new(FALSE, FALSE, sizeof(struct grant));
        g_array_append_val(*out, g);
    }
}

/* Whether every part is given by some rule at all. */
static bool can_be(const struct search *s)
{
    size_t classes = rbac_classes(s->c->rbac);

    for (size_t i = 0; i < s->n; i++) {
        size_t k = 0;

        while (k < classes && !s->given[i][k].set)
            k++;
        if (k == classes)
            return false;
    }
    return true;
}

static void share_all(struct search *s)
{
    const struct facts *f = s->c->f;

    for (size_t i = 0; i < s->n; i++)
        s->given[i] = rbac_right_table(s->c->rbac, s->parts[i].rights, s->parts[i].n);
    size_t n = can_be(s) ? f->bindings.n : 0;
    for (size_t i = 0; i < n; i++) {
        const struct fact_binding *b = &f->bindings.v[i];
        GArray *grants = NULL;

        if (!b->role || s->c->as->permission_set[i] == UINT32_MAX)
            continue;
        for (size_t j = 0; j < b->role->nrules; j++)
            share_rule(s, b, j, &grants);
        if (grants)
            g_hash_table_insert(s->shares, (gpointer)b, grants);
    }
    for (size_t i = 0; i < s->n; i++)
        g_free(s->given[i]);
}

static void add_binding(void *arg, const struct fact_binding *b)
{
    struct holder *h = arg;

    if (g_hash_table_contains(h->shares, b))
        g_ptr_array_add(h->into, (gpointer)b);
}

typedef void binding_fn(void *arg, const struct fact_binding *b);

static void add_group(const struct rbac *r, const char *name, binding_fn *add, void *arg)
{
    struct fact_subject group = {.kind = SUBJECT_GROUP, .ns = "", .name = name};

    rbac_each_binding(r, &group, add, arg);
}

/* The groups that every member of a group is in as well. */
static void add_groups_of_group(const struct rbac *r, const char *name, binding_fn *add, void *arg)
{
    if (g_str_has_prefix(name, "system:serviceaccounts:"))
        add_group(r, "system:serviceaccounts", add, arg);
    if (rbac_group_authenticates(name))
        add_group(r, RBAC_AUTHENTICATED, add, arg);
}

void rbac_union_groups(const struct rule_ctx *c, const struct fact_subject *who,
                       void (*add)(void *arg, const struct fact_binding *b), void *arg)
{
    struct rbac_groups groups;

    if (who->kind == SUBJECT_GROUP) {
        add_groups_of_group(c->rbac, who->name, add, arg);
        return;
    }
    char *user = rbac_user_name(who->kind, who->ns, who->name);
    rbac_groups_of(user, &groups);
    for (size_t i = 0; i < groups.n; i++)
        add_group(c->rbac, groups.v[i], add, arg);
    rbac_groups_done(&groups);
    g_free(user);
}

/* The union over one scope while it grows. */
struct tally {
    struct rbac_held held[RBAC_UNION_PARTS];
    bool has[RBAC_UNION_PARTS];
    GPtrArray *names[RBAC_UNION_PARTS];  /* NULL: none */
    GHashTable *named[RBAC_UNION_PARTS]; /* the same as sets; a role may hold very many names */
    GPtrArray *grants;                   /* const struct grant *: those that count */
};

static void tally_init(struct tally *t)
{
    *t = (struct tally){.grants = g_ptr_array_new()};
}

static void tally_done(struct tally *t)
{
    for (size_t i = 0; i < RBAC_UNION_PARTS; i++) {
        if (t->names[i]) {
            g_ptr_array_free(t->names[i], TRUE);
            g_hash_table_destroy(t->named[i]);
        }
    }
    g_ptr_array_free(t->grants, TRUE);
}

static guint nnames(const struct tally *t, size_t part)
{
    return t->names[part] ? t->names[part]->len : 0;
}

/* Returns: whether the rule names anything; no object has the empty name. */
static bool tally_names(struct tally *t, const struct grant *g)
{
    const struct texts *names = &g->binding->role->rules[g->rule].names;
    bool any = false;

    if (!t->names[g->part]) {
        t->names[g->part] = g_ptr_array_new();
        t->named[g->part] = g_hash_table_new(g_str_hash, g_str_equal);
    }
    for (size_t i = 0; i < names->n; i++) {
        any = any || *names->v[i];
        if (*names->v[i] && g_hash_table_add(t->named[g->part], (gpointer)names->v[i]))
            g_ptr_array_add(t->names[g->part], (gpointer)names->v[i]);
    }
    return any;
}

static void tally_grant(const struct search *s, struct tally *t, const struct grant *g)
{
    struct rbac_held *h = &t->held[g->part];
    const struct rbac_right *right = &s->parts[g->part].rights[__builtin_ctz(g->set)];
    enum edge_class class = g->by_name ? right->named_class : right->class;

    if (h->all && (g->by_name || class >= h->class))
        return; /* adds nothing */
    if (g->by_name && !tally_names(t, g))
        return;
    if (!t->has[g->part] || (!g->by_name && !h->all) || class < h->class) {
        h->right = right;
        h->class = class;
    }
    t->has[g->part] = true;
    h->all = h->all || !g->by_name;
    g_ptr_array_add(t->grants, (gpointer)g);
}

static const char *space_of(const GPtrArray *bindings, guint i)
{
    return ((const struct fact_binding *)bindings->pdata[i])->meta.ns;
}

/* The first binding whose namespace is not before `ns`. */
static guint first_in(const GPtrArray *bindings, const char *ns)
{
    guint low = 0, high = bindings->len;

    while (low < high) {
        guint mid = low + (high - low) / 2;

        if (strcmp(space_of(bindings, mid), ns) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Counts the grants of the bindings in one namespace, "" the cluster-wide ones. */
static void tally_space(const struct search *s, struct tally *t, const GPtrArray *bindings,
                        const char *ns)
{
    for (guint i = first_in(bindings, ns);
         i < bindings->len && strcmp(space_of(bindings, i), ns) == 0; i++) {
        const GArray *grants = g_hash_table_lookup(s->shares, bindings->pdata[i]);

        for (guint k = 0; k < grants->len; k++)
            tally_grant(s, t, &g_array_index(grants, struct grant, k));
    }
}

/* Counts the grants of bindings to one scope: cluster-wide ones, then (ns not "") those of it. */
static void tally_bindings(const struct search *s, struct tally *t, const GPtrArray *bindings,
                           const char *ns)
{
    tally_space(s, t, bindings, "");
    if (*ns)
        tally_space(s, t, bindings, ns);
}

static bool complete(const struct search *s, const struct tally *t)
{
    for (size_t i = 0; i < s->n; i++)
        if (!t->has[i])
            return false;
    return true;
}

/* What an identity holds in one scope; `own` is NULL for what its groups give. */
static void tally_scope(const struct search *s, struct tally *t, const GPtrArray *own,
                        const GPtrArray *groups, const char *ns)
{
    tally_init(t);
    if (own)
        tally_bindings(s, t, own, ns);
    tally_bindings(s, t, groups, ns);
}

/* Whether `less` gives every part as widely and as easily as `t`, which holds all that it holds. */
static bool as_much(const struct search *s, const struct tally *less, const struct tally *t)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!less->has[i] || (t->held[i].all && !less->held[i].all))
            return false;
        if (!t->held[i].all && nnames(less, i) < nnames(t, i))
            return false;
        if (less->held[i].class > t->held[i].class)
            return false;
    }
    return true;
}

/* Two pieces for each grant that counts: the binding, and the rule with what it allows. */
static const struct evidence *evidence(const struct search *s, const struct tally *t, size_t *n)
{
    struct arena *a = s->c->scratch;
    struct evidence *all = arena_alloc(a, (2 * t->grants->len + 1) * sizeof(*all));

    *n = 0;
    for (guint i = 0; i < t->grants->len; i++) {
        const struct grant *g = t->grants->pdata[i];
        const struct rbac_part *p = &s->parts[g->part];
        struct evidence *two = &all[*n];

        if (t->held[g->part].all && g->by_name)
            continue; /* a wider grant came later */
        rbac_right_evidence_rule(a, g->binding, g->rule, two);
        two[1].reason = rbac_right_reason(a, g->binding, p->rights, p->n, g->set, g->by_name);
        *n += 2;
        if (*n > 2 && strcmp(two[0].object, two[-2].object) == 0) {
            two[0] = two[1]; /* the binding was named just before */
            *n -= 1;
        }
    }
    return all;
}

static void tell(const struct search *s, const struct fact_subject *who, uint32_t identity,
                 const char *ns, struct tally *t)
{
    struct rbac_union_hit h = {.subject = who, .identity = identity, .ns = ns, .parts = t->held};

    for (size_t i = 0; i < s->n; i++) {
        if (!t->held[i].all && t->names[i])
            t->held[i].names =
                (struct texts){(const char *const *)t->names[i]->pdata, t->names[i]->len};
        if (t->held[i].class > h.class)
            h.class = t->held[i].class;
    }
    h.why = evidence(s, t, &h.nwhy);
    s->hit(s->c, &h, s->arg);
}

/* One identity in one scope; `wide` is what it holds throughout the cluster. */
static void try_scope(const struct search *s, const struct holder *h,
                      const struct fact_subject *who, uint32_t identity, const char *ns,
                      const struct tally *wide)
{
    struct tally t, groups;

    tally_scope(s, &t, h->own, h->groups, ns);
    tally_scope(s, &groups, NULL, h->groups, ns);
    if (complete(s, &t) && !as_much(s, &groups, &t) && (!*ns || !as_much(s, wide, &t)))
        tell(s, who, identity, ns, &t);
    tally_done(&groups);
    tally_done(&t);
}

/* Within a namespace the order stays. */
static int by_space(gconstpointer x, gconstpointer y)
{
    const struct fact_binding *a = *(const struct fact_binding *const *)x;
    const struct fact_binding *b = *(const struct fact_binding *const *)y;

    return strcmp(a->meta.ns, b->meta.ns);
}

static void namespaces_of(const GPtrArray *bindings, GHashTable *out)
{
    for (guint i = 0; i < bindings->len; i++) {
        const struct fact_binding *b = bindings->pdata[i];

        if (*b->meta.ns)
            g_hash_table_add(out, (gpointer)b->meta.ns);
    }
}

static void try_identity(struct search *s, const struct fact_subject *who)
{
    struct holder h = {s->shares, g_ptr_array_new(), g_ptr_array_new(), NULL};
    uint32_t identity = assets_subject(s->c->f, s->c->d, who);

    if (g_hash_table_add(s->done, GUINT_TO_POINTER(identity + 1))) {
        GHashTable *spaces = g_hash_table_new(g_str_hash, g_str_equal);
        struct tally wide;
        GHashTableIter it;
        gpointer ns;

        h.into = h.own;
        rbac_each_binding(s->c->rbac, who, add_binding, &h);
        h.into = h.groups;
        rbac_union_groups(s->c, who, add_binding, &h);
        g_ptr_array_sort(h.groups, by_space); /* each group's are; its own are by themselves */
        tally_scope(s, &wide, h.own, h.groups, "");
        try_scope(s, &h, who, identity, "", &wide);
        namespaces_of(h.own, spaces);
        namespaces_of(h.groups, spaces);
        g_hash_table_iter_init(&it, spaces);
        while (g_hash_table_iter_next(&it, &ns, NULL))
            try_scope(s, &h, who, identity, ns, &wide);
        tally_done(&wide);
        g_hash_table_destroy(spaces);
    }
    g_ptr_array_free(h.own, TRUE);
    g_ptr_array_free(h.groups, TRUE);
}

void rbac_union_each(struct rule_ctx *c, const struct rbac_part *parts, size_t n,
                     rbac_union_fn *hit, void *arg)
{
    struct search s = {.c = c, .parts = parts, .n = n, .hit = hit, .arg = arg};

    assert(n <= RBAC_UNION_PARTS);
    s.shares = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_array);
    s.done = g_hash_table_new(g_direct_hash, g_direct_equal);
    share_all(&s);
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        for (size_t j = 0; g_hash_table_contains(s.shares, b) && j < b->nsubjects; j++)
            try_identity(&s, &b->subjects[j]);
    }
    g_hash_table_destroy(s.shares);
    g_hash_table_destroy(s.done);
}
