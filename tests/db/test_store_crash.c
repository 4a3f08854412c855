/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writers that are killed: the previous generation stays whole and the lock is free. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "schema/store.h"
#include "tests/db/db_test.h"
#include "tests/db/synthetic.h"
#include "tests/support/evidence.h"

static struct db_test t;

static void start(void)
{
    db_test_need();
    db_test_init(&t, false);
}

static void stop(void)
{
    if (t.url)
        db_test_done(&t);
}

TestSuite(store_crash, .init = start, .fini = stop, .timeout = 240);

static struct part part_of(struct arena *a, unsigned round)
{
    struct synthetic s = {"shop", 3000, 6000, 800, 2, round};

    return synthetic_part(a, &s);
}

/* A process of its own that writes round after round until it is killed. */
static pid_t start_writer(unsigned round)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    struct err e;
    struct store_result r;
    struct arena *a = arena_new();
    struct db *db = db_open(t.url, &e);
    for (; db; round++) {
        struct part p = part_of(a, round);
        if (!store_write(db, &p, &r, &e) && e.kind != ERR_BUSY)
            break;
    }
    _exit(1);
}

/* What the current generation says about itself must be what is there, from one round only. */
static unsigned check_whole(struct arena *a)
{
    struct part got;

    must(store_read(t.db, "shop", a, &got, &e));
    cr_assert_eq(got.nnodes, 3000);
    cr_assert_eq(got.nedges, 6000);
    unsigned round = (unsigned)(got.taken_at % 1000000);
    g_autofree char *want = g_strdup_printf("round %u\"", round);
    size_t of_round = 0;
    for (size_t i = 0; i < got.nedges; i++)
        of_round += strstr(evidence_of(&got, &got.edges[i], a), want) != NULL;
    cr_assert_eq(of_round, round ? 3000 : 6000, "round %u: %zu edges of it", round, of_round);
    g_autofree char *objects =
        g_strdup_printf("select count(*) from object where valid_to is null and trimmed #>> "
                        "'{metadata,labels,round}' = '%u'",
                        round);
    cr_assert_eq(db_test_int(t.url, objects), round ? 400 : 800);
    return got.generation;
}

static uint32_t generation_now(void)
{
    return (uint32_t)db_test_int(t.url, "select generation from cluster where name = 'shop'");
}

static void kill_writer(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the writer ended by itself");
}

Test(store_crash, a_killed_writer_leaves_the_previous_generation_whole)
{
    AUTO(arena) a = arena_new();
    struct part first = part_of(a, 0);
    struct store_result r;
    uint32_t seen = 1;

    usec began = clock_mono();
    must(store_write(t.db, &first, &r, &e));
    /* As long as a few writes of this build on this machine, so that kills fall into all of it. */
    gulong span = (gulong)(clock_mono() - began) * 3 + 100000;
    db_free(TAKE(t.db)); /* and with it the lock */
    srand(11);
    for (unsigned round = 0; round < 20; round++) {
        AUTO(arena) mine = arena_new();
        struct err err;
        pid_t pid = start_writer(round * 1000 + 1);
        for (int i = 0; round % 4 == 3 && i < 3000 && generation_now() == seen; i++)
            g_usleep(10000); /* let this one commit before its end comes */
        g_usleep((gulong)rand() % span);
        kill_writer(pid);
        t.db = db_open(t.url, &err);
        cr_assert(t.db, "%s", err.msg);
        uint32_t now = check_whole(mine);
        cr_assert_geq(now, seen);
        seen = now;
        db_free(TAKE(t.db));
    }
    cr_assert_gt(seen, 1, "no writer ever got as far as to commit: the kills came too early");
    cr_expect_eq(db_test_int(t.url, "select count(*) from generation") - (int64_t)seen, 0);
    cr_expect_eq(db_test_int(t.url, "select generation from cluster") - (int64_t)seen, 0);
    /* The lock is free once the server has seen the last one's end. */
    for (int i = 0; i < 200; i++, g_usleep(50000))
        if (db_test_int(t.url, "select count(*) from pg_locks l join pg_database d on d.oid = "
                               "l.database where l.locktype = 'advisory' and d.datname = "
                               "current_database()") == 0)
            return;
    cr_assert(false, "the lock is still held");
}

Test(store_crash, a_killed_first_load_leaves_no_cluster)
{
    AUTO(arena) a = arena_new();
    struct store_cluster *all;
    struct store_result r;
    size_t n = 0;

    srand(12);
    for (unsigned round = 0; round < 10 && n == 0; round++) {
        pid_t pid = start_writer(0);
        g_usleep(10000 + (gulong)rand() % 150000);
        kill_writer(pid);
        must(store_clusters(t.db, a, &all, &n, &e));
        cr_expect_eq(db_test_int(t.url, "select count(*) from generation") > 0, n > 0);
        cr_expect_eq(db_test_int(t.url, "select count(*) from node") > 0, n > 0);
    }
    struct part p = part_of(a, 0);
    struct err err = {0};
    for (int i = 0; i < 200; i++, g_usleep(50000))
        if (store_write(t.db, &p, &r, &err) || err.kind != ERR_BUSY)
            break;
    cr_assert_eq(err.kind == ERR_BUSY || err.kind == 0, true, "%s", err.msg);
    check_whole(a);
}
