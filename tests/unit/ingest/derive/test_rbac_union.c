/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights that only count together, against asking the authorizer for each part by itself. */
#include "ingest/derive/rbac_union.h"
#include "tests/test.h"

static const char *const spaces[] = {"", "a", "b"};
static const char *const names[] = {"x", "y", "z"};
static const char *const people[] = {"u ann",
                                     "s a/x",
                                     "s b/x",
                                     "u system:serviceaccount:a:x",
                                     "u system:node:n",
                                     "u system:anonymous",
                                     "g system:serviceaccounts",
                                     "g system:serviceaccounts:a",
                                     "g system:authenticated",
                                     "g system:nodes",
                                     "g ops"};

#define RIGHT(v, res, sub, c, by_name, nc)                                                         \
    {                                                                                              \
        .verb = v, .group = "", .resource = res, .subresource = sub, .class = CLASS_##c,           \
        .named = by_name, .named_class = CLASS_##nc                                                \
    }

static const struct rbac_right token[] = {RIGHT("create", "pods", "exec", TRIVIAL, true, TRIVIAL),
                                          RIGHT("get", "pods", "exec", HARD, true, HARD)};
static const struct rbac_right make[] = {RIGHT("create", "pods", "", EASY, false, EASY)};
static const struct rbac_right see[] = {RIGHT("list", "pods", "", TRIVIAL, true, EASY),
                                        RIGHT("get", "pods", "", EASY, true, MODERATE)};

/* What one part is worth to somebody somewhere. */
struct worth {
    bool all, name[ARRAY_LEN(names)];
    enum edge_class class, named_class; /* CLASS_COUNT: not at all */
};

static struct texts some(struct arena *a, const char *const *words, size_t n, size_t least)
{
    size_t count = least + (size_t)rand() % 2;
    const char **v = arena_calloc(a, count + 1, sizeof(*v));

    for (size_t i = 0; i < count; i++)
        v[i] = words[(size_t)rand() % n];
    return (struct texts){v, count};
}

static void random_rules(struct arena *a, struct fact_role *role)
{
    static const char *const verbs[] = {"get", "list", "create", "*"};
    static const char *const groups[] = {"", "", "apps", "*"};
    static const char *const resources[] = {"pods", "pods/exec", "*", "secrets"};
    static const char *const objects[] = {"x", "y", "z", ""};
    struct fact_rule *made = arena_calloc(a, 2, sizeof(*made));

    role->nrules = 1 + (size_t)rand() % 2;
    role->rules = made;
    for (size_t i = 0; i < role->nrules; i++)
        made[i] = (struct fact_rule){
            .verbs = some(a, verbs, ARRAY_LEN(verbs), 1),
            .groups = some(a, groups, ARRAY_LEN(groups), 1),
            .resources = some(a, resources, ARRAY_LEN(resources), 1),
            .names = some(a, objects, rand() % 2 ? ARRAY_LEN(objects) : 2, 0),
        };
}

static struct fact_subject subject(struct arena *a, const char *text)
{
    const char *slash = strchr(text, '/');

    if (*text == 's')
        return (struct fact_subject){SUBJECT_SERVICEACCOUNT,
                                     arena_strndup(a, text + 2, (size_t)(slash - text - 2)),
                                     slash + 1};
    return (struct fact_subject){*text == 'u' ? SUBJECT_USER : SUBJECT_GROUP, "", text + 2};
}

static struct facts *random_facts(struct arena *a)
{
    struct facts *f = facts_new(a, "c");
    size_t n = 1 + (size_t)rand() % 7;

    for (size_t i = 0; i < n; i++) {
        struct fact_role role = {.meta = {.ns = "", .owner_kind = "", .owner_name = ""}};
        struct fact_binding b = {.meta = role.meta, .to_clusterrole = true};
        struct fact_subject *who = arena_calloc(a, 2, sizeof(*who));

        role.meta.uid = b.meta.uid = "";
        role.meta.name = b.role_name = b.meta.name = arena_printf(a, "r%zu", i);
        random_rules(a, &role);
        b.meta.ns = spaces[(size_t)rand() % ARRAY_LEN(spaces)];
        b.nsubjects = 1 + (size_t)rand() % 2;
        b.subjects = who;
        for (size_t k = 0; k < b.nsubjects; k++)
            who[k] = subject(a, people[(size_t)rand() % ARRAY_LEN(people)]);
        FACTS_ADD(f, roles, role);
        FACTS_ADD(f, bindings, b);
    }
    facts_index(f);
    return f;
}

/* The wider groups that every member of a group is in. */
static struct texts groups_of(struct arena *a, const struct fact_subject *s)
{
    const char **v = arena_calloc(a, 3, sizeof(*v));
    size_t n = 0;

    if (s->kind != SUBJECT_GROUP) {
        char *user = rbac_user_name(s->kind, s->ns, s->name);
        struct rbac_groups g;
        rbac_groups_of(user, &g);
        for (; n < g.n; n++)
            v[n] = arena_strdup(a, g.v[n]);
        rbac_groups_done(&g);
        g_free(user);
    } else {
        if (g_str_has_prefix(s->name, "system:serviceaccounts:"))
            v[n++] = "system:serviceaccounts";
        if (strcmp(s->name, "system:authenticated") != 0)
            v[n++] = "system:authenticated";
    }
    return (struct texts){v, n};
}

/* Whether the groups, and `who` unless it is NULL, may do this. */
static bool allowed(struct rule_ctx *c, const struct fact_subject *who, const struct texts *groups,
                    const struct rbac_request *q)
{
    struct rbac_subject s;
    bool yes = false;

    for (size_t i = 0; i < groups->n; i++) {
        s = (struct rbac_subject){SUBJECT_GROUP, "", groups->v[i], {NULL, 0}};
        yes |= rbac_allows(c->rbac, &s, q, NULL);
    }
    if (who) {
        s = (struct rbac_subject){who->kind, who->ns, who->name, {NULL, 0}};
        yes |= rbac_allows(c->rbac, &s, q, NULL);
    }
    return yes;
}

static struct worth worth_of(struct rule_ctx *c, const struct fact_subject *who,
                             const struct texts *groups, const struct rbac_part *p, const char *ns)
{
    struct worth w = {.class = CLASS_COUNT, .named_class = CLASS_COUNT};

    for (size_t i = 0; i < p->n; i++) {
        const struct rbac_right *r = &p->rights[i];
        bool nameless = !*r->subresource && strcmp(r->verb, "get") != 0;
        struct rbac_request q = {
            r->verb,      r->group, r->resource, r->subresource, p->cluster ? "" : ns,
            "unheard of", NULL};

        if (nameless)
            q.name = "";
        if (allowed(c, who, groups, &q)) {
            w.all = true;
            w.class = MIN(w.class, r->class);
        }
        for (size_t k = 0; r->named && k < ARRAY_LEN(names); k++) {
            q.name = names[k];
            if (allowed(c, who, groups, &q)) {
                w.name[k] = true;
                w.named_class = MIN(w.named_class, r->named_class);
            }
        }
    }
    return w;
}

struct expected {
    struct worth parts[3];
    bool complete;
};

static struct expected expect(struct rule_ctx *c, const struct fact_subject *who,
                              const struct texts *groups, const struct rbac_part *parts, size_t n,
                              const char *ns)
{
    struct expected x = {.complete = true};

    for (size_t i = 0; i < n; i++) {
        x.parts[i] = worth_of(c, who, groups, &parts[i], ns);
        bool any = x.parts[i].all;
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            any |= x.parts[i].name[k];
        x.complete &= any;
    }
    return x;
}

/* The class of a part: of the way to everything, else of the way to a name. */
static enum edge_class class_of(const struct worth *w)
{
    return w->all ? w->class : w->named_class;
}

/* Whether `less` gives each part as widely and as easily. */
static bool as_much(const struct expected *less, const struct expected *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct worth *l = &less->parts[i], *w = &x->parts[i];
        if (w->all && !l->all)
            return false;
        for (size_t k = 0; !w->all && k < ARRAY_LEN(names); k++)
            if (w->name[k] && !l->name[k] && !l->all)
                return false;
        if (class_of(l) > class_of(w))
            return false;
    }
    return true;
}

/* Hits as "identity ns: ALL trivial, xy easy; class". */
static void show(GString *out, uint32_t identity, const char *ns)
{
    g_string_append_printf(out, "%u in \"%s\":", identity, ns);
}

static void show_part(GString *out, bool all, const bool *name, enum edge_class class)
{
    g_string_append_printf(out, " %s", all ? "all" : "");
    for (size_t k = 0; !all && k < ARRAY_LEN(names); k++)
        if (name[k])
            g_string_append(out, names[k]);
    g_string_append_printf(out, "/%s", class < CLASS_COUNT ? kinds_class_name(class) : "none");
}

struct heard {
    GHashTable *hits;
    size_t n;
    struct rbac *rbac;
};

static void hit(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    struct heard *heard = arg;
    GString *key = g_string_new(NULL), *text = g_string_new(NULL);
    enum edge_class hardest = CLASS_STRUCTURAL;

    (void)c;
    show(key, h->identity, h->ns);
    for (size_t i = 0; i < heard->n; i++) {
        const struct rbac_held *p = &h->parts[i];
        bool name[ARRAY_LEN(names)] = {false};

        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            name[k] = facts_has(&p->names, names[k]);
        cr_expect_not(facts_has(&p->names, ""));
        cr_expect(!p->all || p->names.n == 0);
        cr_expect_not_null(p->right);
        show_part(text, p->all, name, p->class);
        hardest = p->class > hardest ? p->class : hardest;
    }
    cr_expect_eq(h->class, hardest);
    cr_expect_gt(h->nwhy, 0);
    for (size_t i = 0; i < h->nwhy; i++)
        cr_expect_not_null(h->why[i].object);
    cr_expect(
        g_hash_table_insert(heard->hits, g_string_free(key, FALSE), g_string_free(text, FALSE)),
        "told twice");
}

static size_t compare_one(struct rule_ctx *c, const struct fact_subject *s,
                          const struct rbac_part *parts, struct heard *heard, const char *ns,
                          unsigned seed)
{
    AUTO(arena) a = arena_new();
    struct texts groups = groups_of(a, s);
    struct expected x = expect(c, s, &groups, parts, heard->n, ns);
    struct expected by_groups = expect(c, NULL, &groups, parts, heard->n, ns);
    struct expected everywhere = expect(c, s, &groups, parts, heard->n, "");
    bool want = x.complete && !as_much(&by_groups, &x, heard->n) &&
                (!*ns || !as_much(&everywhere, &x, heard->n));
    g_autoptr(GString) key = g_string_new(NULL), text = g_string_new(NULL);

    show(key, assets_subject(c->f, c->d, s), ns);
    for (size_t i = 0; i < heard->n; i++)
        show_part(text, x.parts[i].all, x.parts[i].name, class_of(&x.parts[i]));
    const char *got = g_hash_table_lookup(heard->hits, key->str);
    cr_assert_eq(got != NULL, want, "seed %u: %s in \"%s\": %s, want %s%s", seed, s->name, ns,
                 got ? got : "nothing", want ? "" : "nothing, for", text->str);
    if (want)
        cr_assert_str_eq(got, text->str, "seed %u: %s in \"%s\": %s, want %s", seed, s->name, ns,
                         got, text->str);
    return want;
}

/* All identities of one random cluster in all scopes.  Returns: how many hits were right. */
static size_t compare(unsigned seed, const struct rbac_part *parts, size_t n)
{
    srand(seed);
    AUTO(arena) a = arena_new();
    AUTO(facts) f = random_facts(a);
    AUTO(draft) d = draft_new(a, "c");
    AUTO(assets) as = assets_new(f, d);
    AUTO(rbac) rbac = rbac_new(f);
    struct rule_ctx c = {.f = f, .rbac = rbac, .as = as, .d = d, .scratch = a};
    struct heard heard = {.n = n};
    g_autoptr(GHashTable) told = g_hash_table_new(g_direct_hash, g_direct_equal);
    size_t right = 0;

    heard.hits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    rbac_union_each(&c, parts, n, hit, &heard);
    for (size_t i = 0; i < f->bindings.n; i++)
        for (size_t k = 0; k < f->bindings.v[i].nsubjects; k++) {
            const struct fact_subject *s = &f->bindings.v[i].subjects[k];
            if (!g_hash_table_add(told, GUINT_TO_POINTER(assets_subject(f, d, s) + 1)))
                continue;
            for (size_t m = 0; m < ARRAY_LEN(spaces); m++)
                right += compare_one(&c, s, parts, &heard, spaces[m], seed);
        }
    cr_expect_eq(g_hash_table_size(heard.hits), right, "seed %u: hits for nobody", seed);
    g_hash_table_destroy(heard.hits);
    return right;
}

Test(rbac_union, agrees_with_asking_for_each_part)
{
    static const struct rbac_part parts[] = {{make, ARRAY_LEN(make), false},
                                             {see, ARRAY_LEN(see), false}};
    size_t hits = 0;

    for (unsigned seed = 0; seed < 4000; seed++)
        hits += compare(seed, parts, ARRAY_LEN(parts));
    cr_expect_gt(hits, 1000);
}

Test(rbac_union, agrees_where_a_part_is_asked_without_a_namespace)
{
    static const struct rbac_part parts[] = {{token, ARRAY_LEN(token), true},
                                             {see, ARRAY_LEN(see), false},
                                             {make, ARRAY_LEN(make), false}};
    size_t hits = 0;

    for (unsigned seed = 0; seed < 4000; seed++)
        hits += compare(seed, parts, ARRAY_LEN(parts));
    cr_expect_gt(hits, 300);
}

static void count_names(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    (void)c;
    *(size_t *)arg = h->parts[1].names.n;
}

/* A role of a megabyte is legal. */
Test(rbac_union, takes_a_role_with_very_many_names, .timeout = 20)
{
    enum { MANY = 60000 };
    static const struct rbac_part parts[] = {{make, ARRAY_LEN(make), false},
                                             {see, ARRAY_LEN(see), false}};
    static const char *const get[] = {"get"}, *const create[] = {"create"}, *const core[] = {""},
                             *const pods[] = {"pods"};
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct fact_subject who = {SUBJECT_USER, "", "ann"};
    const char **many = arena_calloc(a, MANY, sizeof(*many));
    struct fact_rule two[] = {
        {.verbs = {create, 1}, .groups = {core, 1}, .resources = {pods, 1}},
        {.verbs = {get, 1}, .groups = {core, 1}, .resources = {pods, 1}, .names = {many, MANY}}};
    struct fact_role role = {.meta = {"", "r", "", .owner_kind = "", .owner_name = ""},
                             .rules = two,
                             .nrules = ARRAY_LEN(two)};
    struct fact_binding b = {.meta = role.meta,
                             .to_clusterrole = true,
                             .role_name = "r",
                             .subjects = &who,
                             .nsubjects = 1};
    size_t names_told = 0;

    for (size_t i = 0; i < MANY; i++)
        many[i] = arena_printf(a, "n%zu", i);
    FACTS_ADD(f, roles, role);
    FACTS_ADD(f, bindings, b);
    facts_index(f);
    AUTO(draft) d = draft_new(a, "c");
    AUTO(assets) as = assets_new(f, d);
    AUTO(rbac) rbac = rbac_new(f);
    struct rule_ctx c = {.f = f, .rbac = rbac, .as = as, .d = d, .scratch = a};
    rbac_union_each(&c, parts, ARRAY_LEN(parts), count_names, &names_told);
    cr_expect_eq(names_told, MANY);
}
