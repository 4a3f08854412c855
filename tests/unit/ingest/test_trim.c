/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trimming: keeps what is asked for and nothing else, and accepts no more than JSON. */
#include <glib.h>
#include <jansson.h>

#include "ingest/kind.h"
#include "ingest/tree.h"
#include "ingest/trim.h"
#include "tests/test.h"

static const char *const keep[] = {
    "name",
    "spec.list[].id",
    "spec.list[].deep.*",
    "spec.flat[]",
    "labels.*",
    "secret.!",
    "secret.open",
    "notes.\"a.b/c\"",
    "notes.\"x/*\"",
    "args[].^--url=*",
    "args[].^--auth=f",
    "args[].^--auth",
    "args[].^run$",
    "list[].args[].^--auth",
    NULL,
};

static const struct {
    const char *name, *in, *out; /* ' for "; out NULL: refused */
    const char *error;
} cases[] = {
    {"unknown fields go", "{'name':'a','other':{'name':1},'managedFields':[[[]]]}", "{'name':'a'}",
     NULL},
    {"the order stays, spaces go", " { 'spec' : { 'x' : 1 , 'list' : [ ] } , 'name' : 'a' } \n",
     "{'spec':{'list':[]},'name':'a'}", NULL},
    {"elements", "{'spec':{'list':[{'id':1,'no':2},{},{'deep':[{'a':{'b':null}}, 2 ]}]}}",
     "{'spec':{'list':[{'id':1},{},{'deep':[{'a':{'b':null}},2]}]}}", NULL},
    {"scalars of an array", "{'spec':{'flat':[1,'b',{'x':1},[2],true]}}",
     "{'spec':{'flat':[1,'b',{},[],true]}}", NULL},
    {"everything below", "{'labels':{'a':{'b':[1,2.5e-3,false]},'c':''}}",
     "{'labels':{'a':{'b':[1,2.5e-3,false]},'c':''}}", NULL},
    {"names only", "{'secret':{'k':'hidden','l':{'m':'hidden'},'open':'seen'}}",
     "{'secret':{'k':null,'l':null,'open':'seen'}}", NULL},
    {"names with dots and prefixes",
     "{'notes':{'a.b/c':'1','x/1':'2','x':'3','a':{'b/c':1},'x/':4}}",
     "{'notes':{'a.b/c':'1','x/1':'2','x/':4}}", NULL},
    {"another type shows, its content does not",
     "{'name':{'a':'hidden'},'spec':'hidden','labels':7,'secret':['hidden']}",
     "{'name':{},'spec':'','labels':7,'secret':[]}", NULL},
    {"an object for an array", "{'spec':{'list':{'id':1},'flat':12}}",
     "{'spec':{'list':{},'flat':0}}", NULL},
    {"texts by how they begin",
     "{'args':['run','runs','--url=a,b','--auth=false','--auth=hidden','--au']}",
     "{'args':['run','--url=a,b','--auth=f','--auth']}", NULL},
    {"an array without any of them goes",
     "{'name':'a','args':['hidden',7,{'--auth':1},['--auth']]}", "{'name':'a'}", NULL},
    {"and leaves no comma",
     "{'args':[],'name':'a','list':[{'args':['hidden']},{'args':['--auth']}]}",
     "{'name':'a','list':[{},{'args':['--auth']}]}", NULL},
    {"a text for an array of texts", "{'args':'hidden'}", "{'args':''}", NULL},
    {"the way to such a text", "{'args':['a', tru]}", NULL, "/args/1: want a value, got 't'"},
    {"a comma at the end of such an array", "{'args':['a',]}", NULL, "want a value, got ']'"},
    {"the end in such an array", "{'args':['a'", NULL, "want ',' or ']', got the end"},
    {"null stays", "{'name':null,'spec':null,'notes':{'x/y':null}}",
     "{'name':null,'spec':null,'notes':{'x/y':null}}", NULL},
    {"an escaped name is that name",
     "{'n\\u0061me':'a','labels':{'\\u0061\\n\\ud83d\\ude00':'\\/'}}",
     "{'name':'a','labels':{'a\\u000a\xf0\x9f\x98\x80':'\\/'}}", NULL},
    {"nothing wanted", "{'a':[1,{'b':{}}],'c':'\\u0000'}", "{}", NULL},
    {"twice", "{'name':'a','x':1,'name':'b'}", NULL, "byte 24: /name: member name appears twice"},
    {"twice in another writing", "{'name':'a','\\u006eame':'b'}", NULL, "appears twice"},
    {"twice among labels", "{'labels':{'a':'1','b':'2','\\u0061':'3'}}", NULL,
     "member \"a\" appears twice"},
    {"twice where nobody looks", "{'x':1,'x':2}", "{}", NULL},
    {"NUL in kept text", "{'name':'\\u0000'}", NULL, "NUL"},
    {"no object", "[]", NULL, "want an object, got '['"},
    {"empty", "", NULL, "want an object, got the end"},
    {"more behind it", "{} x", NULL, "byte 3: /: want the end, got 'x'"},
    {"the way is told", "{'spec':{'list':[{'id':1},{'id':tru}]}}", NULL,
     "/spec/list/1/id: want a value, got 't'"},
    {"broken where nobody looks", "{'a':{'b':[1,}}", NULL, "byte 13: /a: want a value, got '}'"},
    {"brackets crossed", "{'a':[{]}}", NULL, "want a member name"},
    {"brackets crossed the other way", "{'a':{'b':1]}", NULL, "want ',' or '}'"},
    {"comma at the end", "{'name':'a',}", NULL, "want a member name"},
    {"comma at the end of an array", "{'spec':{'list':[{},]}}", NULL, "want a value, got ']'"},
    {"no colon", "{'name' 'a'}", NULL, "want ':'"},
    {"open text", "{'name':'a", NULL, "want '\"', got the end"},
    {"leading zero", "{'a':01}", NULL, "want ',' or '}'"},
    {"bare minus", "{'a':-}", NULL, "want a digit"},
    {"bare point", "{'a':1.}", NULL, "want a digit"},
    {"bare exponent", "{'a':1e+}", NULL, "want a digit"},
    {"plus", "{'a':+1}", NULL, "want a value"},
    {"unknown escape", "{'a':'\\x'}", NULL, "unknown escape"},
    {"short escape", "{'a':'\\u12'}", NULL, "four hexadecimal digits"},
    {"half a pair", "{'a':'\\ud83d'}", NULL, "surrogate"},
    {"other half", "{'a':'\\ude00\\ud83d'}", NULL, "surrogate"},
    {"control character", "{'a':'\t'}", NULL, "control character 9"},
    {"not UTF-8", "{'a':'\xff'}", NULL, "byte 6: /a: text that is not UTF-8"},
    {"overlong UTF-8", "{'name':'\xc0\x80'}", NULL, "not UTF-8"},
    {"encoded surrogate", "{'name':'\xed\xa0\x80'}", NULL, "not UTF-8"},
    {"cut in a character", "{'name':'\xc3", NULL, "not UTF-8"},
};

static char *quoted(const char *s)
{
    return g_strdelimit(g_strdup(s), "'", '"');
}

Test(trim, keeps_checks_and_refuses)
{
    AUTO(trim) t = trim_new(NULL, keep);
    g_autoptr(GString) out = g_string_new("before ");

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        g_autofree char *in = quoted(cases[i].in);
        size_t len = strlen(in);
        char *exact = must_malloc(len); /* so that a look beyond it is seen */
        struct err e = {0};
        memcpy(exact, in, len);
        bool ok = trim_object(t, exact, len, out, &e);
        free(exact);
        cr_expect_eq(ok, cases[i].out != NULL, "%s: %s", cases[i].name, e.msg);
        if (ok && cases[i].out) {
            g_autofree char *want = quoted(cases[i].out);
            cr_expect_str_eq(out->str + 7, want, "%s: %s", cases[i].name, out->str);
        } else {
            cr_expect_eq(e.kind, ERR_INPUT);
            const char *say = cases[i].error ? cases[i].error : "";
            cr_expect(strstr(e.msg, say), "%s: %s", cases[i].name, e.msg);
            cr_expect_str_eq(out->str, "before ", "%s: the output is cut back", cases[i].name);
        }
        g_string_truncate(out, 7);
    }
}

static const struct {
    const char *in, *out; /* out NULL: a number out of range */
} trees[] = {
    {"{'b':1,'a':{},'c':[]}", "{'a':{},'b':1,'c':[]}"},
    {"{'x':[true,false,null,-7,'']}", "{'x':[true,false,null,-7,'']}"},
    {"{'x':'a\\\\\\'\\/\\b\\u00e9\\ud83d\\ude00'}",
     "{'x':'a\\\\\\'/\\u0008\xc3\xa9\xf0\x9f\x98\x80'}"},
    {"{'\\u0061\\\\':1}", "{'a\\\\':1}"},
    {"{'x':[1.5,1e3,-0.25]}", "{'x':[1.5,1000,-0.25]}"},
    {"{'x':9223372036854775807,'y':-9223372036854775808}",
     "{'x':9223372036854775807,'y':-9223372036854775808}"},
    {"{'x':9223372036854775808}", NULL},
    {"{'x':[1,[1e999]]}", NULL},
};

Test(tree, reads_and_writes_one_text_for_one_content)
{
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        g_autofree char *in = quoted(trees[i].in);
        g_autoptr(GString) out = g_string_new(NULL);
        if (!trees[i].out) {
            must_fail(tree_parse(in, strlen(in), &e), ERR_INPUT, "a number out of range");
            continue;
        }
        struct err why;
        json_auto_t *v = tree_parse(in, strlen(in), &why);
        g_autofree char *want = quoted(trees[i].out);
        tree_write(v, out);
        cr_expect_str_eq(out->str, want, "%s", out->str);
    }
}

static GString *nested(unsigned depth)
{
    GString *s = g_string_new("{\"labels\":");

    for (unsigned i = 1; i < depth; i++)
        g_string_append_c(s, '[');
    for (unsigned i = 1; i < depth; i++)
        g_string_append_c(s, ']');
    return g_string_append_c(s, '}');
}

Test(trim, nests_64_deep_and_no_deeper)
{
    AUTO(trim) wanted = trim_new(NULL, keep);
    AUTO(trim) unwanted = trim_new(NULL, NULL);
    g_autoptr(GString) out = g_string_new(NULL), deep = nested(64), deeper = nested(65),
                       abyss = nested(1000000);

    must(trim_object(wanted, deep->str, deep->len, out, &e));
    cr_expect_str_eq(out->str, deep->str);
    must(trim_object(unwanted, deep->str, deep->len, out, &e));
    must_fail(trim_object(wanted, deeper->str, deeper->len, out, &e), ERR_INPUT, "deeper than 64");
    must_fail(trim_object(unwanted, deeper->str, deeper->len, out, &e), ERR_INPUT,
              "deeper than 64");
    must_fail(trim_object(unwanted, abyss->str, abyss->len, out, &e), ERR_INPUT, "deeper than 64");
}

Test(trim, finds_a_double_among_very_many_names)
{
    AUTO(trim) t = trim_new(NULL, keep);
    g_autoptr(GString) in = g_string_new("{\"labels\":{"), out = g_string_new(NULL);

    for (int i = 0; i < 100000; i++)
        g_string_append_printf(in, "\"k%d\":1,", i);
    gsize len = in->len;
    g_string_append(in, "\"last\":1}}");
    must(trim_object(t, in->str, in->len, out, &e));
    cr_expect_str_eq(out->str, in->str);
    g_string_truncate(in, len);
    g_string_append(in, "\"k4711\":1}}");
    must_fail(trim_object(t, in->str, in->len, out, &e), ERR_INPUT, "\"k4711\" appears twice");
}

/* --- the oracle: jansson's tree, and recursion over paths ----------------------------------- */

/* The part of `v` that the paths want; each path is what is left of it below this value. */
static json_t *filter(const json_t *v, GPtrArray *paths);

static bool step_of(const char *path, const char *key, size_t len, const char **rest)
{
    bool quote = *path == '"';
    const char *name = path + quote;
    size_t n = quote ? strcspn(name, "\"") : strcspn(name, ".[");

    *rest = name + n + quote;
    if (n > 1 && name[n - 1] == '*')
        return len >= n - 1 && memcmp(name, key, n - 1) == 0;
    return n == len && memcmp(name, key, n) == 0;
}

static json_t *filter_object(const json_t *v, GPtrArray *paths)
{
    json_t *out = json_object();
    const char *key, *rest;
    json_t *member;

    json_object_foreach ((json_t *)v, key, member) {
        g_autoptr(GPtrArray) below = g_ptr_array_new();
        bool name_only = false;
        for (guint i = 0; i < paths->len; i++) {
            const char *p = g_ptr_array_index(paths, i);
            if (*p == '.')
                p++;
            name_only |= strcmp(p, "!") == 0;
            if (*p && *p != '[' && step_of(p, key, strlen(key), &rest))
                g_ptr_array_add(below, (gpointer)rest);
        }
        json_t *kept = below->len ? filter(member, below) : NULL;
        if (kept)
            json_object_set_new(out, key, kept);
        else if (name_only)
            json_object_set_new(out, key, json_null());
    }
    return out;
}

/* Texts of an array that begin as the paths behind "[]" say; NULL if there are none. */
static json_t *filter_texts(const json_t *v, const GPtrArray *below)
{
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *s = json_string_value(json_array_get(v, i));
        for (guint k = 0; s && k < below->len; k++) {
            g_autofree char *text = g_strdup((const char *)g_ptr_array_index(below, k) + 2);
            char *last = text + strlen(text) - 1, mark = *last;
            if (mark == '*' || mark == '$')
                *last = '\0';
            if (mark == '$' ? strcmp(s, text) != 0 : !g_str_has_prefix(s, text))
                continue;
            json_array_append_new(out, json_string(mark == '*' ? s : text));
            break;
        }
    }
    if (json_array_size(out))
        return out;
    json_decref(out);
    return NULL;
}

static json_t *filter(const json_t *v, GPtrArray *paths)
{
    g_autoptr(GPtrArray) below = g_ptr_array_new();
    bool leaf = false;

    for (guint i = 0; i < paths->len; i++) {
        const char *p = g_ptr_array_index(paths, i);
        leaf |= !*p;
        if (strcmp(p, ".*") == 0 || strcmp(p, "*") == 0)
            return json_deep_copy(v);
        if (g_str_has_prefix(p, "[]"))
            g_ptr_array_add(below, (gpointer)(p + 2));
    }
    if (json_is_object(v))
        return filter_object(v, paths);
    if (json_is_array(v) && below->len && g_str_has_prefix(g_ptr_array_index(below, 0), ".^"))
        return filter_texts(v, below);
    if (json_is_array(v)) {
        json_t *out = json_array();
        for (size_t i = 0; below->len && i < json_array_size(v); i++)
            json_array_append_new(out, filter(json_array_get(v, i), below));
        return out;
    }
    if (json_is_string(v) && !leaf)
        return json_string("");
    return json_is_number(v) && !leaf ? json_integer(0) : json_copy((json_t *)v);
}

static char *trim_slowly(const char *text, size_t len, const struct kind *k)
{
    json_auto_t *doc = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    if (!json_is_object(doc))
        return NULL;
    for (const char *const *p = kind_common; *p; p++)
        g_ptr_array_add(paths, (gpointer)*p);
    for (const char *const *p = k->keep; *p; p++)
        g_ptr_array_add(paths, (gpointer)*p);
    json_auto_t *out = filter(doc, paths);
    return json_dumps(out, JSON_SORT_KEYS | JSON_COMPACT);
}

static char *trim_fast(const struct trim *t, const char *text, size_t len)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct err e;

    if (!trim_object(t, text, len, out, &e))
        return NULL;
    json_auto_t *doc = json_loadb(out->str, out->len, 0, NULL);
    json_auto_t *tree = tree_parse(out->str, out->len, &e);
    cr_expect((!doc && !tree) || json_equal(doc, tree), "%s", out->str);
    if (!tree)
        return NULL;
    g_string_truncate(out, 0);
    tree_write(tree, out);
    json_auto_t *again = json_loadb(out->str, out->len, JSON_REJECT_DUPLICATES, NULL);
    cr_expect(json_equal(again, tree), "%s", out->str);
    return json_dumps(doc, JSON_SORT_KEYS | JSON_COMPACT);
}

/* Every item of a recorded list, written anew, as it is and with random damage. */
static void compare(const char *dir, const char *file, const char *kind_name, const char *version)
{
    const struct kind *k = kind_find(version, kind_name);
    AUTO(trim) t = trim_new(kind_common, k->keep);
    g_autofree char *path = g_build_filename(dir, "clusters/zoo/lists", file, NULL);
    json_auto_t *list = json_load_file(path, 0, NULL);
    size_t same = 0, refused = 0;

    cr_assert(list, "%s", path);
    srand(20240601);
    for (size_t i = 0; i < json_array_size(json_object_get(list, "items")); i++) {
        char *text = json_dumps(json_array_get(json_object_get(list, "items"), i), 0);
        for (int round = 0; round < 40; round++) {
            g_autofree char *damaged = g_strdup(text);
            size_t len = strlen(damaged);
            for (int n = 0; n < round % 4; n++)
                damaged[(size_t)rand() % len] = "{}[]\":,\\0e-tn \xc3\x01"[rand() % 16];
            char *fast = trim_fast(t, damaged, len), *slow = trim_slowly(damaged, len, k);
            /* Where jansson sees JSON we may still refuse: doubles and NUL on kept paths. */
            cr_expect(!fast || slow, "%s: accepted what is no JSON: %s", file, damaged);
            if (fast && slow)
                cr_expect_str_eq(fast, slow, "%s item %zu", file, i);
            cr_expect(round % 4 || fast, "%s item %zu was refused", file, i);
            same += fast && slow;
            refused += !fast;
            free(fast);
            free(slow);
        }
        free(text);
    }
    cr_expect(same > 0 && refused > 0);
}

Test(trim, agrees_with_the_oracle_on_recorded_objects)
{
    const char *dir = test_fixtures();

    if (!dir)
        cr_skip_test("GRAPHD_FIXTURES is not set");
    compare(dir, "pods.json", "Pod", "v1");
    compare(dir, "rolebindings.json", "RoleBinding", "rbac.authorization.k8s.io/v1");
    compare(dir, "services.json", "Service", "v1");
    compare(dir, "cronjobs.json", "CronJob", "batch/v1");
    compare(dir, "serviceaccounts.json", "ServiceAccount", "v1");
}
