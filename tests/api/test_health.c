/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probes, replies as they should look, start and end, and the database that comes and goes. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/migrate.h"
#include "schema/store.h"
#include "tests/api/api_test.h"
#include "tests/db/db_test.h"

Test(health, answers_without_a_database)
{
    static const struct {
        const char *path;
        int status;
        const char *says;
    } rows[] = {
        {"/healthz", 200, "\"ok\""},
        {"/livez", 200, "\"ok\""},
        {"/livez?verbose", 200, "\"ok\""},
        {"/readyz", 503, "\"database\""},
        {"/readyz?verbose", 503, "not loaded yet"},
        {"/metrics", 200, "graphd_build_info{version="},
        {"/metrics", 200, "graphd_database_up 0\n"},
        {"/openapi.json", 200, "\"openapi\""},
        {"/v1/blast-radius?node=x", 503, "/problems/busy"},
        {"/v1/alerts", 503, "/problems/"},
    };
    struct api api;

    api_start(&api, (const char *const[]){NULL});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;

        api_get(&api, a, rows[i].path, "", &r);
        cr_expect_eq(r.status, rows[i].status, "%s: %d", rows[i].path, r.status);
        cr_expect(strstr(r.body, rows[i].says), "%s: %s", rows[i].path, r.body);
        cr_expect(r.status != 503 || strstr(r.head, "Retry-After: "), "%s", r.head);
        cr_expect(strstr(r.head, "nosniff"), "%s", r.head);
    }
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(health, describes_a_problem)
{
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){NULL});
    api_get(&api, a, "/nowhere", "X-Request-Id: abc-1.2_Z\r\n", &r);
    cr_expect_eq(r.status, 404);
    cr_expect(strstr(r.head, "X-Request-Id: abc-1.2_Z\r\n"), "%s", r.head);
    cr_expect(strstr(r.head, "application/problem+json"), "%s", r.head);
    cr_expect(strstr(r.head, "no-store"), "%s", r.head);
    cr_expect_str_eq(r.body, "{\"type\":\"/problems/not-found\",\"title\":\"Not found\","
                             "\"status\":404,\"detail\":\"nothing is at /nowhere\","
                             "\"instance\":\"/nowhere\",\"request_id\":\"abc-1.2_Z\"}");
    api_get(&api, a, "/healthz?limit=%F0%9F%A6%8A", "X-Request-Id: not sane\r\n", &r);
    cr_expect_eq(r.status, 400);
    cr_expect_not(strstr(r.head, "not sane"), "%s", r.head);
    cr_expect(strstr(r.body, "\"errors\":[{\"pointer\":\"limit\""), "%s", r.body);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(health, knows_methods_and_versions_of_a_reply)
{
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){NULL});
    int fd = api_connect(&api);
    api_say(fd, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    api_read(fd, a, true, &r);
    cr_expect_eq(r.status, 200);
    cr_expect(strstr(r.head, "Content-Length: 15"), "%s", r.head);
    /* Had HEAD sent a body, the next reply would start with it. */
    api_say(fd, "DELETE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 405, "%s", r.head);
    cr_expect(strstr(r.head, "Allow: GET, HEAD, OPTIONS\r\n"), "%s", r.head);
    api_say(fd, "OPTIONS /v1/reachability HTTP/1.1\r\nHost: localhost\r\n\r\n");
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 204, "%s", r.head);
    cr_expect(strstr(r.head, "Allow: GET, HEAD, POST, OPTIONS\r\n"), "%s", r.head);

    api_say(fd, "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
    api_read(fd, a, false, &r);
    cr_assert_eq(r.status, 200, "%s", r.head);
    const char *etag = strstr(r.head, "ETag: ");
    cr_assert(etag, "%s", r.head);
    api_say(fd, arena_printf(a,
                             "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n"
                             "If-None-Match: \"x\", W/%.*s\r\n\r\n",
                             (int)strcspn(etag + 6, "\r"), etag + 6));
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 304, "%s", r.head);
    cr_expect_not(strstr(r.head, "Content-Length"), "%s", r.head);
    api_say(fd, "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"x\"\r\n\r\n");
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 200, "%s", r.head);
    close(fd);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(health, answers_pipelined_requests_in_order)
{
    enum { N = 200 };
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){NULL});
    int fd = api_connect(&api);
    for (int i = 0; i < N; i++)
        api_say(fd,
                arena_printf(a, "GET /%s HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r%d\r\n\r\n",
                             i % 2 ? "healthz" : "nowhere", i));
    for (int i = 0; i < N; i++) {
        api_read(fd, a, false, &r);
        cr_assert_eq(r.status, i % 2 ? 200 : 404, "reply %d: %d", i, r.status);
        cr_assert(strstr(r.head, arena_printf(a, "X-Request-Id: r%d\r\n", i)), "%s", r.head);
    }
    close(fd);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

Test(health, drains_before_it_ends)
{
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_start(&api, (const char *const[]){NULL});
    int idle = api_connect(&api), busy = api_connect(&api);
    api_say(busy, "GET /readyz HTTP/1.1\r\n");
    usleep(200000);
    kill(api.pid, SIGTERM);
    cr_assert(api_logged(&api, "http.draining"), "%s", api.seen);
    cr_expect(api_closed(idle), "an idle connection is kept");
    cr_expect_lt(api_connect(&api), 0, "a new connection is accepted");
    api_say(busy, "Host: localhost\r\n\r\n");
    api_read(busy, a, false, &r);
    cr_expect_eq(r.status, 503, "%s", r.head);
    cr_expect(strstr(r.body, "shutting down"), "%s", r.body);
    cr_expect(strstr(r.head, "Connection: close"), "%s", r.head);
    cr_expect(api_closed(busy));
    close(idle);
    close(busy);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
    cr_expect(strstr(api.seen, "graphd.stopped"), "%s", api.seen);
}

Test(health, reloads_its_log_level)
{
    char path[] = "/tmp/graphd-test-config.XXXXXX";
    int file = mkstemp(path);
    struct api api;
    AUTO(arena) a = arena_new();
    struct api_reply r;

    dprintf(file, "[graphd]\nlog-level = info\n");
    api_start(&api, (const char *const[]){"--config", path, NULL});
    dprintf(file, "workers = many\n");
    kill(api.pid, SIGHUP);
    cr_expect(api_logged(&api, "config.refused"), "%s", api.seen);
    cr_assert_eq(ftruncate(file, 0), 0);
    lseek(file, 0, SEEK_SET);
    dprintf(file, "[graphd]\nlog-level = debug\n");
    kill(api.pid, SIGHUP);
    cr_expect(api_logged(&api, "config.reloaded"), "%s", api.seen);
    api_get(&api, a, "/healthz", "", &r);
    cr_expect(api_logged(&api, "http.request"), "%s", api.seen);
    close(file);
    unlink(path);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
}

/* Waits until a path answers with a status; false after ten seconds. */
static bool becomes(const struct api *api, const char *path, int status)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;

    for (int i = 0; i < 100; i++) {
        api_get(api, a, path, "", &r);
        if (r.status == status)
            return true;
        usleep(100000);
    }
    return false;
}

static bool metric_becomes(const struct api *api, const char *name, double want)
{
    for (int i = 0; i < 100; i++) {
        if (api_metric(api, name) == want)
            return true;
        usleep(50000);
    }
    return false;
}

static void write_part(struct db *db, const char *cluster, size_t nnodes)
{
    struct node_row nodes[3] = {0};
    struct edge_row edges[1] = {0};
    struct part part = {.cluster = cluster,
                        .source = "test",
                        .coverage = "{\"complete\":true,\"kinds\":[],\"missing\":[]}",
                        .taken_at = clock_now(),
                        .nodes = nodes,
                        .nnodes = nnodes,
                        .edges = edges};
    struct store_result result;

    AUTO(arena) a = arena_new();
    for (size_t i = 0; i < nnodes; i++)
        nodes[i] = (struct node_row){.key = arena_printf(a, "k8s:%s/pod/ns/p%zu", cluster, i),
                                     .ns = "ns",
                                     .name = arena_printf(a, "p%zu", i),
                                     .uid = "",
                                     .labels = "{}",
                                     .props = "{}",
                                     .kind = NODE_POD};
    must(store_write(db, &part, &result, &e));
}

Test(health, follows_the_database, .timeout = 60)
{
    struct db_test t;
    struct migrate_report report;
    struct api api;
    struct err err = {0};

    db_test_need();
    db_test_init(&t, true);
    /* Before the schema is there it waits, and says so. */
    api_start(&api, (const char *const[]){"--database", t.url, NULL});
    cr_expect(api_logged(&api, "snapshot.waiting"), "%s", api.seen);
    cr_expect(becomes(&api, "/readyz", 503));
    AUTO(db) bare = db_open_bare(t.url, &err);
    cr_assert(bare, "%s", err.msg);
    must(migrate_run(bare, &report, &e));
    cr_expect(becomes(&api, "/readyz", 200), "%s", api.seen);

    AUTO(db) db = db_open(t.url, &err);
    cr_assert(db, "%s", err.msg);
    write_part(db, "one", 2);
    cr_expect(metric_becomes(&api, "graphd_snapshot_nodes ", 2), "%s", api.seen);
    write_part(db, "two", 1);
    cr_expect(metric_becomes(&api, "graphd_snapshot_nodes ", 3), "%s", api.seen);
    double loads = api_metric(&api, "graphd_snapshot_loads_total ");
    must(db_exec(db, "notify graph_changed, 'one'", &e));
    usleep(1500000);
    cr_expect_eq(api_metric(&api, "graphd_snapshot_loads_total "), loads,
                 "loaded although nothing changed");
    write_part(db, "one", 3);
    cr_expect(metric_becomes(&api, "graphd_snapshot_nodes ", 4), "%s", api.seen);

    /* Every connection cut: it serves on from memory, and finds back. */
    must(db_exec(bare,
                 "select pg_terminate_backend(pid) from pg_stat_activity"
                 " where datname = current_database() and pid <> pg_backend_pid()",
                 &e));
    cr_expect(api_logged(&api, "snapshot.connected"), "%s", api.seen);
    cr_expect(becomes(&api, "/readyz", 200), "%s", api.seen);
    cr_expect_eq(api_metric(&api, "graphd_snapshot_nodes "), 4);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
    db_test_done(&t);
}

/* Runs graphd to its end; its exit status. */
static int run(const char *options)
{
    const char *bin = getenv("GRAPHD_BIN");
    char path[1024];
    pid_t pid;
    int status;

    snprintf(path, sizeof(path), "exec %s/graphd %s >/dev/null 2>&1",
             bin ? bin : "build/release/bin", options);
    pid = fork();
    if (pid == 0) {
        unsetenv("GRAPHD_DATABASE");
        execl("/bin/sh", "sh", "-c", path, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(health, refuses_wrong_usage)
{
    static const struct {
        const char *options;
        int status;
    } rows[] = {
        {"--help", 0},
        {"--version", 0},
        {"--database x --check-config", 0},
        {"", 2},
        {"--database x --nonsense", 2},
        {"--database x word", 2},
        {"--database x --listen 0.0.0.0:0", 2},
        {"--database x --listen example.com:80", 2},
        {"--database x --listen 127.0.0.1", 2},
        {"--database x --workers 0", 2},
        {"--database x --log-level loud", 2},
        {"--database x --config /nowhere.ini", 2},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        cr_expect_eq(run(rows[i].options), rows[i].status, "graphd %s", rows[i].options);
}
