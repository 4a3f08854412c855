/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matcher: each way a rule can and cannot match, who is who, and the oracle on random facts. */
#include "ingest/derive/rbac.h"
#include "tests/oracle/rbac_oracle.h"
#include "tests/test.h"

/* A list of one or two texts, "" for none. */
static struct texts list(struct arena *a, const char *words)
{
    g_auto(GStrv) w = g_strsplit(words, " ", -1);
    size_t n = *words ? g_strv_length(w) : 0;
    const char **v = arena_calloc(a, n + 1, sizeof(*v));

    for (size_t i = 0; i < n; i++)
        v[i] = strcmp(w[i], "core") == 0 ? "" : arena_strdup(a, w[i]);
    return (struct texts){v, n};
}

/* Lists are separated by blanks, `core` is the group without a name.  A request is "verb group
 * resource/sub name" or "verb /url". */
static const struct {
    const char *verbs, *groups, *resources, *names, *request;
    bool yes;
} rule_cases[] = {
    {"get", "core", "pods", "", "get core pods", true},
    {"get", "core", "pods", "", "list core pods", false},
    {"GET", "core", "pods", "", "get core pods", false},
    {"*", "core", "pods", "", "impersonate:user-info core pods", true},
    {"get*", "core", "pods", "", "get core pods", false},
    {"get", "*", "pods", "", "get apps pods", true},
    {"get", "apps", "pods", "", "get core pods", false},
    {"get", "apps/v1", "deployments", "", "get apps deployments", false},
    {"get", "core", "*", "", "get core pods/exec", true},
    {"get", "core", "pods", "", "get core pods/exec", false},
    {"get", "core", "pods/exec", "", "get core pods/exec", true},
    {"get", "core", "pods/exec", "", "get core pods", false},
    {"get", "core", "pods/exec", "", "get core pods/execute", false},
    {"get", "core", "pods/exec", "", "get core pod/exec", false},
    {"get", "core", "*/exec", "", "get core pods/exec", true},
    {"get", "core", "*/exec", "", "get core pods/log", false},
    {"get", "core", "*/exec", "", "get core pods", false},
    {"get", "core", "pods/*", "", "get core pods/exec", false},
    {"get", "core", "pods/*", "", "get core pods", false},
    {"get", "core", "*/*", "", "get core pods/exec", false},
    {"get", "core", "*/*", "", "get core pods", false},
    {"get", "core", "pods/", "", "get core pods", false},
    {"get", "core", "Pods pod", "", "get core pods", false},
    {"get", "core", "pods", "web-0", "get core pods web-0", true},
    {"get", "core", "pods", "web-0", "get core pods web-1", false},
    {"get", "core", "pods", "web-0", "get core pods", false},
    {"get", "core", "pods", "web.0", "get core pods web-0", false},
    {"get", "core", "pods", "*", "get core pods web-0", false},
    {"get", "core", "pods", "core", "get core pods", true}, /* the empty name, as text */
    {"get", "", "pods", "", "get core pods", false},
    {"", "core", "pods", "", "get core pods", false},
};

static struct rbac_request request(struct arena *a, const char *text)
{
    struct texts w = list(a, text);
    struct rbac_request q = {w.v[0], w.v[1], w.v[2], "", "ns", w.n > 3 ? w.v[3] : "", NULL};
    const char *slash = strchr(q.resource, '/');

    if (slash) {
        q.subresource = slash + 1;
        q.resource = arena_strndup(a, q.resource, (size_t)(slash - q.resource));
    }
    return q;
}

Test(rbac, a_rule_matches_as_the_server_compares)
{
    for (size_t i = 0; i < ARRAY_LEN(rule_cases); i++) {
        AUTO(arena) a = arena_new();
        struct fact_rule r = {.verbs = list(a, rule_cases[i].verbs),
                              .groups = list(a, rule_cases[i].groups),
                              .resources = list(a, rule_cases[i].resources),
                              .names = list(a, rule_cases[i].names)};
        struct rbac_request q = request(a, rule_cases[i].request);

        cr_expect_eq(rbac_rule_matches(&r, &q), rule_cases[i].yes, "%s %s %s [%s] asked %s",
                     rule_cases[i].verbs, rule_cases[i].groups, rule_cases[i].resources,
                     rule_cases[i].names, rule_cases[i].request);
    }
}

Test(rbac, only_stars_at_the_end_of_a_url_are_wildcards)
{
    static const struct {
        const char *rule, *url;
        bool yes;
    } cases[] = {
        {"/healthz", "/healthz", true},
        {"/healthz", "/healthz/etcd", false},
        {"/healthz/*", "/healthz/a", true},
        {"/healthz/*", "/healthz", false},
        {"/api/*/x", "/api/v1/x", false},
        {"/api/*/x", "/api/*/x", true},
        {"*", "/metrics", true},
        {"/logs/**", "/logs/a", true},
        {"", "/", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *get = "get";
        struct fact_rule r = {.verbs = {&get, 1}, .urls = {&cases[i].rule, 1}};
        struct rbac_request q = {"get", "", "", "", "", "", cases[i].url};

        cr_expect_eq(rbac_rule_matches(&r, &q), cases[i].yes, "%s asked %s", cases[i].rule,
                     cases[i].url);
    }
}

/* Subjects as in a table: "u ann", "g ops", "s ns/name". */
static struct fact_subject subject(struct arena *a, const char *text)
{
    const char *slash = strchr(text, '/');

    if (*text == 's')
        return (struct fact_subject){SUBJECT_SERVICEACCOUNT,
                                     arena_strndup(a, text + 2, (size_t)(slash - text - 2)),
                                     slash + 1};
    return (struct fact_subject){*text == 'u' ? SUBJECT_USER : SUBJECT_GROUP, "", text + 2};
}

struct world {
    struct facts f;
    struct fact_role role;
    struct fact_rule rule;
    struct fact_subject subjects[64];
    struct fact_binding bindings[64];
};

/* Binds a role that may `get` everything to `who`, in a namespace or everywhere. */
static void bind(struct world *w, const char *ns, const char *who)
{
    static const char *const get[] = {"get"}, *const star[] = {"*"};
    size_t i = w->f.bindings.n++;

    w->rule = (struct fact_rule){
        .verbs = {get, 1}, .groups = {star, 1}, .resources = {star, 1}, .urls = {star, 1}};
    w->role = (struct fact_role){{.ns = "", .name = "r"}, &w->rule, 1};
    w->subjects[i] = subject(w->f.arena, who);
    w->bindings[i] = (struct fact_binding){.meta = {.ns = ns, .name = who},
                                           .to_clusterrole = true,
                                           .role_name = "r",
                                           .role = &w->role,
                                           .subjects = &w->subjects[i],
                                           .nsubjects = 1};
    w->f.bindings.v = w->bindings;
}

Test(rbac, who_is_who_and_where)
{
    static const struct {
        const char *bound_in, *bound_to, *asks, *ns;
        bool yes;
    } cases[] = {
        {"", "u ann", "u ann", "a", true},
        {"", "u ann", "u ann", "", true},
        {"", "u ann", "u Ann", "", false},
        {"", "u ann", "g ann", "", false},
        {"", "g ann", "u ann", "", false},
        {"a", "u ann", "u ann", "a", true},
        {"a", "u ann", "u ann", "b", false},
        {"a", "u ann", "u ann", "", false},
        {"", "s a/x", "s a/x", "b", true},
        {"", "s a/x", "s b/x", "b", false},
        {"", "u system:serviceaccount:a:x", "s a/x", "b", true},
        {"", "s a/x", "u system:serviceaccount:a:x", "b", true},
        {"", "g system:serviceaccounts", "s a/x", "b", true},
        {"", "g system:serviceaccounts:a", "s a/x", "b", true},
        {"", "g system:serviceaccounts:b", "s a/x", "b", false},
        {"", "g system:serviceaccounts:a", "u system:serviceaccount:a:x", "b", true},
        {"", "g system:serviceaccounts", "u system:serviceaccount:a", "b", false},
        {"", "g system:serviceaccounts", "u ann", "b", false},
        {"", "g system:authenticated", "s a/x", "b", true},
        {"", "g system:authenticated", "u ann", "b", true},
        {"", "g system:authenticated", "u system:anonymous", "b", false},
        {"", "g system:unauthenticated", "u system:anonymous", "b", true},
        {"", "g system:unauthenticated", "u ann", "b", false},
        {"", "g system:nodes", "u system:node:n1", "b", true},
        {"", "g system:nodes", "u node:n1", "b", false},
        {"", "g system:authenticated", "g ops", "b", false}, /* a group is its members' alone */
        {"", "u nobody", "g system:masters", "b", true},
        {"", "u nobody", "u system:masters", "b", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        struct world w = {.f = {.arena = a}};
        bind(&w, cases[i].bound_in, cases[i].bound_to);
        AUTO(rbac) r = rbac_new(&w.f);
        struct fact_subject s = subject(a, cases[i].asks);
        struct rbac_subject who = {s.kind, s.ns, s.name, {NULL, 0}};
        struct rbac_request q = {"get", "", "pods", "", cases[i].ns, "", NULL};

        cr_expect_eq(rbac_allows(r, &who, &q, NULL), cases[i].yes,
                     "%s in \"%s\" asked as %s in \"%s\"", cases[i].bound_to, cases[i].bound_in,
                     cases[i].asks, cases[i].ns);
    }
}

Test(rbac, masters_by_group_need_no_binding)
{
    AUTO(arena) a = arena_new();
    struct facts f = {.arena = a};
    AUTO(rbac) r = rbac_new(&f);
    const char *masters = RBAC_MASTERS;
    struct rbac_subject who = {SUBJECT_USER, "", "root", {&masters, 1}};
    struct rbac_request q = {"delete", "", "nodes", "", "", "", NULL};
    struct rbac_grant g = {.rule = 7};

    cr_expect(rbac_allows(r, &who, &q, &g));
    cr_expect_null(g.binding);
    who.groups.n = 0;
    cr_expect_not(rbac_allows(r, &who, &q, &g));
}

Test(rbac, says_which_binding_and_rule)
{
    AUTO(arena) a = arena_new();
    struct world w = {.f = {.arena = a}};
    bind(&w, "a", "u ann");
    bind(&w, "b", "u ann");
    AUTO(rbac) r = rbac_new(&w.f);
    struct rbac_subject who = {SUBJECT_USER, "", "ann", {NULL, 0}};
    struct rbac_request q = {"get", "", "pods", "", "b", "", NULL};
    struct rbac_grant g;

    cr_assert(rbac_allows(r, &who, &q, &g));
    cr_expect_eq(g.binding, &w.bindings[1]);
    cr_expect_eq(g.rule, 0);
}

/* What the server would not store but a file may hold, and grants that lead nowhere. */
Test(rbac, dead_bindings_grant_nothing)
{
    AUTO(arena) a = arena_new();
    struct world w = {.f = {.arena = a}};
    bind(&w, "", "u ann");
    struct fact_binding *b = &w.bindings[0];
    struct rbac_request pods = {"get", "", "pods", "", "a", "", NULL};
    struct rbac_request url = {"get", "", "", "", "", "", "/metrics"};
    uint32_t rule;

    cr_expect(rbac_binding_allows(b, &pods, &rule));
    cr_expect(rbac_binding_allows(b, &url, &rule));
    b->to_clusterrole = false;
    cr_expect_not(rbac_binding_allows(b, &pods, &rule), "ClusterRoleBinding to a Role");
    b->meta.ns = "a";
    cr_expect(rbac_binding_allows(b, &pods, &rule));
    cr_expect_not(rbac_binding_allows(b, &url, &rule), "URL through a RoleBinding");
    b->role = NULL;
    cr_expect_not(rbac_binding_allows(b, &pods, &rule), "missing role");
}

static void collect(void *arg, const struct fact_binding *b)
{
    GString *out = arg;

    g_string_append_printf(out, "%s:%s ", b->meta.ns, b->meta.name);
}

Test(rbac, each_binding_of_a_subject_is_told_once)
{
    AUTO(arena) a = arena_new();
    struct world w = {.f = {.arena = a}};
    bind(&w, "b", "s a/x");
    bind(&w, "", "u system:serviceaccount:a:x");
    bind(&w, "a", "g system:serviceaccounts");
    w.subjects[10] = w.subjects[11] = w.subjects[0];
    w.bindings[0].subjects = &w.subjects[10];
    w.bindings[0].nsubjects = 2;
    AUTO(rbac) r = rbac_new(&w.f);
    g_autoptr(GString) out = g_string_new(NULL);

    rbac_each_binding(r, &w.subjects[10], collect, out);
    cr_expect_str_eq(out->str, ":u system:serviceaccount:a:x b:s a/x ");
    g_string_truncate(out, 0);
    rbac_each_binding(r, &w.subjects[2], collect, out);
    cr_expect_str_eq(out->str, "a:g system:serviceaccounts ");
    g_string_truncate(out, 0);
    rbac_each_binding(r, &(struct fact_subject){SUBJECT_USER, "", "nobody"}, collect, out);
    cr_expect_str_eq(out->str, "");
}

/* Up to three words of a table, often with a star among them. */
static struct texts some(struct arena *a, const char *const *words, size_t n, size_t least)
{
    size_t count = least + (size_t)rand() % 3;
    const char **v = arena_calloc(a, count + 1, sizeof(*v));

    for (size_t i = 0; i < count; i++)
        v[i] = words[(size_t)rand() % n];
    return (struct texts){v, count};
}

static const char *pick(const char *const *words, size_t n)
{
    return words[(size_t)rand() % n];
}

static const char *const verbs[] = {"get", "list", "create", "*", "delete"};
static const char *const groups[] = {"", "apps", "*"};
static const char *const resources[] = {"pods",   "secrets", "pods/exec", "*/exec",
                                        "pods/*", "*/*",     "*",         "secrets/exec"};
static const char *const objects[] = {"x", "y", "", "x.y"};
static const char *const namespaces[] = {"", "a", "b", "c"};
static const char *const urls[] = {"/a", "/a/*", "*", "/a/b", "/*/b"};
static const char *const people[] = {"u ann",
                                     "u bob",
                                     "s a/x",
                                     "s b/x",
                                     "u system:serviceaccount:a:x",
                                     "u system:anonymous",
                                     "u system:node:n",
                                     "g ann",
                                     "g system:serviceaccounts",
                                     "g system:serviceaccounts:b",
                                     "g system:authenticated",
                                     "g system:unauthenticated",
                                     "g system:nodes",
                                     "g ops"};

static void fill(struct world *w, struct fact_role *roles, struct fact_rule *rules, size_t n)
{
    struct arena *a = w->f.arena;

    for (size_t i = 0; i < n; i++) {
        rules[i] = (struct fact_rule){.verbs = some(a, verbs, ARRAY_LEN(verbs), 1),
                                      .groups = some(a, groups, ARRAY_LEN(groups), 1),
                                      .resources = some(a, resources, ARRAY_LEN(resources), 1),
                                      .names = some(a, objects, ARRAY_LEN(objects), 0),
                                      .urls = some(a, urls, ARRAY_LEN(urls), 0)};
        if (rand() % 2)
            rules[i].names.n = 0;
        roles[i] = (struct fact_role){{.ns = "", .name = "r"}, &rules[i - i % 2], 1 + i % 2};
        bind(w, pick(namespaces, ARRAY_LEN(namespaces)), pick(people, ARRAY_LEN(people)));
        w->bindings[i].role = rand() % 8 ? &roles[i] : NULL;
    }
}

/* All groups of a user, told to the oracle, written out by hand. */
static struct texts all_groups(struct arena *a, const char *who, const char *extra)
{
    static const struct {
        const char *who, *groups;
    } table[] = {
        {"u ann", "system:authenticated"},
        {"u bob", "system:authenticated"},
        {"s a/x", "system:serviceaccounts system:serviceaccounts:a system:authenticated"},
        {"s b/x", "system:serviceaccounts system:serviceaccounts:b system:authenticated"},
        {"u system:serviceaccount:a:x",
         "system:serviceaccounts system:serviceaccounts:a system:authenticated"},
        {"u system:anonymous", "system:unauthenticated"},
        {"u system:node:n", "system:nodes system:authenticated"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].who, who) == 0)
            return list(a, arena_printf(a, "%s%s%s", table[i].groups, *extra ? " " : "", extra));
    return list(a, who + 2);
}

static const char *user_of(struct arena *a, const struct fact_subject *s)
{
    if (s->kind == SUBJECT_GROUP)
        return "";
    return s->kind == SUBJECT_USER ? s->name
                                   : arena_printf(a, "system:serviceaccount:%s:%s", s->ns, s->name);
}

Test(rbac, agrees_with_the_oracle_on_random_facts)
{
    size_t yes = 0, asked = 0;

    srand(1);
    for (int round = 0; round < 300; round++) {
        AUTO(arena) a = arena_new();
        struct world w = {.f = {.arena = a}};
        struct fact_role roles[24];
        struct fact_rule rules[24];
        fill(&w, roles, rules, ARRAY_LEN(roles));
        AUTO(rbac) r = rbac_new(&w.f);

        for (int i = 0; i < 100; i++) {
            const char *text = pick(people, ARRAY_LEN(people));
            struct fact_subject s = subject(a, text);
            const char *extra = s.kind == SUBJECT_USER && rand() % 2 ? "ops" : "";
            struct texts known = all_groups(a, text, extra);
            struct rbac_subject who = {s.kind, s.ns, s.name, list(a, extra)};
            struct rbac_request q = {pick(verbs, ARRAY_LEN(verbs)),
                                     pick(groups, ARRAY_LEN(groups) - 1),
                                     rand() % 2 ? "pods" : "secrets",
                                     rand() % 2 ? "exec" : "",
                                     pick(namespaces, ARRAY_LEN(namespaces)),
                                     rand() % 2 ? pick(objects, ARRAY_LEN(objects)) : "",
                                     rand() % 4 ? NULL : pick(urls, ARRAY_LEN(urls))};
            bool want = rbac_oracle_allows(&w.f, user_of(a, &s), &known, &q);

            cr_assert_eq(rbac_allows(r, &who, &q, NULL), want, "round %d, %s %s %s/%s in \"%s\"",
                         round, text, q.verb, q.resource, q.subresource, q.ns);
            yes += want;
            asked++;
        }
    }
    cr_expect_gt(yes, asked / 20);
    cr_expect_lt(yes, asked - asked / 20);
}
