/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The migrations of schema/migrations, and the mirror of schema/kinds.def. */
#include "schema/migrate.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "gen/migrations.h"
#include "schema/kinds.h"

static const char table[] = "create table if not exists schema_migration ("
                            "    number     integer     primary key,"
                            "    name       text        not null,"
                            "    checksum   text        not null," /* SHA-256, hex */
                            "    applied_at timestamptz not null default now())";

static unsigned ours(void)
{
    return ARRAY_LEN(migration_text) - 1;
}

static char *join(const char *const *lines)
{
    GString *text = g_string_new(NULL);

    for (; *lines; lines++)
        g_string_append(text, *lines);
    return g_string_free(text, FALSE);
}

static struct db_rows *query(struct db *db, enum sql_stmt stmt, struct err *e)
{
    return db_query(db, stmt, NULL, e);
}

/* Compares what was applied with what the program holds. */
static bool compare(struct db *db, unsigned *applied, struct err *e)
{
    *applied = 0;
    AUTO(db_rows) known = query(db, SQL_MIGRATION_KNOWN, e);
    if (!known)
        return false;
    if (strcmp(db_rows_text(known, 0, 0), "t") != 0)
        return true;
    AUTO(db_rows) rows = query(db, SQL_MIGRATION_LIST, e);
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        int64_t number = db_rows_int(rows, i, 0);
        const char *name = db_rows_text(rows, i, 1);
        if (number != (int64_t)i + 1)
            return err_set(e, ERR_CONFLICT,
                           "migration %zu is missing in the database, but %s is not", i + 1, name);
        if (i >= ours())
            return err_set(e, ERR_CONFLICT, "the database is newer than this program: it has %s",
                           name);
        g_autofree char *text = join(migration_text[i].lines);
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
        if (strcmp(sum, db_rows_text(rows, i, 2)) != 0)
            return err_set(e, ERR_CONFLICT, "migration %s was applied with another text", name);
        ++*applied;
    }
    return true;
}

/* One transaction: the migration and its record. */
static bool apply(struct db *db, void *arg, struct err *e)
{
    unsigned i = *(const unsigned *)arg;
    char number[16];

    g_autofree char *text = join(migration_text[i].lines);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    snprintf(number, sizeof(number), "%u", i + 1);
    const char *const row[] = {number, migration_text[i].name, sum};
    if (!db_exec(db, text, e))
        return false;
    AUTO(db_rows) added = db_query(db, SQL_MIGRATION_ADD, row, e);
    return added != NULL;
}

static bool put_kind(struct db *db, enum sql_stmt stmt, const char *const *params, struct err *e)
{
    AUTO(db_rows) r = db_query(db, stmt, params, e);

    if (!r)
        return false;
    return db_rows_count(r) == 1 ||
           err_set(e, ERR_CONFLICT, "kind %s is not \"%s\" in the database", params[0], params[1]);
}

static bool mirror_kinds(struct db *db, void *arg, struct err *e)
{
    char id[16];

    (void)arg;
    for (unsigned i = 0; i < NODE_KIND_LIMIT; i++) {
        const struct node_kind_info *k = kinds_node(i);
        if (!k)
            continue;
        snprintf(id, sizeof(id), "%u", i);
        const char *const row[] = {id, k->name, k->hub ? "true" : "false", k->sentence};
        if (!put_kind(db, SQL_NODE_KIND_PUT, row, e))
            return false;
    }
    for (unsigned i = 0; i < EDGE_KIND_LIMIT; i++) {
        const struct edge_kind_info *k = kinds_edge(i);
        if (!k)
            continue;
        snprintf(id, sizeof(id), "%u", i);
        const char *const row[] = {
            id,        k->label,   kinds_plane_name(k->plane), kinds_class_name(k->class),
            k->attack, k->sentence};
        if (!put_kind(db, SQL_EDGE_KIND_PUT, row, e))
            return false;
    }
    return true;
}

static bool run_locked(struct db *db, struct migrate_report *out, struct err *e)
{
    unsigned applied;

    if (!compare(db, &applied, e) || !db_exec(db, table, e))
        return false;
    for (unsigned i = applied; i < ours(); i++)
        if (!db_tx(db, apply, &i, e))
            return err_wrap(e, "migration %s", migration_text[i].name);
    *out = (struct migrate_report){.applied = ours() - applied, .version = ours()};
    return db_tx(db, mirror_kinds, NULL, e);
}

bool migrate_run(struct db *bare, struct migrate_report *out, struct err *e)
{
    struct err unused;

    AUTO(db_rows) locked = query(bare, SQL_MIGRATION_LOCK, e);
    if (!locked)
        return false;
    bool ok = run_locked(bare, out, e);
    AUTO(db_rows) unlocked = query(bare, SQL_MIGRATION_UNLOCK, &unused);
    err_ignore(unlocked != NULL, "the lock ends with the connection anyway");
    return ok;
}

bool migrate_check(struct db *bare, struct migrate_report *out, struct err *e)
{
    unsigned applied;

    if (!compare(bare, &applied, e))
        return false;
    *out = (struct migrate_report){.applied = ours() - applied, .version = applied};
    return true;
}
