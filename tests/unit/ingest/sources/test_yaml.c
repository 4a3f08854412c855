/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML as Kubernetes reads it, and what must not get through. */
#include <glib.h>

#include "ingest/sources/scalar.h"
#include "ingest/sources/yaml.h"
#include "tests/test.h"

struct text {
    const char *p, *end;
};

static ssize_t read_text(void *arg, char *buf, size_t room, struct err *e)
{
    struct text *t = arg;
    size_t n = (size_t)(t->end - t->p) < room ? (size_t)(t->end - t->p) : room;

    (void)e;
    memcpy(buf, t->p, n);
    t->p += n;
    return (ssize_t)n;
}

static bool on_json(void *arg, const char *bytes, size_t len, struct err *e)
{
    (void)e;
    g_string_append_len(arg, bytes, (gssize)len);
    return true;
}

static bool on_broken(void *arg, const char *problem, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "broken %s\n", problem);
    return true;
}

static GString *convert(const char *text, size_t len)
{
    GString *out = g_string_new(NULL);
    struct text t = {text, text + len};
    struct reader in = {&t, read_text};
    struct yaml_limits limits = {.item_bytes = 1 << 20, .depth = 20, .alias_bytes = 1000};
    struct yaml_sink sink = {out, on_json, on_broken};

    must(yaml_read(&in, &limits, &sink, &e));
    return out;
}

static const struct {
    const char *yaml, *json;
} cases[] = {
    {"a: 1\nb: [x, 'y', \"z\"]\nc: {d: e}\n",
     "{\"a\":1,\"b\":[\"x\",\"y\",\"z\"],\"c\":{\"d\":\"e\"}}\n"},
    {"a: |\n  two\n  lines\n", "{\"a\":\"two\\u000alines\\u000a\"}\n"},
    {"a: yes\nb: 'yes'\nc: y\nd: off\n", "{\"a\":true,\"b\":\"yes\",\"c\":\"y\",\"d\":false}\n"},
    {"a: 012345\nb: '012345'\nc: 0x1F\nd: 08\n",
     "{\"a\":5349,\"b\":\"012345\",\"c\":31,\"d\":8}\n"},
    {"a: !!str 1\nb: ! 2\nc: !!int '3'\n", "{\"a\":\"1\",\"b\":\"2\",\"c\":3}\n"},
    {"1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}\n"},
    {"a:\nb: ~\nc: null\n", "{\"a\":null,\"b\":null,\"c\":null}\n"},
    {"a: 2026-11-23T18:50:39Z\n", "{\"a\":\"2026-11-23T18:50:39Z\"}\n"},
    {"---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", "{\"a\":1}\nnull\n{\"b\":2}\n"},
    {"a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
     "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":[{\"b\":1},{\"b\":1}]}\n"},
    {"a: &x key\n*x : 1\n", "{\"a\":\"key\",\"key\":1}\n"},
    {"", ""},
    /* refused, and the documents behind them read */
    {"a: &x {b: 1}\nc: {<<: *x}\n---\nd: 1\n",
     "broken line 2, column 5: merge keys (<<) are not supported\n{\"d\":1}\n"},
    {"a: .inf\n---\nb: 1\n", "broken line 1, column 4: .inf has no meaning in JSON\n{\"b\":1}\n"},
    {"? [a]\n: 1\n---\nb: 1\n", "broken line 1, column 3: a key that is a collection (a template "
                                "that was not rendered?)\n{\"b\":1}\n"},
    {"~: 1\n", "broken line 1, column 1: ~ has no meaning in JSON\n"},
    {"a: *nope\n", "broken line 1, column 4: an alias without an anchor before it (quote a text "
                   "that begins with *)\n"},
    {"a: &x [*x]\n", "broken line 1, column 8: an alias without an anchor before it (quote a text "
                     "that begins with *)\n"},
    {"a: &x 1\n---\nb: *x\n", "{\"a\":1}\nbroken line 3, column 4: an alias without an anchor "
                              "before it (quote a text that begins with *)\n"},
    {"[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]\n",
     "broken line 1, column 21: nested deeper than 20\n"},
    {"a: b: c\n", "broken line 1, column 5: mapping values are not allowed in this context\n"},
    {"a: [1\n", "broken line 2, column 1: while parsing a flow sequence: did not find"},
    {"a: \"\xff\"\n", "broken line 1, column 5: byte 4: invalid leading UTF-8 octet\n"},
    {"a: 1\n\tb: 2\n", "broken line 2, column 1: while scanning"},
};

Test(yaml, becomes_json)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        GString *got = convert(cases[i].yaml, strlen(cases[i].yaml));
        if (strstr(cases[i].json, "broken"))
            cr_expect(g_str_has_prefix(got->str, cases[i].json), "%s\n%s", cases[i].yaml, got->str);
        else
            cr_expect_str_eq(got->str, cases[i].json, "%s\n%s", cases[i].yaml, got->str);
        g_string_free(got, TRUE);
    }
}

Test(yaml, a_billion_laughs_are_refused)
{
    g_autoptr(GString) bomb = g_string_new("a0: &a0 lol\n");

    for (int i = 1; i < 10; i++) {
        g_string_append_printf(bomb, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            g_string_append_printf(bomb, "*a%d, ", i - 1);
        g_string_append(bomb, "]\n");
    }
    GString *got = convert(bomb->str, bomb->len);
    cr_expect(g_str_has_prefix(got->str, "broken line "), "%s", got->str);
    cr_expect(strstr(got->str, "more than 1000 bytes"), "%s", got->str);
    cr_expect_lt(got->len, 1000);
    g_string_free(got, TRUE);
}

Test(yaml, one_endless_scalar_is_refused)
{
    g_autoptr(GString) text = g_string_new("a: ");

    for (int i = 0; i < 3 << 20; i++)
        g_string_append_c(text, 'x');
    GString *got = convert(text->str, text->len);
    cr_expect(strstr(got->str, "more than 1048576 bytes in one piece"), "%.200s", got->str);
    cr_expect_lt(got->len, 1000);
    g_string_free(got, TRUE);
}

/* What goyaml.v2 makes of plain text, but for y and n. */
static const struct {
    const char *text;
    enum scalar kind;
    const char *number;
} scalars[] = {
    {"", SCALAR_NULL, NULL},
    {"NULL", SCALAR_NULL, NULL},
    {"nUll", SCALAR_TEXT, NULL},
    {"On", SCALAR_TRUE, NULL},
    {"y", SCALAR_TEXT, NULL},
    {"FALSE", SCALAR_FALSE, NULL},
    {"0", SCALAR_NUMBER_TEXT, "0"},
    {"-0", SCALAR_NUMBER_TEXT, "0"},
    {"+12", SCALAR_NUMBER_TEXT, "12"},
    {"1_000", SCALAR_NUMBER_TEXT, "1000"},
    {"0755", SCALAR_NUMBER_TEXT, "493"},
    {"0o14", SCALAR_NUMBER_TEXT, "12"},
    {"0b101", SCALAR_NUMBER_TEXT, "5"},
    {"-0x10", SCALAR_NUMBER_TEXT, "-16"},
    {"09", SCALAR_NUMBER_TEXT, "9"},
    {"9223372036854775807", SCALAR_NUMBER_TEXT, "9223372036854775807"},
    {"-9223372036854775808", SCALAR_NUMBER_TEXT, "-9223372036854775808"},
    {"18446744073709551615", SCALAR_NUMBER_TEXT, "18446744073709551615"},
    {"1.5", SCALAR_NUMBER_TEXT, "1.5"},
    {".5", SCALAR_NUMBER_TEXT, "0.5"},
    {"1e3", SCALAR_NUMBER_TEXT, "1000"},
    {"1.", SCALAR_NUMBER_TEXT, "1"},
    {"1e999", SCALAR_TEXT, NULL},
    {"0x", SCALAR_TEXT, NULL},
    {"-", SCALAR_TEXT, NULL},
    {".", SCALAR_TEXT, NULL},
    {"1e", SCALAR_TEXT, NULL},
    {"0x1p3", SCALAR_TEXT, NULL},
    {"1.2.3", SCALAR_TEXT, NULL},
    {"- 1", SCALAR_TEXT, NULL},
    {"12Mi", SCALAR_TEXT, NULL},
    {"2026-11-23", SCALAR_TEXT, NULL},
    {".inf", SCALAR_REFUSED, NULL},
    {"<<", SCALAR_MERGE, NULL},
};

Test(scalar, means_what_kubectl_takes_it_for)
{
    for (size_t i = 0; i < ARRAY_LEN(scalars); i++) {
        char number[SCALAR_NUMBER] = "";
        const char *s = scalars[i].text;
        cr_expect_eq(scalar_resolve(s, strlen(s), true, NULL, number), scalars[i].kind, "%s", s);
        if (scalars[i].number)
            cr_expect_str_eq(number, scalars[i].number, "%s", s);
        cr_expect_eq(scalar_resolve(s, strlen(s), false, NULL, number), SCALAR_TEXT, "'%s'", s);
    }
}
