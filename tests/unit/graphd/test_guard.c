/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of the guard, without a socket. */
#include "graphd/guard.h"
#include "tests/test.h"

static const struct guard_header host = {"Host", "localhost"};

static const struct {
    const char *name, *method, *uri;
    int major, minor;
    struct guard_header headers[3]; /* after Host; up to the first without a name */
    enum err_kind kind;
    const char *error; /* NULL: passes */
} cases[] = {
    {"plain", "GET", "/", 1, 1, {{0}}, 0, NULL},
    {"length of zeroes", "GET", "/", 1, 1, {{"content-length", "000"}}, 0, NULL},
    {"chunked in any case", "POST", "/", 1, 1, {{"transfer-encoding", "CHUNKED"}}, 0, NULL},
    {"tab in a value", "GET", "/", 1, 1, {{"X", "a\tb"}}, 0, NULL},
    {"high bytes in a value", "GET", "/", 1, 1, {{"X", "\xc3\xa9"}}, 0, NULL},
    {"local page", "GET", "/", 1, 1, {{"Origin", "http://[::1]:3000"}}, 0, NULL},
    {"other major version", "GET", "/", 0, 9, {{0}}, ERR_INPUT, "HTTP/0.9"},
    {"empty target", "GET", "", 1, 1, {{0}}, ERR_INPUT, "want a path"},
    {"coding with blanks",
     "POST",
     "/",
     1,
     1,
     {{"Transfer-Encoding", "chunked "}},
     ERR_INPUT,
     "only chunked"},
    {"length of 16 digits",
     "POST",
     "/",
     1,
     1,
     {{"Content-Length", "1000000000000000"}},
     ERR_INPUT,
     "want a number"},
    {"unknown method with a body",
     "",
     "/",
     1,
     1,
     {{"Content-Length", "1"}},
     ERR_INPUT,
     "with a body"},
    {"second host in other letters", "GET", "/", 1, 1, {{"HOST", "localhost"}}, ERR_INPUT, "twice"},
    {"page by a longer name",
     "GET",
     "/",
     1,
     1,
     {{"Origin", "http://localhost.evil.example"}},
     ERR_DENIED,
     "Origin"},
    {"page of another scheme", "GET", "/", 1, 1, {{"Origin", "file"}}, ERR_DENIED, "Origin"},
    {"header with a slash", "GET", "/", 1, 1, {{"a/b", "c"}}, ERR_INPUT, "not a name"},
    {"too large",
     "GET",
     "/",
     1,
     1,
     {{"X",
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}},
     ERR_HEADERS,
     "at most 160"},
};

Test(guard_rules, judge)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guard_header headers[4] = {host};
        size_t n = 1;
        struct err err = {0};

        for (size_t h = 0; h < 3 && cases[i].headers[h].name; h++)
            headers[n++] = cases[i].headers[h];
        const struct guard_request r = {.method = cases[i].method,
                                        .uri = cases[i].uri,
                                        .major = cases[i].major,
                                        .minor = cases[i].minor,
                                        .headers = headers,
                                        .count = n,
                                        .limit = 160};
        bool ok = guard_check(&r, &err);
        cr_expect_eq(ok, cases[i].error == NULL, "%s: %s", cases[i].name, err.msg);
        if (cases[i].error && !ok) {
            cr_expect_eq(err.kind, cases[i].kind, "%s: %s", cases[i].name, err_name(err.kind));
            cr_expect(strstr(err.msg, cases[i].error), "%s: %s", cases[i].name, err.msg);
        }
    }
}

Test(guard_rules, http_1_0_needs_no_host)
{
    const struct guard_request r = {.method = "GET", .uri = "/", .major = 1, .limit = 100};

    must(guard_check(&r, &e));
}
