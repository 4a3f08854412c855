/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What handlers get from http.h, and the table of routes. */
#include "graphd/args.h"
#include "graphd/http.h"
#include "graphd/routes.h"
#include "tests/test.h"

/* A request with a query, or with a body and its type. */
struct fixture {
    struct http_args args;
    struct http_req req;
};

static void begin(struct fixture *f, struct arena *a, const char *query)
{
    *f = (struct fixture){.req = {.arena = a, .content_type = "", .body = ""}};
    f->req.args = &f->args;
    must(args_query(a, query, &f->args, &e));
}

Test(http, reads_numbers)
{
    static const struct {
        const char *query;
        bool ok;
        uint32_t want;
    } rows[] = {
        {"", true, 7},       {"n=1", true, 1},    {"n=10", true, 10}, {"n=0", false, 0},
        {"n=11", false, 0},  {"n=", false, 0},    {"n=+1", false, 0}, {"n=%201", false, 0},
        {"n=1.0", false, 0}, {"n=0x1", false, 0}, {"n=-1", false, 0}, {"n=99999999999", false, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) a = arena_new();
        struct fixture f;
        uint32_t n = 0;
        struct err err = {0};

        begin(&f, a, rows[i].query);
        cr_expect_eq(http_arg_u32(&f.req, "n", 1, 10, 7, &n, &err), rows[i].ok, "%s",
                     rows[i].query);
        if (rows[i].ok)
            cr_expect_eq(n, rows[i].want, "%s: %u", rows[i].query, n);
        else
            cr_expect(strstr(err.msg, "n: want") && strcmp(f.args.pointer, "n") == 0, "%s",
                      err.msg);
    }
}

Test(http, reads_reals)
{
    static const struct {
        const char *query;
        bool ok;
        double want;
    } rows[] = {
        {"", true, 0.5},     {"p=0.25", true, 0.25}, {"p=1e-1", true, 0.1},  {"p=1", true, 1},
        {"p=nan", false, 0}, {"p=inf", false, 0},    {"p=0x1p-1", false, 0}, {"p=", false, 0},
        {"p=1.5", false, 0}, {"p=-0.1", false, 0},   {"p=.5.", false, 0},    {"p=e", false, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) a = arena_new();
        struct fixture f;
        double p = 0;
        struct err err = {0};

        begin(&f, a, rows[i].query);
        cr_expect_eq(http_arg_real(&f.req, "p", 0, 1, 0.5, &p, &err), rows[i].ok, "%s",
                     rows[i].query);
        if (rows[i].ok)
            cr_expect_float_eq(p, rows[i].want, 1e-12, "%s: %g", rows[i].query, p);
    }
}

Test(http, complains_of_parameters_that_nobody_asked_for)
{
    AUTO(arena) a = arena_new();
    struct fixture f;
    const char *v;

    begin(&f, a, "node=x&nodes=y");
    must(http_arg_need(&f.req, "node", &v, &e));
    cr_expect_str_eq(v, "x");
    must_fail(http_args_done(&f.req, &e), ERR_INPUT, "nodes: unknown parameter");
    must(http_arg_str(&f.req, "nodes", NULL, &v, &e));
    must(http_args_done(&f.req, &e));
    must_fail(http_arg_need(&f.req, "to", &v, &e), ERR_INPUT, "to: missing");
}

static const struct {
    const char *type, *body;
    enum err_kind kind;
    const char *error; /* NULL: parses */
} bodies[] = {
    {"application/json", "{\"a\":[1]}", 0, NULL},
    {"", "[]", 0, NULL},
    {"application/cloudevents+json", "{}", 0, NULL},
    {"text/plain", "{}", ERR_MEDIA, "want application/json"},
    {"application/json", "", ERR_INPUT, "line 1"},
    {"application/json", "{\"a\":1,\"a\":2}", ERR_INPUT, "duplicate"},
    {"application/json", "{\n\"a\":}", ERR_INPUT, "line 2, column 5"},
    {"application/json", "{\"a\":\"\xff\"}", ERR_INPUT, "unable to decode"},
    {"application/json", "7", ERR_INPUT, "'[' or '{' expected"},
    {"application/json", "{} {}", ERR_INPUT, "end of file"},
};

Test(http, reads_bodies)
{
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) a = arena_new();
        struct fixture f;
        struct err err = {0};

        begin(&f, a, "");
        f.req.content_type = bodies[i].type;
        f.req.body = bodies[i].body;
        f.req.body_len = strlen(bodies[i].body);
        json_t *doc = http_body_json(&f.req, &err);
        cr_expect_eq(doc != NULL, bodies[i].error == NULL, "%s: %s", bodies[i].body, err.msg);
        if (bodies[i].error) {
            cr_expect_eq(err.kind, bodies[i].kind, "%s: %s", bodies[i].body, err_name(err.kind));
            cr_expect(strstr(err.msg, bodies[i].error), "%s: %s", bodies[i].body, err.msg);
        }
        json_decref(doc);
    }
}

Test(http, limits_the_depth_of_bodies)
{
    AUTO(arena) a = arena_new();
    struct fixture f;
    struct err err = {0};
    char body[200];

    begin(&f, a, "");
    memset(body, '[', 65);
    memset(body + 65, ']', 65);
    f.req.body = body;
    f.req.body_len = 130;
    cr_expect_null(http_body_json(&f.req, &err));
    cr_expect_eq(err.kind, ERR_LIMIT, "%s", err.msg);
    f.req.body = body + 1;
    f.req.body_len = 128;
    json_t *doc = http_body_json(&f.req, &err);
    cr_expect_not_null(doc, "%s", err.msg);
    json_decref(doc);
    /* Brackets inside text are no depth. */
    memset(body, '[', sizeof(body));
    memcpy(body, "[\"\\\"", 4);
    memcpy(body + sizeof(body) - 2, "\"]", 2);
    f.req.body = body;
    f.req.body_len = sizeof(body);
    doc = http_body_json(&f.req, &err);
    cr_expect_not_null(doc, "%s", err.msg);
    json_decref(doc);
}

Test(http, asks_for_a_role)
{
    struct err err = {0};

    for (enum role r = ROLE_ANYONE; r <= ROLE_ADMIN; r++)
        must(http_role_ok(r, "127.0.0.1", &e));
    must(http_role_ok(ROLE_ANYONE, "192.0.2.1", &e));
    cr_expect_not(http_role_ok(ROLE_READER, "192.0.2.1", &err));
    cr_expect_eq(err.kind, ERR_DENIED);
}

static const struct {
    const char *method, *path, *found; /* path of the row; NULL: none */
    const char *allow, *part;
} lookups[] = {
    {"GET", "/healthz", "/healthz", NULL, NULL},
    {"HEAD", "/healthz", "/healthz", NULL, NULL},
    {"POST", "/healthz", NULL, "GET, HEAD, OPTIONS", NULL},
    {"POST", "/v1/reachability", "/v1/reachability", NULL, NULL},
    {"PUT", "/v1/reachability", NULL, "GET, HEAD, POST, OPTIONS", NULL},
    {"GET", "/v1/alerts/17", "/v1/alerts/{id}", NULL, "17"},
    {"GET", "/v1/alerts", "/v1/alerts", NULL, NULL},
    {"GET", "/v1/alerts/17/x", NULL, "", NULL},
    {"GET", "/healthz/", NULL, "", NULL},
    {"GET", "//healthz", NULL, "", NULL},
    {"GET", "/", NULL, "", NULL},
};

Test(routes, find)
{
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++) {
        AUTO(arena) a = arena_new();
        struct args_path path;
        struct http_args args = {0};
        char allow[64];

        must(args_path(a, lookups[i].path, strlen(lookups[i].path), &path, &e));
        size_t row = routes_find(lookups[i].method, &path, &args, allow);
        cr_assert_eq(row < ROUTES_COUNT, lookups[i].found != NULL, "%s", lookups[i].path);
        if (lookups[i].found)
            cr_expect_str_eq(routes_at(row)->path, lookups[i].found);
        else
            cr_expect_str_eq(allow, lookups[i].allow, "%s %s: %s", lookups[i].method,
                             lookups[i].path, allow);
        if (lookups[i].part)
            cr_expect_str_eq(args.parts[0], lookups[i].part);
    }
}

/* What every row owes, whoever adds the next one. */
Test(routes, every_row_is_whole)
{
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        const struct route *r = routes_at(i);

        cr_expect(r->handler && r->path[0] == '/' && r->budget > 0, "%s", r->path);
        cr_expect(r->role != ROLE_ANYONE || strncmp(r->path, "/v1/", 4) != 0,
                  "%s: anyone may call it", r->path);
        cr_expect(r->body_bytes == 0 || strcmp(r->method, "GET") != 0, "%s: GET with a body",
                  r->path);
        cr_expect_leq(r->budget, 25 * 1000000, "%s: longer than a shutdown waits", r->path);
        for (size_t j = 0; j < i; j++)
            cr_expect(strcmp(r->path, routes_at(j)->path) != 0 ||
                          strcmp(r->method, routes_at(j)->method) != 0,
                      "%s twice", r->path);
    }
}
