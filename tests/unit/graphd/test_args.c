/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets taken apart. */
#include "graphd/args.h"
#include "tests/test.h"

static const struct {
    const char *raw, *segments; /* joined by | */
    const char *error;          /* NULL: parses */
} paths[] = {
    {"/", "", NULL},
    {"/a/b", "a|b", NULL},
    {"/a/", "a|", NULL},
    {"//a", "|a", NULL},
    {"/%41%6a", "Aj", NULL},
    {"/a+b", "a+b", NULL},
    {"/%25%32%66", "%2f", NULL}, /* once, not twice */
    {"/%c3%a9", "\xc3\xa9", NULL},
    {"/a/%2F", NULL, "path segment 2: escaped slash"},
    {"/%00", NULL, "path segment 1: NUL"},
    {"/%", NULL, "broken percent escape"},
    {"/%4", NULL, "broken percent escape"},
    {"/%4g", NULL, "broken percent escape"},
    {"/%c3", NULL, "not UTF-8"},
    {"/%ed%a0%80", NULL, "not UTF-8"}, /* a surrogate */
    {"/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7", NULL, "more than 16"},
};

Test(args, path)
{
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        AUTO(arena) a = arena_new();
        struct args_path p;
        struct err err = {0};
        const char *joined = "";

        bool ok = args_path(a, paths[i].raw, strlen(paths[i].raw), &p, &err);
        cr_expect_eq(ok, paths[i].error == NULL, "%s: %s", paths[i].raw, err.msg);
        if (!ok) {
            cr_expect(paths[i].error && strstr(err.msg, paths[i].error), "%s: %s", paths[i].raw,
                      err.msg);
            continue;
        }
        for (size_t s = 0; s < p.count; s++)
            joined = arena_printf(a, "%s%s%s", joined, s ? "|" : "", p.segments[s]);
        cr_expect_str_eq(joined, paths[i].segments ? paths[i].segments : "?", "%s", paths[i].raw);
    }
}

static const struct {
    const char *raw, *parameters; /* name=value joined by | */
    const char *error;
} queries[] = {
    {"", "", NULL},
    {"a=1&b=2", "a=1|b=2", NULL},
    {"a", "a=", NULL},
    {"a=&&b", "a=|b=", NULL},
    {"a=b=c", "a=b=c", NULL},
    {"a=x+y%2Bz", "a=x y+z", NULL},
    {"%61=1", "a=1", NULL},
    {"a=%2f", "a=/", NULL},
    {"a=%ff", NULL, "a: not UTF-8"},
    {"a=%00", NULL, "a: NUL byte"},
    {"a=%zz", NULL, "a: broken percent escape"},
    {"%ff=1", NULL, "query parameter 1: name: not UTF-8"},
    {"a=1&%61=2", NULL, "a: given twice"},
};

Test(args, query)
{
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        AUTO(arena) a = arena_new();
        struct http_args args = {0};
        struct err err = {0};
        const char *joined = "";

        bool ok = args_query(a, queries[i].raw, &args, &err);
        cr_expect_eq(ok, queries[i].error == NULL, "%s: %s", queries[i].raw, err.msg);
        if (!ok) {
            cr_expect(queries[i].error && strstr(err.msg, queries[i].error), "%s: %s",
                      queries[i].raw, err.msg);
            continue;
        }
        for (size_t p = 0; p < args.count; p++)
            joined = arena_printf(a, "%s%s%s=%s", joined, p ? "|" : "", args.parameters[p].name,
                                  args.parameters[p].value);
        cr_expect_str_eq(joined, queries[i].parameters ? queries[i].parameters : "?", "%s",
                         queries[i].raw);
    }
}

Test(args, limits_parameters)
{
    AUTO(arena) a = arena_new();
    struct http_args args = {0};
    const char *raw = "";

    for (int i = 0; i <= ARGS_PARAMETERS; i++)
        raw = arena_printf(a, "%sp%d&", raw, i);
    must_fail(args_query(a, raw, &args, &e), ERR_LIMIT, "more than 64");
}

Test(args, remembers_what_was_asked_for)
{
    AUTO(arena) a = arena_new();
    struct http_args args = {0};

    must(args_query(a, "a=1&b=2", &args, &e));
    cr_expect_str_eq(args_take(&args, "a"), "1");
    cr_expect_null(args_take(&args, "c"));
    cr_expect(args.parameters[0].asked && !args.parameters[1].asked);
}
