/* SPDX-License-Identifier: GPL-3.0-or-later */
/* initdb, postgres and their surroundings. */
#include "ctl/pgserver.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

#include "schema/db.h"

enum {
    START_MS = 60000,
    STOP_MS = 60000,
    HANDOVER_MS = 10000, /* for a server that is on its way out */
    STEP_MS = 25,
    SOCKET_PATH_MAX = 107,
};

struct pgserver {
    struct arena *arena;
    const char *bin, *data, *socket, *log;
    uid_t uid; /* who runs it */
    gid_t gid;
    char *user;
    pid_t pid;           /* 0: not started */
    bool socket_is_ours; /* its directory goes with us */
};

/* The major version that made the data folder, "" if there is none yet. */
static char *version_of(const char *data)
{
    g_autofree char *file = g_build_filename(data, "PG_VERSION", NULL);
    char *text = NULL;

    return g_file_get_contents(file, &text, NULL, NULL) ? g_strstrip(text) : g_strdup("");
}

/* The folder of initdb and postgres: of the version that made the data, else of the newest. */
static const char *find_bin(struct arena *a, const char *data)
{
    static const char *const versions[] = {"17", "16", "15"};
    const char *set = getenv("GRAPHD_POSTGRES_BIN");
    g_autofree char *made_by = version_of(data);

    if (set && *set)
        return set;
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        const char *bin = arena_printf(a, "/usr/lib/postgresql/%s/bin", versions[i]);
        g_autofree char *initdb = g_build_filename(bin, "initdb", NULL);
        if ((!*made_by || strcmp(made_by, versions[i]) == 0) && access(initdb, X_OK) == 0)
            return bin;
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

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* Makes the data folder under another name first: an initdb that was killed must not look finished.
 */
static bool init(const struct pgserver *pg, struct err *e)
{
    const char *fresh = arena_printf(pg->arena, "%s.new", pg->data);
    const char *const argv[] = {arena_printf(pg->arena, "%s/initdb", pg->bin),
                                "--pgdata",
                                fresh,
                                "--username",
                                pg->user,
                                "--auth=trust",
                                "--no-locale",
                                "--encoding=UTF8",
                                "--no-instructions",
                                NULL};
    g_autofree char *version = version_of(pg->data);
    int status = -1;

    if (*version)
        return true;
    if (nftw(fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return err_set(e, ERR_IO, "%s: %s", fresh, strerror(errno));
    if (!own_dir(pg, fresh, e))
        return false;
    pid_t pid = start(pg, argv);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(e, ERR_IO, "initdb of %s failed: %s", fresh, last_words(pg));
    if (rename(fresh, pg->data) < 0)
        return err_set(e, ERR_IO, "%s: %s", pg->data, strerror(errno));
    return true;
}

/* A process that works in the data folder, as PostgreSQL and each of its children do; 0: none.  The
 * number in postmaster.pid does not tell: it may be anybody's after a crash, and children of a
 * killed server write on for a while. */
static int holder(const struct pgserver *pg)
{
    g_autofree char *real = realpath(pg->data, NULL);
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    int found = 0;

    for (const char *name; real && proc && !found && (name = g_dir_read_name(proc));) {
        if (!g_ascii_isdigit(name[0]))
            continue;
        g_autofree char *link = g_strdup_printf("/proc/%s/cwd", name);
        g_autofree char *cwd = g_file_read_link(link, NULL);
        if (cwd && strcmp(cwd, real) == 0)
            found = (int)g_ascii_strtoll(name, NULL, 10);
    }
    return found;
}

/* Waits for a server that ends because its parent did, and removes what a crash left: PostgreSQL
 * would not start beside a pid file whose number belongs to some other process by now. */
static bool take_over(const struct pgserver *pg, struct err *e)
{
    g_autofree char *file = g_build_filename(pg->data, "postmaster.pid", NULL);
    int pid;

    if (access(file, F_OK) < 0)
        return true;
    for (int waited = 0; (pid = holder(pg)); waited += STEP_MS) {
        if (waited >= HANDOVER_MS)
            return err_set(e, ERR_CONFLICT, "another server, process %d, runs on %s", pid,
                           pg->data);
        g_usleep(STEP_MS * 1000);
    }
    if (unlink(file) < 0 && errno != ENOENT)
        return err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
    return true;
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

/* The socket lives in the folder, or in a short directory of its own if that path is too long. */
static bool make_socket_dir(struct pgserver *pg, const char *full, struct err *e)
{
    char *dir = arena_printf(pg->arena, "%s/run", full);

    if (strlen(dir) + strlen("/.s.PGSQL.65535.lock") <= SOCKET_PATH_MAX) {
        pg->socket = dir;
        if (!own_dir(pg, dir, e))
            return false;
        /* Nobody runs on the folder any more; PostgreSQL would believe a stale lock. */
        unlink(arena_printf(pg->arena, "%s/.s.PGSQL.5432.lock", dir));
        unlink(arena_printf(pg->arena, "%s/.s.PGSQL.5432", dir));
        return true;
    }
    dir = arena_strdup(pg->arena, "/tmp/graphd-pg.XXXXXX");
    if (!mkdtemp(dir))
        return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
    pg->socket = dir;
    pg->socket_is_ours = true;
    return own_dir(pg, dir, e);
}

/* The folder itself, which the server's user must be able to pass through: one that was there
 * before gets that right if it lacks it, and keeps the rest of its mode. */
static bool make_dir(const char *full, struct err *e)
{
    struct stat st;

    if (g_mkdir_with_parents(full, 0711) < 0 || stat(full, &st) < 0)
        return err_set(e, ERR_IO, "%s: %s", full, strerror(errno));
    if (geteuid() == 0 && !(st.st_mode & S_IXOTH) &&
        chmod(full, (st.st_mode & 07777) | S_IXOTH) < 0)
        return err_set(e, ERR_IO, "%s: %s", full, strerror(errno));
    return true;
}

static bool bring_up(struct pgserver *pg, const char *dir, struct err *e)
{
    g_autofree char *full = g_canonicalize_filename(dir, NULL);

    pg->data = arena_printf(pg->arena, "%s/pg", full);
    pg->log = arena_printf(pg->arena, "%s/postgresql.log", full);
    pg->bin = find_bin(pg->arena, pg->data);
    if (!pg->bin)
        return err_set(e, ERR_IO, "PostgreSQL is not installed (apt-get install postgresql-15)");
    if (!find_user(pg, e) || !make_dir(full, e) || !own_dir(pg, pg->data, e) || !take_over(pg, e) ||
        !init(pg, e) || !make_socket_dir(pg, full, e))
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
    if (pg->socket_is_ours)
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
