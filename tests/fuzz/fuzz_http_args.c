/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request targets: any bytes as path and query, and as a JSON body. */
#include <assert.h>
#include <string.h>

#include <glib.h>

#include "graphd/args.h"
#include "graphd/http.h"
#include "graphd/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s)
{
    assert(g_utf8_validate(s, -1, NULL));
}

static void ask(struct http_req *req)
{
    struct err e = {0};
    const char *s;
    uint32_t n;
    double d;

    if (http_arg_u32(req, "limit", 1, 1000, 5, &n, &e))
        assert(n >= 1 && n <= 1000);
    if (http_arg_real(req, "min_probability", 0, 1, 0, &d, &e))
        assert(d >= 0 && d <= 1);
    if (http_arg_str(req, "node", "", &s, &e))
        check_text(s);
    err_ignore(http_args_done(req, &e), "only its text matters here");
    json_decref(http_body_json(req, &e));
    check_text(e.msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) a = arena_new();
    char *raw = arena_strndup(a, (const char *)data, size), *mark = strchr(raw, '?');
    struct args_path path;
    struct http_args args = {0};
    struct http_req req = {.arena = a,
                           .content_type = "",
                           .body = (const char *)arena_memdup(a, data, size),
                           .body_len = size,
                           .args = &args};
    char allow[64];
    struct err e = {0};

    if (args_path(a, raw, mark ? (size_t)(mark - raw) : strlen(raw), &path, &e)) {
        for (size_t i = 0; i < path.count; i++) {
            check_text(path.segments[i]);
            assert(!strchr(path.segments[i], '/'));
        }
        size_t row = routes_find("GET", &path, &args, allow);
        assert(row <= ROUTES_COUNT);
    }
    if (args_query(a, mark ? mark + 1 : raw, &args, &e))
        for (size_t i = 0; i < args.count; i++) {
            check_text(args.parameters[i].name);
            check_text(args.parameters[i].value);
        }
    check_text(e.msg);
    ask(&req);
    return 0;
}
