/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl up: a private PostgreSQL, the schema, the clusters, the service; one Ctrl-C ends all. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl/command.h"
#include "ctl/pgserver.h"
#include "ctl/proc.h"
#include "schema/migrate.h"

enum { SERVICE_END_MS = 30000, LINE_MAX_BYTES = 65536 };

static char *data, *listen_on;
static char **loads;

static const GOptionEntry options[] = {
    {"data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder of the database", "DIR"},
    {"listen", 0, 0, G_OPTION_ARG_STRING, &listen_on, "Address (127.0.0.1:8080)", "ADDR:PORT"},
    {"load", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &loads, "Ingest a dump (repeatable)",
     "[CLUSTER=]PATH"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const char *default_data(struct arena *a)
{
    if (geteuid() == 0) /* the server runs as postgres, who cannot enter root's home */
        return "/var/lib/graphd";
    return arena_printf(a, "%s/graphd", g_get_user_data_dir());
}

/* The database `graphd` on the private server, with our schema. */
static bool prepare(struct command_ctx *c, const struct pgserver *pg, const char **url,
                    struct err *e)
{
    struct migrate_report r;

    AUTO(db) maintenance = db_open_bare(pgserver_url(c->arena, pg, "postgres"), e);
    if (!maintenance)
        return false;
    if (!db_exec(maintenance, "create database graphd", e) && e->kind != ERR_CONFLICT)
        return false;
    *url = pgserver_url(c->arena, pg, "graphd");
    AUTO(db) db = db_open_bare(*url, e);
    if (!db || !migrate_run(db, &r, e))
        return false;
    fprintf(stderr, "up: %u migrations applied, schema is at %u\n", r.applied, r.version);
    return true;
}

/* "prod=dump.json" to prod and dump.json; without a name the file's own is taken. */
static void split(struct arena *a, const char *load, const char **cluster, const char **path)
{
    const char *eq = strchr(load, '=');

    if (eq && eq > load && !memchr(load, '/', (size_t)(eq - load))) {
        *cluster = arena_strndup(a, load, (size_t)(eq - load));
        *path = eq + 1;
        return;
    }
    g_autofree char *base = g_path_get_basename(load);
    char *name = arena_strdup(a, base), *dot = strchr(name + 1, '.');
    if (dot)
        *dot = '\0';
    *cluster = name;
    *path = load;
}

/* One run of the collector for each cluster named, with all of its paths. */
static bool ingest(struct command_ctx *c, const char *url, struct err *e)
{
    size_t n = loads ? g_strv_length(loads) : 0;
    const char **cluster = arena_calloc(c->arena, n, sizeof(*cluster));
    const char **path = arena_calloc(c->arena, n, sizeof(*path));

    for (size_t i = 0; i < n; i++)
        split(c->arena, loads[i], &cluster[i], &path[i]);
    for (size_t i = 0; i < n; i++) {
        if (!cluster[i])
            continue;
        const char **argv = arena_calloc(c->arena, 2 * n + 6, sizeof(*argv));
        size_t k = 0;
        argv[k++] = proc_sibling(c->arena, c->self, "graphd-ingest");
        argv[k++] = "--database";
        argv[k++] = url;
        argv[k++] = "--cluster";
        argv[k++] = cluster[i];
        for (size_t j = n; j-- > i;)
            if (cluster[j] && strcmp(cluster[j], argv[4]) == 0) {
                argv[k++] = arena_printf(c->arena, "--from=%s", path[j]);
                cluster[j] = NULL;
            }
        pid_t pid = proc_start(argv, -1, e);
        if (pid < 0 || !proc_wait(pid, arena_printf(c->arena, "ingest of %s", argv[4]), e))
            return false;
    }
    return true;
}

/* What the other programs need to know, for `. DIR/graphd.env`. */
static bool write_env(struct command_ctx *c, const char *url, const char *service, struct err *e)
{
    const char *file = arena_printf(c->arena, "%s/graphd.env", data);
    g_autofree char *db = g_shell_quote(url);
    g_autofree char *text = g_strdup_printf("GRAPHD_DATABASE=%s\nGRAPHD_URL='%s'\n", db, service);
    g_autoptr(GError) wrong = NULL;

    if (!g_file_set_contents_full(file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &wrong))
        return err_set(e, ERR_IO, "%s", wrong->message);
    return true;
}

/* Whether a log line of the service says where it listens. */
static bool listening(struct command_ctx *c, const char *line, size_t len, const char **service)
{
    json_auto_t *doc = json_loadb(line, len, 0, NULL);
    const char *event = json_string_value(json_object_get(doc, "event"));
    const char *address = json_string_value(json_object_get(doc, "address"));

    if (!event || strcmp(event, "http.listening") != 0 || !address)
        return false;
    *service = arena_printf(c->arena, "http://%s", address);
    return true;
}

/* Passes the service's log on until it ends or a signal comes. */
static bool watch(struct command_ctx *c, const char *url, int log, int signals, bool *ended,
                  struct err *e)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    const char *service = NULL;
    char buf[8192];

    for (;;) {
        struct pollfd p[] = {{.fd = log, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
            return err_set(e, ERR_IO, "poll: %s", strerror(errno));
        if (p[1].revents)
            return true;
        if (!p[0].revents)
            continue;
        ssize_t n = read(log, buf, sizeof(buf));
        if (n <= 0) {
            *ended = true;
            return true;
        }
        if (write(STDERR_FILENO, buf, (size_t)n) < 0)
            return true; /* nobody listens any more */
        if (service)
            continue;
        g_string_append_len(seen, buf, n);
        for (char *nl; !service && (nl = memchr(seen->str, '\n', seen->len));) {
            if (listening(c, seen->str, (size_t)(nl - seen->str), &service) &&
                !write_env(c, url, service, e))
                return false;
            g_string_erase(seen, 0, nl - seen->str + 1);
        }
        if (service)
            fprintf(stderr,
                    "up: graphd serves on %s; settings in %s/graphd.env; Ctrl-C stops all\n",
                    service, data);
        if (seen->len > LINE_MAX_BYTES)
            g_string_truncate(seen, 0);
    }
}

static bool serve(struct command_ctx *c, const char *url, int signals, struct err *e)
{
    int log[2];
    bool ended = false;
    const char *argv[] = {proc_sibling(c->arena, c->self, "graphd"), "--database", url, "--listen",
                          listen_on ? listen_on : "127.0.0.1:8080",  NULL};

    if (pipe2(log, O_CLOEXEC) < 0)
        return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
    pid_t pid = proc_start(argv, log[1], e);
    close(log[1]);
    bool ok = pid > 0 && watch(c, url, log[0], signals, &ended, e);
    close(log[0]);
    if (pid <= 0)
        return false;
    if (ended)
        return proc_wait(pid, "graphd", e) && err_set(e, ERR_IO, "graphd ended by itself");
    proc_end(pid, SIGTERM, SERVICE_END_MS);
    return ok;
}

static bool run(struct command_ctx *c, struct err *e)
{
    sigset_t stop;
    const char *url;

    if (!command_args(c, 0, e))
        return false;
    if (!data)
        data = g_strdup(default_data(c->arena));
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    int signals = signalfd(-1, &stop, SFD_CLOEXEC);
    if (signals < 0)
        return err_set(e, ERR_IO, "signalfd: %s", strerror(errno));

    AUTO(pgserver) pg = pgserver_start(data, e);
    bool ok = pg && prepare(c, pg, &url, e) && ingest(c, url, e) && serve(c, url, signals, e);
    close(signals);
    return ok;
}

const struct command command_up = {
    .name = "up",
    .args = "[--data DIR] [--listen ADDR:PORT] [--load [CLUSTER=]PATH ...]",
    .help = "private PostgreSQL, migrate, ingest, serve; Ctrl-C stops all",
    .options = options,
    .run = run,
};
