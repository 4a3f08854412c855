/* SPDX-License-Identifier: GPL-3.0-or-later */
/* initdb, postgres and their surroundings. */
#include "ctl/pgserver.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "schema/db.h"

enum { START_MS = 60000, STOP_MS = 60000, STEP_MS = 25 };

struct pgserver {
    struct arena *arena;
    const char *bin, *data, *socket, *log;
    uid_t uid; /* who runs it */
    gid_t gid;
    char *user;
    pid_t pid; /* 0: not started */
};

static const char *find_bin(struct arena *a)
{
    static const char *const places[] = {"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin",
                                         "/usr/lib/postgresql/15/bin"};
    const char *set = getenv("GRAPHD_POSTGRES_BIN");

    if (set && *set)
        return set;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        g_autofree char *initdb = g_build_filename(places[i], "initdb", NULL);
        if (access(initdb, X_OK) == 0)
            return places[i];
    }
    g_autofree char *found = g_find_program_in_path("initdb");
    if (!found)
        return NULL;
    g_autofree char *dir = g_path_get_dirname(found);
    return arena_strdup(a, dir);
}

static bool find_user(struct pgserver *pg, struct err *e)
{
    pg->uid = geteuid();
    pg->gid = getegid();
    const struct passwd *pw = pg->uid == 0 ? getpwnam("postgres") : getpwuid(pg->uid);
    if (!pw && pg->uid == 0)
        return err_set(e, ERR_IO, "PostgreSQL does not run as root and there is no user postgres");
    if (pg->uid == 0) {
        pg->uid = pw->pw_uid;
        pg->gid = pw->pw_gid;
    }
    pg->user = must_strdup(pw ? pw->pw_name : "graphd");
    return true;
}

/* A directory that only its owner may enter. */
static bool own_dir(const struct pgserver *pg, const char *dir, struct err *e)
{
    if (g_mkdir_with_parents(dir, 0700) < 0 || chmod(dir, 0700) < 0)
        return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
    if (geteuid() == 0 && chown(dir, pg->uid, pg->gid) < 0)
        return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
    return true;
}

/* In the child: become the server's user, let go of the terminal, run. */
static void become(const struct pgserver *pg, const char *const *argv, pid_t parent)
{
    sigset_t none;
    int log = open(pg->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(pg->gid) < 0 || setuid(pg->uid) < 0))
        _exit(125);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGINT); /* after setuid, which clears it */
    if (getppid() != parent || chdir("/") < 0)
        _exit(125);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(077);
    if (log >= 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
    }
    execv(argv[0], (char *const *)argv);
    _exit(126);
}

static pid_t start(const struct pgserver *pg, const char *const *argv)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0)
        become(pg, argv, parent);
    return pid;
}

/* The last line of the server's log, for messages. */
static const char *last_words(const struct pgserver *pg)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(pg->log, &text, NULL, NULL))
        return "no log";
    g_strchomp(text);
    const char *line = strrchr(text, '\n');
    return arena_strdup(pg->arena, line ? line + 1 : text);
}

static bool init(const struct pgserver *pg, struct err *e)
{
    const char *const argv[] = {arena_printf(pg->arena, "%s/initdb", pg->bin),
                                "--pgdata",
                                pg->data,
                                "--username",
                                pg->user,
                                "--auth=trust",
                                "--no-locale",
                                "--encoding=UTF8",
                                "--no-instructions",
                                NULL};
    g_autofree char *version = g_build_filename(pg->data, "PG_VERSION", NULL);
    int status = -1;

    if (access(version, F_OK) == 0)
        return true;
    pid_t pid = start(pg, argv);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(e, ERR_IO, "initdb of %s failed: %s", pg->data, last_words(pg));
    return true;
}

/* Whether a server of ours from an earlier run still holds the folder; a stale file does not count.
 */
static bool taken(const struct pgserver *pg)
{
    g_autofree char *file = g_build_filename(pg->data, "postmaster.pid", NULL), *text = NULL;

    if (!g_file_get_contents(file, &text, NULL, NULL))
        return false;
    gint64 pid = g_ascii_strtoll(text, NULL, 10);
    if (pid <= 1 || kill((pid_t)pid, 0) < 0)
        return false;
    g_autofree char *exe = g_strdup_printf("/proc/%lld/cmdline", (long long)pid), *cmd = NULL;
    return g_file_get_contents(exe, &cmd, NULL, NULL) && strstr(cmd, "postgres");
}

static bool wait_ready(struct pgserver *pg, struct err *e)
{
    const char *url = pgserver_url(pg->arena, pg, "postgres");

    for (int waited = 0; waited < START_MS; waited += STEP_MS) {
        if (waitpid(pg->pid, NULL, WNOHANG) != 0) {
            pg->pid = 0;
            return err_set(e, ERR_IO, "PostgreSQL did not start: %s", last_words(pg));
        }
        struct err not_yet;
        AUTO(db) db = db_open_bare(url, &not_yet);
        if (db)
            return true;
        g_usleep(STEP_MS * 1000);
    }
    return err_set(e, ERR_IO, "PostgreSQL did not answer in %d s: %s", START_MS / 1000,
                   last_words(pg));
}

/* A unix socket's path has at most 107 bytes, so it lives in a short directory of its own. */
static bool make_socket_dir(struct pgserver *pg, struct err *e)
{
    char *dir = arena_strdup(pg->arena, "/tmp/graphd-pg.XXXXXX");

    if (!mkdtemp(dir))
        return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
    pg->socket = dir;
    return own_dir(pg, dir, e);
}

static bool bring_up(struct pgserver *pg, const char *dir, struct err *e)
{
    g_autofree char *full = g_canonicalize_filename(dir, NULL);

    pg->bin = find_bin(pg->arena);
    if (!pg->bin)
        return err_set(e, ERR_IO, "PostgreSQL is not installed (apt-get install postgresql-15)");
    pg->data = arena_printf(pg->arena, "%s/pg", full);
    pg->log = arena_printf(pg->arena, "%s/postgresql.log", full);
    if (!find_user(pg, e))
        return false;
    if (g_mkdir_with_parents(full, 0711) < 0)
        return err_set(e, ERR_IO, "%s: %s", full, strerror(errno));
    if (geteuid() == 0 && chmod(full, 0711) < 0) /* postgres must pass through */
        return err_set(e, ERR_IO, "%s: %s", full, strerror(errno));
    if (!own_dir(pg, pg->data, e))
        return false;
    if (taken(pg))
        return err_set(e, ERR_CONFLICT, "another server runs on %s", pg->data);
    if (!init(pg, e) || !make_socket_dir(pg, e))
        return false;

    const char *durable = getenv("GRAPHD_POSTGRES_FSYNC"); /* "off" in tests only */
    const char *const argv[] = {
        arena_printf(pg->arena, "%s/postgres", pg->bin),
        "-D",
        pg->data,
        "-k",
        pg->socket,
        "-c",
        "listen_addresses=",
        "-c",
        "unix_socket_permissions=0700",
        "-c",
        arena_printf(pg->arena, "fsync=%s", durable && strcmp(durable, "off") == 0 ? "off" : "on"),
        "-c",
        "shared_buffers=256MB",
        "-c",
        "max_wal_size=2GB",
        "-c",
        "jit=off",
        "-c",
        "timezone=UTC",
        NULL};
    pg->pid = start(pg, argv);
    if (pg->pid < 0) {
        pg->pid = 0;
        return err_set(e, ERR_IO, "fork: %s", strerror(errno));
    }
    return wait_ready(pg, e);
}

struct pgserver *pgserver_start(const char *dir, struct err *e)
{
    AUTO(pgserver) pg = must_calloc(1, sizeof(*pg));

    pg->arena = arena_new();
    return bring_up(pg, dir, e) ? TAKE(pg) : NULL;
}

void pgserver_free(struct pgserver *pg)
{
    if (!pg)
        return;
    if (pg->pid > 0) {
        kill(pg->pid, SIGINT);
        int waited = 0;
        while (waitpid(pg->pid, NULL, WNOHANG) == 0 && waited < STOP_MS) {
            g_usleep(STEP_MS * 1000);
            waited += STEP_MS;
        }
        if (waited >= STOP_MS) {
            kill(pg->pid, SIGQUIT);
            waitpid(pg->pid, NULL, 0);
        }
    }
    if (pg->socket)
        rmdir(pg->socket); /* the server removed its socket */
    free(pg->user);
    arena_free(pg->arena);
    free(pg);
}

const char *pgserver_url(struct arena *a, const struct pgserver *pg, const char *database)
{
    g_autofree char *host = g_uri_escape_string(pg->socket, NULL, FALSE);
    g_autofree char *user = g_uri_escape_string(pg->user, NULL, FALSE);

    return arena_printf(a, "postgresql:///%s?host=%s&user=%s", database, host, user);
}

int pgserver_pid(const struct pgserver *pg)
{
    return (int)pg->pid;
}
