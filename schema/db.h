/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PostgreSQL: a connection, prepared statements named after schema/sql files, transactions, COPY.
 * The only file that knows libpq is db.c.  A connection belongs to one thread at a time. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "gen/sql.h"

struct db;
struct db_rows;

/* Connects and prepares every statement of schema/sql (so a typo fails here), but those on
 * temporary tables, stage_*, which are parsed when they are used.  A statement may take a minute
 * and wait ten seconds for a lock unless the URL sets other `options`. Errors: DB if the server
 * cannot be reached or lacks the schema; USAGE if `url` cannot be read. */
struct db *db_open(const char *url, struct err *e) MUST_CHECK;

/* Connects without preparing anything: for migrations.  Statements may take any time. */
struct db *db_open_bare(const char *url, struct err *e) MUST_CHECK;
void db_free(struct db *db);
DEFINE_AUTO(db)

/* False once the server has gone; the connection must then be opened anew. */
bool db_alive(const struct db *db);

/* Runs a statement with text parameters (NULL is SQL null); as many as its `-- params:` line names.
 * Returns: its rows, NULL on failure.
 * Errors: CONFLICT for unique and serialization failures, BUSY for time-outs and too many
 * connections, INPUT for values that no column takes (class 22, a check, a size limit), DB for the
 * rest. */
struct db_rows *db_query(struct db *db, enum sql_stmt stmt, const char *const *params,
                         struct err *e) MUST_CHECK;

/* Runs SQL text without parameters, any number of statements: for migrations and tests. */
bool db_exec(struct db *db, const char *sql, struct err *e) MUST_CHECK;

/* Ends the rows; NULL is fine. */
void db_rows_free(struct db_rows *r);
DEFINE_AUTO(db_rows)

/* Rows returned (or, for statements without any, rows changed). */
size_t db_rows_count(const struct db_rows *r);

/* A value as text, borrowed from `r`; NULL for SQL null.  row < count, column as selected. */
const char *db_rows_text(const struct db_rows *r, size_t row, unsigned column);

/* A value as an integer (as microseconds since the epoch for a column selected by
 * `extract(epoch ...)*1000000)::bigint`); 0 for SQL null. */
int64_t db_rows_int(const struct db_rows *r, size_t row, unsigned column);

/* Begin, fn, commit; rollback if fn or the commit fails.  fn's failure is what the caller sees. */
bool db_tx(struct db *db, bool (*fn)(struct db *, void *, struct err *), void *arg, struct err *e)
    MUST_CHECK;

/* Binary COPY in: start with "copy t (a, b) from stdin (format binary)", then rows of fields in the
 * order of the columns, then the end.  Between start and end no other call on `db`.  What goes
 * wrong in between is what the end returns. */
bool db_copy_start(struct db *db, const char *sql, struct err *e) MUST_CHECK;
void db_copy_row(struct db *db, uint16_t nfields);
void db_copy_text(struct db *db, const char *s); /* text, jsonb is another call; NULL is null */
void db_copy_jsonb(struct db *db, const char *json);
void db_copy_int2(struct db *db, int16_t v);
void db_copy_int4(struct db *db, int32_t v);
void db_copy_int8(struct db *db, int64_t v);
void db_copy_float8(struct db *db, double v);
void db_copy_uuid(struct db *db, const uint8_t v[16]);
bool db_copy_end(struct db *db, struct err *e) MUST_CHECK;

/* A field of a COPY row coming out: big-endian bytes; len is -1 for null. */
struct db_field {
    const char *bytes;
    int32_t len;
};

/* Binary COPY out: calls `row` for each row, fields borrowed for the call.
 * Errors: DB if the stream is malformed or has another number of fields; what `row` returns. */
bool db_copy_out(struct db *db, const char *sql, uint16_t nfields,
                 bool (*row)(void *, const struct db_field *, struct err *), void *arg,
                 struct err *e) MUST_CHECK;

/* The binary COPY format by itself, for db_copy_out and the fuzzer: takes the next bytes of the
 * stream.  *used says how many of them were consumed: whole rows only, so what is left over must
 * come again with more behind it. Errors: DB for a malformed stream, a field above DB_FIELD_MAX,
 * bytes after the end; what `row` returns. */
enum { DB_FIELDS_MAX = 64, DB_FIELD_MAX = 256 << 20 };

struct db_copy_reader {
    uint16_t nfields;
    bool started, ended;
    bool (*row)(void *, const struct db_field *, struct err *);
    void *arg;
};

/* The next bytes of the stream, as said above. */
bool db_copy_read(struct db_copy_reader *r, const char *bytes, size_t len, size_t *used,
                  struct err *e) MUST_CHECK;

/* Fields to values.  Errors: DB if the length does not fit. */
bool db_field_int(const struct db_field *f, int64_t *out, struct err *e) MUST_CHECK;
bool db_field_float8(const struct db_field *f, double *out, struct err *e) MUST_CHECK;
bool db_field_text(const struct db_field *f, struct arena *a, const char **out, struct err *e)
    MUST_CHECK;

/* Waits up to `wait_ms` for a NOTIFY on the channel that db_listen named.
 * Returns: true with *got telling whether one came. */
bool db_listen(struct db *db, const char *channel, struct err *e) MUST_CHECK;
bool db_wait_notify(struct db *db, int wait_ms, bool *got, struct err *e) MUST_CHECK;
