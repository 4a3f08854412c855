/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wrapper around libpq: failures and what they mean, COPY both ways, notifications. */
#include <glib.h>

#include "tests/db/db_test.h"

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

TestSuite(db, .init = start, .fini = stop);

Test(db, a_failure_has_the_kind_of_its_sqlstate)
{
    static const struct {
        const char *sql, *part;
        enum err_kind kind;
    } cases[] = {
        {"insert into node_kind select id, name, hub, sentence from node_kind limit 1",
         "duplicate key", ERR_CONFLICT},
        {"do $$ begin raise sqlstate '40001'; end $$", "40001", ERR_CONFLICT},
        {"do $$ begin raise sqlstate '53300'; end $$", "53300", ERR_BUSY},
        {"set statement_timeout = 20; select pg_sleep(10)", "statement timeout", ERR_BUSY},
        {"select '{'::jsonb", "invalid input syntax", ERR_INPUT},
        {"select 1 / 0", "division by zero", ERR_INPUT},
        {"insert into node_kind values (5, null, true, '')", "not-null", ERR_INPUT},
        {"create database template1", "already exists", ERR_CONFLICT},
        {"create table node_kind ()", "already exists", ERR_CONFLICT},
        {"select * from nothing", "\"nothing\" does not exist", ERR_DB},
        {"selec 1", "syntax error", ERR_DB},
        {"select 1; select 'two' || chr(10) || 'lines' from nowhere", "nowhere", ERR_DB},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        cr_expect_not(db_exec(t.db, cases[i].sql, &e), "%s", cases[i].sql);
        cr_expect_eq(e.kind, cases[i].kind, "%s: %s", cases[i].sql, e.msg);
        cr_expect(strstr(e.msg, cases[i].part), "%s: %s", cases[i].sql, e.msg);
    }
    cr_expect(db_alive(t.db));
}

Test(db, a_failed_connection_says_why_and_never_the_password)
{
    static const struct {
        const char *url;
        enum err_kind kind;
    } cases[] = {
        {"postgresql://me:hunter2@127.0.0.1:1/x?connect_timeout=2", ERR_DB},
        {"postgresql://me:hunter2@[::1/x", ERR_USAGE},
        {"postgresql://me:hunter2%zz@h/x", ERR_USAGE},
        {"password=hunter2 hunter2", ERR_USAGE},
        {"postgresql://h/x?hunter2=1", ERR_USAGE},
        {"hunter2", ERR_USAGE},
        {"", ERR_DB},
    };
    /* Where the empty URL leads must not depend on the machine. */
    g_setenv("PGHOST", "/nonexistent", TRUE);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        struct db *db = db_open(cases[i].url, &e);
        cr_expect_null(db);
        db_free(db);
        cr_expect_eq(e.kind, cases[i].kind, "%s: %s", cases[i].url, e.msg);
        cr_expect_not(strstr(e.msg, "hunter2"), "%s", e.msg);
        cr_expect_gt(strlen(e.msg), 10);
    }
}

Test(db, an_empty_database_is_not_taken_for_ours)
{
    struct err e = {0};
    g_autofree char *url = db_test_url("template1");
    struct db *db = db_open(url, &e);

    cr_expect_null(db);
    cr_expect_eq(e.kind, ERR_DB);
    cr_expect(strstr(e.msg, "is the database migrated"), "%s", e.msg);
}

Test(db, the_url_overrides_what_we_set)
{
    struct err err;
    g_autofree char *url = g_strdup_printf("%s&options=-c%%20statement_timeout%%3D7s"
                                           "&application_name=someone",
                                           t.url);
    AUTO(db) db = db_open(url, &err);

    cr_assert(db, "%s", err.msg);
    must(db_exec(db,
                 "do $$ begin assert current_setting('statement_timeout') = '7s'; assert "
                 "current_setting('application_name') = 'someone'; end $$",
                 &e));
    must(db_exec(t.db,
                 "do $$ begin assert current_setting('statement_timeout') = '1min'; assert "
                 "current_setting('lock_timeout') = '10s'; assert "
                 "current_setting('application_name') <> ''; end $$",
                 &e));
}

struct tx {
    bool fail, kill;
};

static bool in_tx(struct db *db, void *arg, struct err *e)
{
    const struct tx *x = arg;

    if (!db_exec(db, "insert into node_kind values (60, 'raft', false, '')", e))
        return false;
    if (x->kill)
        return db_exec(db, "select pg_terminate_backend(pg_backend_pid())", e);
    return !x->fail || err_set(e, ERR_BUG, "on purpose");
}

Test(db, a_transaction_is_all_or_nothing)
{
    struct tx good = {0}, bad = {.fail = true}, lost = {.kill = true};
    const char *count = "select count(*) from node_kind where id = 60";

    must_fail(db_tx(t.db, in_tx, &bad, &e), ERR_BUG, "on purpose");
    cr_expect_eq(db_test_int(t.url, count), 0);
    must(db_tx(t.db, in_tx, &good, &e));
    cr_expect_eq(db_test_int(t.url, count), 1);
    must_fail(db_tx(t.db, in_tx, &good, &e), ERR_CONFLICT, "duplicate key");
    must_fail(db_tx(t.db, in_tx, &lost, &e), ERR_CONFLICT, "duplicate key");
    must(db_exec(t.db, "delete from node_kind where id = 60", &e));
    must_fail(db_tx(t.db, in_tx, &lost, &e), ERR_DB, "connection lost");
    cr_expect_not(db_alive(t.db));
    cr_expect_eq(db_test_int(t.url, count), 0);
}

Test(db, a_server_that_went_away_is_noticed)
{
    bool got;

    cr_expect(db_alive(t.db));
    must(db_listen(t.db, "graph_changed", &e));
    g_autofree char *end = g_strdup_printf(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '%s'",
        t.name);
    cr_expect_eq(db_test_int(test_database(), end), 1);
    for (int i = 0; i < 100 && db_alive(t.db); i++)
        g_usleep(20000);
    cr_expect_not(db_alive(t.db));
    must_fail(db_wait_notify(t.db, 1000, &got, &e), ERR_DB, "");
    must_fail(db_exec(t.db, "select 1", &e), ERR_DB, "");
    struct err err = {0};
    AUTO(db_rows) r = db_query(t.db, SQL_CLUSTER_LIST, NULL, &err);
    cr_expect_null(r);
    cr_expect_eq(err.kind, ERR_DB);
    must_fail(db_copy_start(t.db, "copy x from stdin (format binary)", &e), ERR_DB, "");
}

Test(db, notifications_are_waited_for)
{
    bool got;
    usec begin = clock_mono();

    must(db_listen(t.db, "odd \"name\"; drop table node", &e));
    must(db_wait_notify(t.db, 150, &got, &e));
    cr_expect_not(got);
    cr_expect_geq(clock_mono() - begin, 140000);
    g_free(db_test_text(t.url, "select pg_notify('odd \"name\"; drop table node', '1')"));
    begin = clock_mono();
    must(db_wait_notify(t.db, 20000, &got, &e));
    cr_expect(got);
    cr_expect_lt(clock_mono() - begin, 10000000);
}

static bool copy_all_types(struct db *db, const char *text, struct err *e)
{
    static const uint8_t uuid[16] = {0xde, 0xad, [15] = 0x01};

    if (!db_copy_start(db, "copy every from stdin (format binary)", e))
        return false;
    db_copy_row(db, 7);
    db_copy_text(db, text);
    db_copy_jsonb(db, "{\"a\": [1]}");
    db_copy_int2(db, -2);
    db_copy_int4(db, INT32_MIN);
    db_copy_int8(db, INT64_MAX);
    db_copy_float8(db, 0.1);
    db_copy_uuid(db, uuid);
    db_copy_row(db, 7);
    for (int i = 0; i < 7; i++)
        db_copy_text(db, NULL);
    return db_copy_end(db, e);
}

struct seen {
    struct arena *arena;
    const char *text, *json;
    int64_t i2, i4, i8;
    double f8;
    int rows, stop_after;
};

static bool see(void *arg, const struct db_field *f, struct err *e)
{
    struct seen *s = arg;

    if (++s->rows == s->stop_after)
        return err_set(e, ERR_LIMIT, "enough");
    if (f[0].len < 0) {
        for (int i = 0; i < 6; i++)
            cr_expect_eq(f[i].len, -1);
        return true;
    }
    return db_field_text(&f[0], s->arena, &s->text, e) &&
           db_field_text(&f[1], s->arena, &s->json, e) && db_field_int(&f[2], &s->i2, e) &&
           db_field_int(&f[3], &s->i4, e) && db_field_int(&f[4], &s->i8, e) &&
           db_field_float8(&f[5], &s->f8, e);
}

Test(db, copy_brings_every_type_there_and_back)
{
    AUTO(arena) a = arena_new();
    struct seen s = {.arena = a};
    char *large = arena_alloc(a, 3000001); /* more than the buffer holds */

    memset(large, 'x', 3000000);
    large[3000000] = '\0';
    must(db_exec(t.db,
                 "create table every (t text, j jsonb, a int2, b int4, c int8, d float8, u uuid)",
                 &e));
    must(copy_all_types(t.db, large, &e));
    must(db_copy_out(t.db,
                     "copy (select t, j::text, a, b, c, d from every order by t nulls last) "
                     "to stdout (format binary)",
                     6, see, &s, &e));
    cr_expect_eq(s.rows, 2);
    cr_expect_str_eq(s.text, large);
    cr_expect_str_eq(s.json, "{\"a\": [1]}");
    cr_expect_eq(s.i2, -2);
    cr_expect_eq(s.i4, INT32_MIN);
    cr_expect_eq(s.i8, INT64_MAX);
    cr_expect_float_eq(s.f8, 0.1, 0);
    cr_expect_eq(db_test_int(t.url, "select count(*) from every where u = "
                                    "'dead0000-0000-0000-0000-000000000001'"),
                 1);
}

Test(db, a_failed_copy_leaves_the_connection_usable)
{
    AUTO(arena) a = arena_new();
    struct seen s = {.arena = a, .stop_after = 2};

    must(db_exec(t.db, "create table few (n int4 check (n < 5))", &e));
    must(db_copy_start(t.db, "copy few from stdin (format binary)", &e));
    for (int32_t i = 0; i < 100000; i++) {
        db_copy_row(t.db, 1);
        db_copy_int4(t.db, i);
    }
    must_fail(db_copy_end(t.db, &e), ERR_INPUT, "few_n_check");
    must(db_copy_start(t.db, "copy few from stdin (format binary)", &e));
    db_copy_row(t.db, 2); /* one column too many */
    db_copy_int4(t.db, 1);
    db_copy_int4(t.db, 1);
    must_fail(db_copy_end(t.db, &e), ERR_INPUT, "");
    must_fail(db_copy_start(t.db, "copy nowhere from stdin (format binary)", &e), ERR_DB,
              "nowhere");
    must_fail(db_copy_start(t.db, "select 1", &e), ERR_DB, "");
    /* A reader that stops half way, and one that wants other columns. */
    const char *many = "copy (select 'a', '{}', 1::int2, 1, 1::int8, 1::float8 "
                       "from generate_series(1, 300000)) to stdout (format binary)";
    must_fail(db_copy_out(t.db, many, 6, see, &s, &e), ERR_LIMIT, "enough");
    must_fail(db_copy_out(t.db, many, 5, see, &s, &e), ERR_DB, "row of 6 fields, want 5");
    s.stop_after = 0;
    s.rows = 0;
    must(db_copy_out(t.db, many, 6, see, &s, &e));
    cr_expect_eq(s.rows, 300000);
}

Test(db, an_alert_that_comes_again_is_counted)
{
    const char *row[] = {
        "2026-11-23T10:00:00.250Z", "falco", "Terminal shell", "60", "key-1", "{ \"raw\" :1}",
        "{\"pod\": \"x\"}"};
    struct err e = {0};

    AUTO(db_rows) first = db_query(t.db, SQL_ALERT_TAKE, row, &e);
    cr_assert(first, "%s", e.msg);
    cr_assert_eq(db_rows_count(first), 1);
    cr_expect_lt(llabs(db_rows_int(first, 0, 1) - clock_now()), 60000000);
    cr_expect_eq(db_rows_int(first, 0, 3), INT64_C(1795428000250000));
    cr_expect_eq(db_rows_int(first, 0, 7), 1);
    AUTO(db_rows) again = db_query(t.db, SQL_ALERT_TAKE, row, &e);
    cr_assert(again, "%s", e.msg);
    cr_expect_eq(db_rows_int(again, 0, 7), 2);
    cr_expect_eq(db_rows_int(again, 0, 1), db_rows_int(first, 0, 1));
    const char *const id[] = {db_rows_text(first, 0, 0)}, *const ten[] = {"10"};
    AUTO(db_rows) one = db_query(t.db, SQL_ALERT_ONE, id, &e);
    cr_assert(one, "%s", e.msg);
    cr_assert_eq(db_rows_count(one), 1);
    cr_expect_str_eq(db_rows_text(one, 0, 8), "{\"pod\": \"x\"}");
    AUTO(db_rows) all = db_query(t.db, SQL_ALERT_NEWEST, ten, &e);
    cr_assert(all, "%s", e.msg);
    cr_expect_eq(db_rows_count(all), 1);
    cr_expect_eq(db_test_int(t.url, "select count(*) from alert where raw = '{ \"raw\" :1}'"), 1);
}

Test(db, alerts_that_no_column_takes_are_bad_input)
{
    static const struct {
        size_t column;
        const char *value;
    } cases[] = {{0, "yesterdayish"},         {1, ""},   {3, "101"},  {3, "x"}, {4, ""},
                 {6, "{\"a\": \"\\u0000\"}"}, {6, "[]"}, {5, "\xff"}, {2, NULL}};
    const char *const not_an_id[] = {"17"};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *row[] = {"2026-11-23T10:00:00Z", "falco", "r", "60", "key-1", "{}", "{}"};
        struct err e = {0};
        row[cases[i].column] = cases[i].value;
        AUTO(db_rows) r = db_query(t.db, SQL_ALERT_TAKE, row, &e);
        cr_expect_null(r, "%zu: %s", cases[i].column, cases[i].value);
        cr_expect_eq(e.kind, ERR_INPUT, "%zu: %s", i, e.msg);
    }
    struct err e = {0};
    AUTO(db_rows) r = db_query(t.db, SQL_ALERT_ONE, not_an_id, &e);
    cr_expect_null(r);
    cr_expect_eq(e.kind, ERR_INPUT);
}
