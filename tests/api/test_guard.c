/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server does with requests that no honest client sends. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/api/api_test.h"

/* Follows every request of the table: it must never run. */
#define SMUGGLED "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

#define HOST "Host: localhost\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n" HOST
#define POST "POST /v1/reachability HTTP/1.1\r\n" HOST

/* One row an input; after the reply the connection must be closed. */
static const struct {
    const char *name, *bytes;
    int status;
    const char *says; /* in the body; NULL: evhttp's own page */
} refused[] = {
    {"two lengths", POST "Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd", 400, "twice"},
    {"the same length twice", POST "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400,
     "twice"},
    {"blank before the colon", POST "Content-Length : 4\r\n\r\nabcd", 400, "not a name"},
    {"length with a sign", POST "Content-Length: +4\r\n\r\nabcd", 400, "Content-Length"},
    {"list of lengths", POST "Content-Length: 4, 4\r\n\r\nabcd", 400, NULL},
    {"negative length", POST "Content-Length: -4\r\n\r\nabcd", 400, NULL},
    {"hexadecimal length", POST "Content-Length: 0x4\r\n\r\nabcd", 400, NULL},
    {"empty length", POST "Content-Length:\r\n\r\nabcd", 400, NULL},
    {"length with a tail", POST "Content-Length: 4 4\r\n\r\nabcd", 400, NULL},
    {"huge length", POST "Content-Length: 99999999999999999999\r\n\r\nabcd", 413, NULL},
    {"unknown coding", POST "Transfer-Encoding: xchunked\r\n\r\n", 400, "only chunked"},
    {"list of codings", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400,
     "only chunked"},
    {"identity coding", POST "Transfer-Encoding: identity\r\n\r\n", 400, "only chunked"},
    {"two codings", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 400,
     NULL},
    {"coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
     400, NULL},
    {"coding in 1.0",
     "POST /v1/reachability HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "1.0"},
    {"HEAD with a body", "HEAD /healthz HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd", 400,
     NULL},
    {"HEAD with a coding", "HEAD /healthz HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
     400, NULL},
    {"GET with a body", GET("/healthz") "Content-Length: 4\r\n\r\nabcd", 400, "with a body"},
    {"GET with a coding", GET("/healthz") "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
     "with a body"},
    {"DELETE with a body", "DELETE /healthz HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 400,
     "with a body"},
    {"OPTIONS with a body", "OPTIONS /healthz HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 400,
     "with a body"},
    {"no host", "GET /healthz HTTP/1.1\r\n\r\n", 400, "Host: missing"},
    {"two hosts", GET("/healthz") HOST "\r\n", 400, "twice"},
    {"empty host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 400, "Host: empty"},
    {"a stranger's host", "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "evil"},
    {"a name that only looks local", "GET /healthz HTTP/1.1\r\nHost: 127.evil.example\r\n\r\n", 403,
     "evil"},
    {"a stranger's page", GET("/healthz") "Origin: https://evil.example\r\n\r\n", 403, "Origin"},
    {"a page of nowhere", GET("/healthz") "Origin: null\r\n\r\n", 403, "Origin"},
    {"blank in the target", "GET /health z HTTP/1.1\r\n" HOST "\r\n", 400, "percent-encoded"},
    {"high byte in the target", GET("/health\xc3\xa9") "\r\n", 400, "percent-encoded"},
    {"DEL in the target", GET("/health\x7f") "\r\n", 400, "percent-encoded"},
    {"fragment in the target", GET("/healthz#x") "\r\n", 400, "percent-encoded"},
    {"absolute target", GET("http://localhost/healthz") "\r\n", 400, "want a path"},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400, "want a path"},
    {"authority target", "CONNECT localhost:80 HTTP/1.1\r\n" HOST "\r\n", 400, "want a path"},
    {"CONNECT", "CONNECT /healthz HTTP/1.1\r\n" HOST "\r\n", 501, "not a method"},
    {"TRACE", "TRACE /healthz HTTP/1.1\r\n" HOST "\r\n", 501, "not a method"},
    {"unknown method", "FOO /healthz HTTP/1.1\r\n" HOST "\r\n", 501, "not a method"},
    {"method in lower case", "get /healthz HTTP/1.1\r\n" HOST "\r\n", 501, "not a method"},
    {"blank in a header's name", GET("/healthz") "X Y: 1\r\n\r\n", 400, "not a name"},
    {"header without a name", GET("/healthz") ": 1\r\n\r\n", 400, "not a name"},
    {"control character in a value", GET("/healthz") "X: a\x01z\r\n\r\n", 400, "control"},
    {"line without a colon", GET("/healthz") "nonsense\r\n\r\n", 400, NULL},
    {"HTTP/0.9", "GET /healthz HTTP/0.9\r\n" HOST "\r\n", 400, "not spoken"},
    {"HTTP/2.0", "GET /healthz HTTP/2.0\r\n" HOST "\r\n", 400, NULL},
    {"no version", "GET /healthz\r\n" HOST "\r\n", 400, NULL},
};

/* One row an input that is let through, because behind our own rules it does no harm: the reply to
 * it, then that to what follows. */
static const struct {
    const char *name, *bytes;
    int status;
} harmless[] = {
    {"plain", GET("/healthz") "\r\n", 200},
    {"folded header", GET("/healthz") "X: a\r\n b\r\n\r\n", 200},
    {"bare line feeds", "GET /healthz HTTP/1.1\nHost: localhost\n\n", 200},
    {"version 1.0 kept alive", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200},
    {"host with a port", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 200},
    {"IPv6 host", "GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200},
    {"our own page", GET("/healthz") "Origin: http://localhost:8080\r\n\r\n", 200},
    {"length zero", GET("/healthz") "Content-Length: 0\r\n\r\n", 200},
    {"chunk size in dress",
     "POST /nowhere HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n 0x2\r\n{}\r\n0\r\n\r\n",
     404},
    {"trailers",
     "POST /nowhere HTTP/1.1\r\n" HOST
     "Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n",
     404},
    {"escaped slash", GET("/v1/alerts/a%2fb") "\r\n", 400},
    {"escaped NUL", GET("/v1/alerts/a%00") "\r\n", 400},
    {"broken escape", GET("/v1/alerts/a%4") "\r\n", 400},
    {"no UTF-8 in a parameter", GET("/healthz?a=%ff") "\r\n", 400},
    {"parameter twice", GET("/healthz?a=1&a=2") "\r\n", 400},
    {"dots are no way up", GET("/v1/../healthz") "\r\n", 404},
    {"wrong method", "DELETE /healthz HTTP/1.1\r\n" HOST "\r\n", 405},
};

Test(guard, refuses_what_parsers_read_differently)
{
    struct api api;

    api_start(&api, (const char *const[]){NULL});
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        int fd = api_connect(&api);
        const char *name = refused[i].name;

        api_say(fd, refused[i].bytes);
        api_say(fd, SMUGGLED);
        api_read(fd, a, strncmp(refused[i].bytes, "HEAD", 4) == 0, &r);
        cr_expect_eq(r.status, refused[i].status, "%s: %d", name, r.status);
        if (refused[i].says) {
            cr_expect(strstr(r.body, refused[i].says), "%s: %s", name, r.body);
            cr_expect(strstr(r.head, "application/problem+json"), "%s: %s", name, r.head);
        }
        cr_expect(api_closed(fd), "%s: not closed", name);
        close(fd);
    }
    cr_expect_eq(api_metric(&api, "graphd_http_requests_total{method=\"GET\",route=\"/livez\""), 0,
                 "a smuggled request ran");
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(guard, lets_pass_what_does_no_harm)
{
    struct api api;

    api_start(&api, (const char *const[]){NULL});
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        int fd = api_connect(&api);
        const char *name = harmless[i].name;

        api_say(fd, harmless[i].bytes);
        api_say(fd, SMUGGLED); /* no smuggling here: one request after another */
        api_read(fd, a, false, &r);
        cr_expect_eq(r.status, harmless[i].status, "%s: %d %s", name, r.status, r.body);
        api_read(fd, a, false, &r);
        cr_expect_eq(r.status, 200, "%s: what follows: %d %s", name, r.status, r.body);
        close(fd);
    }
    cr_expect_eq(api_metric(&api, "graphd_http_requests_total{method=\"GET\",route=\"/livez\""),
                 (double)ARRAY_LEN(harmless));
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(guard, cuts_a_header_value_at_a_nul)
{
    static const char bytes[] = GET("/healthz") "X: a\0b\r\n\r\n";
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){NULL});
    int fd = api_connect(&api);
    api_send(fd, bytes, sizeof(bytes) - 1);
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 200);
    close(fd);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

/* Sends a GET with so many headers of so many bytes each. */
static int with_headers(const struct api *api, size_t n, size_t bytes, struct api_reply *r,
                        struct arena *a)
{
    char *value = arena_calloc(a, bytes + 1, 1);
    int fd = api_connect(api);

    memset(value, 'x', bytes);
    api_say(fd, GET("/healthz"));
    for (size_t i = 0; i < n; i++)
        api_say(fd, arena_printf(a, "X-%zu: %s\r\n", i, value));
    api_say(fd, "\r\n");
    api_read(fd, a, false, r);
    return fd;
}

Test(guard, limits_headers)
{
    static const struct {
        size_t n, bytes;
        int status;
        bool problem;
    } rows[] = {
        {99, 10, 200, false},   {100, 10, 431, true},  {1001, 1, 431, true},
        {1, 16000, 200, false}, {1, 20000, 431, true}, {1, 200000, 400, false},
    };
    struct api api;

    api_start(&api, (const char *const[]){NULL});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        int fd = with_headers(&api, rows[i].n, rows[i].bytes, &r, a);

        cr_expect_eq(r.status, rows[i].status, "%zu of %zu: %d", rows[i].n, rows[i].bytes,
                     r.status);
        cr_expect_eq(strstr(r.head, "problem+json") != NULL, rows[i].problem, "%s", r.head);
        cr_expect(r.status == 200 || api_closed(fd), "%zu of %zu", rows[i].n, rows[i].bytes);
        close(fd);
    }
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(guard, limits_bodies_by_route)
{
    static const struct {
        size_t bytes;
        bool chunked, problem;
    } rows[] = {
        {(1 << 20) + 1, false, true},
        {(1 << 20) + 1, true, true},
        {8 << 20, false, false}, /* beyond the outer limit: evhttp's page */
    };
    struct api api;

    api_start(&api, (const char *const[]){NULL});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        int fd = api_connect(&api);
        char *body = arena_calloc(a, rows[i].bytes, 1);

        memset(body, ' ', rows[i].bytes);
        api_say(fd, "POST /v1/webhooks/falco HTTP/1.1\r\n" HOST);
        api_say(fd,
                rows[i].chunked
                    ? arena_printf(a, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n", rows[i].bytes)
                    : arena_printf(a, "Content-Length: %zu\r\n\r\n", rows[i].bytes));
        /* Beyond the outer limit the server answers at once and stops reading. */
        if (rows[i].problem)
            cr_expect(api_send(fd, body, rows[i].bytes));
        if (rows[i].chunked)
            api_say(fd, "\r\n0\r\n\r\n");
        api_read(fd, a, false, &r);
        cr_expect_eq(r.status, 413, "row %zu: %d %s", i, r.status, r.body);
        cr_expect_eq(strstr(r.head, "problem+json") != NULL, rows[i].problem, "%s", r.head);
        close(fd);
    }
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

/* A client that sends a byte now and then is never idle, and yet has to come to an end. */
Test(guard, ends_a_slow_request_at_its_deadline)
{
    static const char bytes[] = GET("/healthz") "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;
    usec began = clock_mono();

    api_start(&api, (const char *const[]){"--request-seconds", "1", NULL});
    int fd = api_connect(&api);
    for (size_t i = 0; bytes[i] && api_send(fd, bytes + i, 1); i++)
        usleep(50000);
    api_read(fd, a, false, &r);
    double seconds = (double)(clock_mono() - began) / 1e6;
    cr_expect_eq(r.status, 408, "%d", r.status);
    cr_expect(seconds > 0.9 && seconds < 4.5, "after %g seconds", seconds);
    cr_expect_eq(api_metric(&api, "graphd_connections_expired_total"), 1);
    close(fd);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(guard, closes_an_idle_connection_without_a_word)
{
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){"--request-seconds", "1", NULL});
    int fd = api_connect(&api);
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 0, "%s", r.head);
    close(fd);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(guard, limits_connections)
{
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;
    int fds[4];

    api_start(&api, (const char *const[]){"--max-connections", "4", NULL});
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = api_connect(&api);
        api_say(fds[i], GET("/healthz") "\r\n");
        api_read(fds[i], a, false, &r);
        cr_expect_eq(r.status, 200);
    }
    for (int i = 0; i < 3; i++) {
        int more = api_connect(&api);
        api_read(more, a, false, &r);
        cr_expect_eq(r.status, 503, "%s", r.head);
        cr_expect(strstr(r.head, "Retry-After: 1"), "%s", r.head);
        cr_expect(api_closed(more));
        close(more);
    }
    close(fds[0]);
    usleep(100000);
    api_get(&api, a, "/healthz", "", &r);
    cr_expect_eq(r.status, 200, "room again: %d", r.status);
    for (size_t i = 1; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

/* Clients that vanish at any moment: in the middle of a request, while a worker has it, while the
 * reply is written.  Under AddressSanitizer this is where a freed request would show. */
Test(guard, survives_a_thousand_resets, .timeout = 120)
{
    static const char whole[] = GET("/metrics") "\r\n" GET("/metrics") "\r\n";
    const struct linger reset = {.l_onoff = 1};
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){"--workers", "2", NULL});
    for (size_t i = 0; i < 1000; i++) {
        int fd = api_connect(&api);
        cr_assert_geq(fd, 0, "connection %zu", i);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        api_send(fd, whole, i % 4 ? sizeof(whole) - 1 : i % (sizeof(whole) - 1));
        if (i % 3 == 0)
            usleep(300);
        close(fd);
    }
    api_get(&api, a, "/healthz", "", &r);
    cr_expect_eq(r.status, 200);
    usleep(300000);
    cr_expect_eq(api_metric(&api, "graphd_connections "), 1, "connections are left over");
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}
