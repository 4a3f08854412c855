/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fresh databases for tests that run side by side. */
#include "tests/db/db_test.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>
#include <libpq-fe.h>

#include "gen/migrations.h"
#include "schema/migrate.h"

/* "grat", the lock under which the template is made and copied. */
#define TEMPLATE_LOCK "1735549300"

char *db_test_url(const char *database)
{
    const char *url = test_database(), *query = strchr(url, '?');
    size_t len = query ? (size_t)(query - url) : strlen(url);

    while (len && url[len - 1] != '/')
        len--;
    return g_strdup_printf("%.*s%s%s", (int)len, url, database, query ? query : "");
}

/* One that changes with the migrations, so that a server which lives longer does no harm. */
static char *template_name(void)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (size_t i = 0; migration_text[i].name; i++)
        for (const char *const *line = migration_text[i].lines; *line; line++)
            g_checksum_update(sum, (const guchar *)*line, -1);
    return g_strdup_printf("graphd_template_%.12s", g_checksum_get_string(sum));
}

static char *ask(PGconn *conn, const char *sql)
{
    PGresult *res = PQexec(conn, sql);

    cr_assert(PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK,
              "%s: %s", sql, PQerrorMessage(conn));
    char *text = PQntuples(res) ? g_strdup(PQgetvalue(res, 0, 0)) : NULL;
    PQclear(res);
    return text;
}

static void tell(PGconn *conn, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void tell(PGconn *conn, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_autofree char *sql = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_free(ask(conn, sql));
}

static PGconn *reach(const char *url)
{
    PGconn *conn = PQconnectdb(url);

    cr_assert(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
    tell(conn, "set client_min_messages = error");
    return conn;
}

/* Under another name until it is whole: a test that dies here leaves nothing that looks finished.
 */
static void make_template(PGconn *conn, const char *name)
{
    g_autofree char *raw = g_strdup_printf("%s_raw", name);
    g_autofree char *url = db_test_url(raw);
    struct migrate_report report;
    struct err err;

    tell(conn, "drop database if exists %s", raw);
    tell(conn, "create database %s template template0 encoding 'UTF8' locale 'C'", raw);
    {
        AUTO(db) db = db_open_bare(url, &err);
        cr_assert(db, "%s", err.msg);
        must(migrate_run(db, &report, &e));
    }
    tell(conn, "alter database %s rename to %s", raw, name);
}

void db_test_init(struct db_test *t, bool bare)
{
    static unsigned count;
    g_autofree char *template = template_name();
    struct err err;

    snprintf(t->name, sizeof(t->name), "test_%d_%u", (int)getpid(), count++);
    t->url = db_test_url(t->name);
    t->db = NULL;
    PGconn *conn = reach(test_database());
    tell(conn, "select pg_advisory_lock(" TEMPLATE_LOCK ")");
    g_autofree char *sql =
        g_strdup_printf("select count(*) from pg_database where datname = '%s'", template);
    g_autofree char *there = ask(conn, sql);
    if (!bare && strcmp(there, "0") == 0)
        make_template(conn, template);
    tell(conn, "drop database if exists %s", t->name);
    tell(conn, "create database %s template %s", t->name, bare ? "template0" : template);
    PQfinish(conn);
    if (!bare) {
        t->db = db_open(t->url, &err);
        cr_assert(t->db, "%s", err.msg);
    }
}

void db_test_done(struct db_test *t)
{
    db_free(t->db);
    PGconn *conn = reach(test_database());
    tell(conn, "drop database %s with (force)", t->name);
    PQfinish(conn);
    g_free(t->url);
}

char *db_test_text(const char *url, const char *sql)
{
    PGconn *conn = reach(url);
    char *text = ask(conn, sql);

    PQfinish(conn);
    return text;
}

int64_t db_test_int(const char *url, const char *sql)
{
    g_autofree char *text = db_test_text(url, sql);

    cr_assert(text, "%s: no row", sql);
    return g_ascii_strtoll(text, NULL, 10);
}
