/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects out: one binary COPY, row by row, nothing kept. */
#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "schema/store.h"

enum { FIELDS = 5 };

struct objects {
    const char *cluster;
    uint32_t generation;
    bool (*row)(void *arg, const struct object_row *o, size_t json_len, struct err *e);
    void *arg;
    GString *text[FIELDS]; /* of the row at hand, reused */
};

static bool take(void *arg, const struct db_field *f, struct err *e)
{
    struct objects *o = arg;

    for (size_t i = 0; i < FIELDS; i++) {
        if (f[i].len < 0)
            return err_set(e, ERR_DB, "object: want text, got null");
        g_string_truncate(o->text[i], 0);
        g_string_append_len(o->text[i], f[i].bytes, f[i].len);
    }
    struct object_row row = {.resource = o->text[0]->str,
                             .ns = o->text[1]->str,
                             .name = o->text[2]->str,
                             .uid = o->text[3]->str,
                             .json = o->text[4]->str};
    return o->row(o->arg, &row, o->text[4]->len, e);
}

static bool read_objects(struct db *db, void *arg, struct err *e)
{
    struct objects *o = arg;
    char number[16];
    const char *const params[] = {o->cluster, number};

    snprintf(number, sizeof(number), "%" PRIu32, o->generation);
    if (!db_exec(db, "set transaction isolation level repeatable read, read only", e))
        return false;
    AUTO(db_rows) head = db_query(db, SQL_GENERATION_GET, params, e);
    if (!head)
        return false;
    if (!db_rows_count(head))
        return err_set(e, ERR_MISSING, "it has no generation %" PRIu32, o->generation);
    /* COPY takes no parameters; what is put into its text are numbers of our own. */
    g_autofree char *sql = g_strdup_printf(
        "copy (select resource, ns, name, uid, trimmed::text from object where cluster_id = "
        "%" PRId64 " and valid_from <= %" PRIu32 " and (valid_to is null or valid_to > %" PRIu32
        ")) to stdout (format binary)",
        db_rows_int(head, 0, 0), o->generation, o->generation);
    return db_copy_out(db, sql, FIELDS, take, o, e);
}

bool store_objects(struct db *db, const char *cluster, uint32_t generation,
                   bool (*row)(void *arg, const struct object_row *o, size_t json_len,
                               struct err *e),
                   void *arg, struct err *e)
{
    struct objects o = {.cluster = cluster, .generation = generation, .row = row, .arg = arg};

    for (size_t i = 0; i < FIELDS; i++)
        o.text[i] = g_string_sized_new(i + 1 == FIELDS ? 8192 : 64);
    bool ok = db_tx(db, read_objects, &o, e) || err_wrap(e, "cluster %.100s", cluster);
    for (size_t i = 0; i < FIELDS; i++)
        g_string_free(o.text[i], TRUE);
    return ok;
}
