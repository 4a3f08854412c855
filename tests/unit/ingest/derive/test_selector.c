/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Label selectors: by table, and as a real server answered them. */
#include "ingest/derive/selector.h"
#include "ingest/field.h"
#include "tests/support/load.h"
#include "tests/test.h"

/* Asked of an object with the labels app=web, tier="". */
static const struct {
    const char *selector;
    bool want;
} cases[] = {
    {"{}", true},
    {"null", true},
    {"{\"matchLabels\":{\"app\":\"web\"}}", true},
    {"{\"matchLabels\":{\"app\":\"we\"}}", false},
    {"{\"matchLabels\":{\"app\":\"web\",\"tier\":\"\"}}", true},
    {"{\"matchLabels\":{\"app\":\"web\",\"zone\":\"\"}}", false},
    {"{\"matchExpressions\":[]}", true},
    {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"a\",\"web\"]}]}",
     true},
    {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"a\"]}]}", false},
    {"{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"\"]}]}", false},
    {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"NotIn\",\"values\":[\"web\"]}]}",
     false},
    {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"NotIn\",\"values\":[\"a\"]}]}", true},
    {"{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"NotIn\",\"values\":[\"a\"]}]}", true},
    {"{\"matchExpressions\":[{\"key\":\"tier\",\"operator\":\"Exists\"}]}", true},
    {"{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"Exists\"}]}", false},
    {"{\"matchExpressions\":[{\"key\":\"tier\",\"operator\":\"DoesNotExist\"}]}", false},
    {"{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"DoesNotExist\"}]}", true},
    {"{\"matchLabels\":{\"app\":\"web\"},"
     "\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"NotIn\",\"values\":[\"web\"]}]}",
     false},
};

static const struct {
    const char *selector, *where;
} bad[] = {
    {"[]", "/s"},
    {"{\"matchLabels\":[]}", "/s/matchLabels"},
    {"{\"matchLabels\":{\"a\":1}}", "/s/matchLabels/a"},
    {"{\"matchExpressions\":[1]}", "/s/matchExpressions/0"},
    {"{\"matchExpressions\":[{\"operator\":\"Exists\"}]}", "key"},
    {"{\"matchExpressions\":[{\"key\":\"\",\"operator\":\"Exists\"}]}", "key"},
    {"{\"matchExpressions\":[{\"key\":\"a\"}]}", "operator"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"in\"}]}", "got in"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":\"b\"}]}", "values"},
};

/* {"s": text} */
static json_t *holder(const char *text)
{
    json_t *o = json_object();

    cr_assert_eq(json_object_set_new(o, "s", json_loads(text, JSON_DECODE_ANY, NULL)), 0);
    return o;
}

Test(selector, wants_every_label_and_every_requirement)
{
    static const struct label labels[] = {{"app", "web"}, {"tier", ""}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, "c");
        json_auto_t *doc = holder(cases[i].selector);
        struct jx in = jx_root(doc);
        struct fact_selector s = {0};

        must(field_selector(&in, "s", f, &s, &e));
        cr_expect_eq(selector_matches(&s, labels, ARRAY_LEN(labels)), cases[i].want, "%s",
                     cases[i].selector);
    }
}

Test(selector, says_what_is_wrong)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, "c");
        json_auto_t *doc = holder(bad[i].selector);
        struct jx in = jx_root(doc);
        struct fact_selector s = {0};

        must_fail(field_selector(&in, "s", f, &s, &e), ERR_INPUT, bad[i].where);
    }
}

Test(selector, namespaces_have_their_name_as_label)
{
    static const struct label name = {"kubernetes.io/metadata.name", "a"};
    struct fact_selector s = {.labels = &name, .nlabels = 1};
    struct fact_namespace a = {.meta = {.name = "a"}}, b = {.meta = {.name = "b"}};

    cr_expect(selector_matches_namespace(&s, &a));
    cr_expect(!selector_matches_namespace(&s, &b));
    cr_expect(!selector_matches(&s, NULL, 0));
}

/* Whether the server's answer names the object: "ns/name" of a pod, the name of a namespace. */
static bool listed(const json_t *matches, const struct meta *m)
{
    g_autofree char *id = *m->ns ? g_strdup_printf("%s/%s", m->ns, m->name) : g_strdup(m->name);
    size_t i;
    json_t *v;

    json_array_foreach ((json_t *)(uintptr_t)matches, i, v)
        if (strcmp(json_string_value(v), id) == 0)
            return true;
    return false;
}

static size_t ask_pods(const struct facts *f, const struct fact_selector *s, const json_t *answer)
{
    size_t n = 0;

    for (size_t i = 0; i < f->pods.n; i++) {
        const struct meta *m = &f->pods.v[i].meta;
        bool got = !m->predicted && selector_matches(s, m->labels, m->nlabels);
        cr_expect_eq(got, listed(answer, m), "pod %s/%s", m->ns, m->name);
        n += got;
    }
    return n;
}

static size_t ask_namespaces(const struct facts *f, const struct fact_selector *s,
                             const json_t *answer)
{
    size_t n = 0;

    for (size_t i = 0; i < f->namespaces.n; i++) {
        bool got = selector_matches_namespace(s, &f->namespaces.v[i]);
        cr_expect_eq(got, listed(answer, &f->namespaces.v[i].meta), "namespace %s",
                     f->namespaces.v[i].meta.name);
        n += got;
    }
    return n;
}

Test(selector, agrees_with_a_recorded_server)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    g_autofree char *dir = g_build_filename(test_fixtures(), "clusters/zoo-weird", NULL),
                    *pods = g_build_filename(dir, "lists/pods.json", NULL),
                    *namespaces = g_build_filename(dir, "lists/namespaces.json", NULL),
                    *file = g_build_filename(dir, "selector-truth.json", NULL);
    json_auto_t *truth = json_load_file(file, 0, NULL);
    AUTO(facts) f = facts_new(a, "c");
    struct jx all = jx_root(truth);

    cr_assert_eq(load_path(f, pods), 0);
    cr_assert_eq(load_path(f, namespaces), 0);
    cr_assert_gt(jx_count(&all), 0, "%s", file);
    for (size_t i = 0; i < jx_count(&all); i++) {
        struct jx one = jx_at(&all, i);
        const json_t *matches = json_object_get(one.v, "matches");
        const char *resource = json_string_value(json_object_get(one.v, "resource"));
        struct fact_selector s = {0};

        must(field_selector(&one, "selector", f, &s, &e));
        size_t n = strcmp(resource, "pods") == 0 ? ask_pods(f, &s, matches)
                                                 : ask_namespaces(f, &s, matches);
        cr_expect_eq(n, json_array_size(matches), "%s, question %zu", resource, i);
    }
}
