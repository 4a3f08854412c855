/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The private PostgreSQL of `graphctl up`: starts, ends, and starts again whatever ended it. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "ctl/pgserver.h"
#include "tests/db/db_test.h"

static char dir[256];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void start(void)
{
    db_test_need();
    g_setenv("GRAPHD_POSTGRES_FSYNC", "off", TRUE);
    g_strlcpy(dir, "/tmp/graphd-up.XXXXXX", sizeof(dir));
    cr_assert(g_mkdtemp(dir));
    cr_assert_eq(chmod(dir, 0711), 0); /* postgres must pass */
}

static void stop(void)
{
    if (*dir)
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(pgserver, .init = start, .fini = stop, .timeout = 120);

static int64_t ask(const struct pgserver *pg, const char *sql)
{
    AUTO(arena) a = arena_new();

    return db_test_int(pgserver_url(a, pg, "postgres"), sql);
}

static char *tell(const struct pgserver *pg, const char *sql)
{
    AUTO(arena) a = arena_new();

    return db_test_text(pgserver_url(a, pg, "postgres"), sql);
}

static struct pgserver *must_start(const char *where)
{
    struct err err;
    struct pgserver *pg = pgserver_start(where, &err);

    cr_assert(pg, "%s", err.msg);
    return pg;
}

static bool gone(int pid)
{
    for (int i = 0; i < 400; i++, g_usleep(25000))
        if (kill(pid, 0) < 0)
            return true;
    return false;
}

Test(pgserver, keeps_its_data_and_listens_on_no_port)
{
    int pid;

    {
        AUTO(pgserver) pg = must_start(dir);
        pid = pgserver_pid(pg);
        g_autofree char *made = tell(pg, "create table kept (n int)");
        cr_expect_null(made);
        cr_expect_eq(ask(pg, "select count(*) from pg_settings where name = 'listen_addresses' and "
                             "setting = ''"),
                     1);
        cr_expect_eq(ask(pg, "select count(*) from pg_settings where name = 'server_encoding' and "
                             "setting = 'UTF8'"),
                     1);
        g_autofree char *run = g_strdup_printf("%s/run", dir);
        struct stat st;
        cr_assert_eq(stat(run, &st), 0);
        cr_expect_eq(st.st_mode & 0777, 0700, "nobody else may reach the socket");
    }
    cr_expect_lt(kill(pid, 0), 0);
    AUTO(pgserver) again = must_start(dir);
    cr_expect_eq(ask(again, "select count(*) from kept"), 0);
}

Test(pgserver, starts_after_a_crash_whose_pid_is_somebody_elses)
{
    g_autofree char *file = g_strdup_printf("%s/pg/postmaster.pid", dir), *text = NULL;

    {
        AUTO(pgserver) pg = must_start(dir);
        kill(pgserver_pid(pg), SIGKILL);
    }
    cr_assert(g_file_get_contents(file, &text, NULL, NULL), "a crash leaves the pid file");
    g_autofree char *foreign = g_strdup_printf("%d%s", (int)getpid(), strchr(text, '\n'));
    cr_assert(g_file_set_contents(file, foreign, -1, NULL));
    AUTO(pgserver) again = must_start(dir);
    cr_expect_eq(ask(again, "select 7"), 7);
}

Test(pgserver, starts_after_an_initdb_that_was_killed)
{
    g_autofree char *half = g_strdup_printf("%s/pg.new/base/1", dir);
    g_autofree char *version = g_strdup_printf("%s/pg.new/PG_VERSION", dir);

    cr_assert_eq(g_mkdir_with_parents(half, 0700), 0);
    cr_assert(g_file_set_contents(version, "15\n", -1, NULL));
    AUTO(pgserver) pg = must_start(dir);
    cr_expect_eq(ask(pg, "select 7"), 7);
}

Test(pgserver, a_second_server_on_the_folder_is_refused)
{
    AUTO(pgserver) pg = must_start(dir);

    must_fail(pgserver_start(dir, &e), ERR_CONFLICT, "another server");
    cr_expect_eq(ask(pg, "select 7"), 7);
}

Test(pgserver, ends_with_a_parent_that_is_killed_and_can_be_started_at_once)
{
    int ends[2], pid = 0, status;

    cr_assert_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct err err;
        struct pgserver *pg = pgserver_start(dir, &err);
        int child = pg ? pgserver_pid(pg) : 0;
        if (write(ends[1], &child, sizeof(child)) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    cr_assert_eq(read(ends[0], &pid, sizeof(pid)), (ssize_t)sizeof(pid));
    cr_assert_gt(pid, 0);
    kill(parent, SIGKILL);
    waitpid(parent, &status, 0);
    AUTO(pgserver) again = must_start(dir);
    cr_expect_eq(ask(again, "select 7"), 7);
    cr_expect(gone(pid), "the first server is still there");
}

Test(pgserver, a_long_folder_gets_a_short_socket_and_keeps_its_mode)
{
    g_autofree char *deep =
        g_strdup_printf("%s/%0100d/%0100d", dir, 1, 2); /* far beyond a socket's 107 bytes */
    g_autofree char *parent = g_path_get_dirname(deep);
    struct stat st;

    cr_assert_eq(mkdir(parent, 0711), 0);
    cr_assert_eq(chmod(parent, 0711), 0);
    cr_assert_eq(mkdir(deep, 01777), 0);
    cr_assert_eq(chmod(deep, 01777), 0);
    AUTO(pgserver) pg = must_start(deep);
    cr_expect_eq(ask(pg, "select 7"), 7);
    cr_assert_eq(stat(deep, &st), 0);
    cr_expect_eq(st.st_mode & 07777, 01777, "a folder that was there keeps its mode");
}

Test(pgserver, says_what_is_wrong_with_a_folder)
{
    g_autofree char *file = g_strdup_printf("%s/file", dir);
    g_autofree char *inside = g_strdup_printf("%s/file/data", dir);
    g_autofree char *junk = g_strdup_printf("%s/pg/junk", dir);

    cr_assert(g_file_set_contents(file, "x", 1, NULL));
    must_fail(pgserver_start(inside, &e), ERR_IO, "file/data");
    g_autofree char *pg = g_path_get_dirname(junk);
    cr_assert_eq(mkdir(pg, 0700), 0);
    cr_assert(g_file_set_contents(junk, "x", 1, NULL));
    must_fail(pgserver_start(dir, &e), ERR_IO, "/pg: ");
}
