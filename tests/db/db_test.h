/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests that need a database: a fresh, migrated one for each test. */
#pragma once

#include "schema/db.h"
#include "schema/rows.h"
#include "tests/test.h"

/* A database of this test's own; lives until db_test_done, which drops it. */
struct db_test {
    char name[64];
    char *url;
    struct db *db; /* open, statements prepared */
};

/* Makes one from a template that was migrated once for all tests; `bare`: empty, and db is NULL. */
void db_test_init(struct db_test *t, bool bare);
void db_test_done(struct db_test *t);

/* The URL of another database of the same server; to be freed. */
char *db_test_url(const char *database);

/* The first column of the only row of a query, as an integer or a copy of the text. */
int64_t db_test_int(const char *url, const char *sql);
char *db_test_text(const char *url, const char *sql);

/* Leaves the test, saying so, where there is no PostgreSQL. */
#define db_test_need()                                                                             \
    do {                                                                                           \
        if (!test_database())                                                                      \
            cr_skip_test("no PostgreSQL: GRAPHD_TEST_DATABASE is not set");                        \
    } while (0)
