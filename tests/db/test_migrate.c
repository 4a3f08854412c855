/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Migrations on an empty, a current, a tampered and a newer database. */
#include <sys/wait.h>
#include <unistd.h>

#include "schema/migrate.h"
#include "tests/db/db_test.h"

static struct db_test t;
static struct db *bare;

static void start(void)
{
    struct err err;

    db_test_need();
    db_test_init(&t, true);
    bare = db_open_bare(t.url, &err);
    cr_assert(bare, "%s", err.msg);
}

static void stop(void)
{
    if (!t.url)
        return;
    db_free(bare);
    db_test_done(&t);
}

TestSuite(migrate, .init = start, .fini = stop);

Test(migrate, applies_everything_once)
{
    struct migrate_report first, again;

    must(migrate_check(bare, &first, &e));
    cr_expect_eq(first.version, 0);
    unsigned missing = first.applied;
    cr_expect_gt(missing, 0);
    must(migrate_run(bare, &first, &e));
    cr_expect_eq(first.applied, missing);
    cr_expect_eq(first.version, missing);
    must(migrate_run(bare, &again, &e));
    cr_expect_eq(again.applied, 0);
    cr_expect_eq(again.version, first.version);
    must(migrate_check(bare, &again, &e));
    cr_expect_eq(again.applied, 0);
    cr_expect_eq(db_test_int(t.url, "select count(*) from schema_migration"), missing);
}

Test(migrate, mirrors_every_kind)
{
    struct migrate_report r;
    int64_t nodes = 0, edges = 0;

    must(migrate_run(bare, &r, &e));
    for (unsigned i = 0; i < NODE_KIND_LIMIT; i++)
        nodes += kinds_node(i) != NULL;
    for (unsigned i = 0; i < EDGE_KIND_LIMIT; i++)
        edges += kinds_edge(i) != NULL;
    cr_expect_eq(db_test_int(t.url, "select count(*) from node_kind"), nodes);
    cr_expect_eq(db_test_int(t.url, "select count(*) from edge_kind"), edges);
    cr_expect_eq(db_test_int(t.url, "select count(*) from node_kind where name = 'podset' and hub"),
                 1);
    /* A sentence may be rewritten, a number may not change its meaning. */
    must(db_exec(bare, "update node_kind set sentence = 'old'", &e));
    must(migrate_run(bare, &r, &e));
    cr_expect_eq(db_test_int(t.url, "select count(*) from node_kind where sentence = 'old'"), 0);
    must(db_exec(bare, "update node_kind set name = 'ship' where id = 5", &e));
    must_fail(migrate_run(bare, &r, &e), ERR_CONFLICT, "kind 5 is not \"pod\"");
}

Test(migrate, refuses_a_changed_text_a_gap_and_a_newer_database)
{
    struct migrate_report r;

    must(migrate_run(bare, &r, &e));
    must(db_exec(bare, "update schema_migration set checksum = 'other' where number = 1", &e));
    must_fail(migrate_run(bare, &r, &e), ERR_CONFLICT, "0001_graph.sql was applied with another");
    must_fail(migrate_check(bare, &r, &e), ERR_CONFLICT, "another text");
    must(db_exec(bare, "delete from schema_migration where number = 1", &e));
    must_fail(migrate_run(bare, &r, &e), ERR_CONFLICT, "migration 1 is missing");
}

Test(migrate, refuses_a_newer_database)
{
    struct migrate_report r;

    must(migrate_run(bare, &r, &e));
    must(db_exec(bare,
                 "insert into schema_migration select max(number) + 1, '9999_later.sql', 'x'"
                 " from schema_migration",
                 &e));
    must_fail(migrate_run(bare, &r, &e), ERR_CONFLICT, "newer than this program: it has 9999");
}

Test(migrate, a_failing_migration_leaves_nothing)
{
    struct migrate_report r;

    /* 0001 fails half way: one of its tables is there already. */
    must(db_exec(bare, "create table edge_kind ()", &e));
    must_fail(migrate_run(bare, &r, &e), ERR_CONFLICT, "0001_graph.sql");
    cr_expect_eq(db_test_int(t.url, "select count(*) from pg_tables where schemaname = 'public'"),
                 2); /* edge_kind and schema_migration */
    must(db_exec(bare, "drop table edge_kind", &e));
    must(migrate_run(bare, &r, &e));
    cr_expect_gt(r.applied, 0);
}

Test(migrate, two_at_a_time_both_succeed)
{
    pid_t children[4];

    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct err err;
            struct migrate_report r;
            struct db *db = db_open_bare(t.url, &err);
            _exit(db && migrate_run(db, &r, &err) ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        cr_expect_eq(status, 0);
    }
    must(migrate_check(bare, &(struct migrate_report){0}, &e));
}
