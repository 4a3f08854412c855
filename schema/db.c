/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libpq, behind our words. */
#include "schema/db.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <glib.h>
#include <libpq-fe.h>

#include "gen/sql_text.h"

enum { COPY_BUFFER = 256 << 10, COPY_HEADER = 19, COPY_EXTENSION_MAX = 64 << 10 };

static const char copy_signature[11] = "PGCOPY\n\377\r\n";

struct db {
    PGconn *conn;
    bool prepared;
    char *buffer; /* of a COPY in, COPY_BUFFER bytes */
    size_t used;
    bool copying, copy_failed;
    struct err copy_err; /* what failed first, if copy_failed */
};

struct db_rows {
    PGresult *res;
};

/* What SQLSTATEs mean to us, longest prefix first; everything else is DB. */
static enum err_kind kind_of(const char *state)
{
    static const struct {
        char prefix[6];
        enum err_kind kind;
    } table[] = {
        {"23505", ERR_CONFLICT}, /* unique_violation */
        {"40001", ERR_CONFLICT}, /* serialization_failure */
        {"40P01", ERR_CONFLICT}, /* deadlock_detected */
        {"42P04", ERR_CONFLICT}, /* duplicate_database */
        {"42P07", ERR_CONFLICT}, /* duplicate_table */
        {"57014", ERR_BUSY},     /* query_canceled: statement_timeout */
        {"55P03", ERR_BUSY},     /* lock_not_available: lock_timeout */
        {"53300", ERR_BUSY},     /* too_many_connections */
        {"22", ERR_INPUT},       /* data exceptions: broken JSON or UTF-8, numbers out of range */
        {"23", ERR_INPUT},       /* the other constraints */
        {"54000", ERR_INPUT},    /* program_limit_exceeded: a value too large to index or store */
    };

    for (size_t i = 0; state && i < ARRAY_LEN(table); i++)
        if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].kind;
    return ERR_DB;
}

/* libpq ends its messages with a newline and puts several lines into one. */
static bool fail_text(struct err *e, enum err_kind kind, const char *text)
{
    g_autofree char *line = g_strdup(text && *text ? text : "no reason given");

    g_strstrip(line);
    g_strdelimit(line, "\n\t", ' ');
    return err_set(e, kind, "%s", line);
}

/* Details are left out: they quote whole rows. */
static bool fail(const struct db *db, const PGresult *res, struct err *e)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    return fail_text(e, kind_of(state), text ? text : PQerrorMessage(db->conn));
}

static bool succeeded(const PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);

    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY;
}

static void no_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

/* libpq quotes a URL that it cannot read, password and all: such complaints are not passed on. */
static bool check_url(const char *url, struct err *e)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &why);

    PQfreemem(why);
    if (!options)
        return err_set(
            e, ERR_USAGE,
            "the database URL cannot be read; want postgresql://USER@HOST:PORT/DATABASE");
    PQconninfoFree(options);
    return true;
}

static struct db *connect_with(const char *url, const char *options, struct err *e)
{
    /* What stands before dbname is a default that the URL may override. */
    const char *const keys[] = {
        "connect_timeout", "keepalives_idle", "tcp_user_timeout",          "options",
        "dbname",          "client_encoding", "fallback_application_name", NULL};
    const char *const values[] = {
        "10", "30", "30000", options, url, "UTF8", g_get_prgname() ? g_get_prgname() : "graphd",
        NULL};

    if (!check_url(url, e))
        return NULL;
    AUTO(db) db = must_calloc(1, sizeof(*db));
    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn)
        must_die("out of memory");
    if (PQstatus(db->conn) != CONNECTION_OK) {
        fail_text(e, ERR_DB, PQerrorMessage(db->conn));
        return NULL;
    }
    PQsetNoticeReceiver(db->conn, no_notice, NULL);
    return TAKE(db);
}

struct db *db_open_bare(const char *url, struct err *e)
{
    return connect_with(url, "-c jit=off -c lock_timeout=60s", e);
}

static bool on_temporary_tables(enum sql_stmt stmt)
{
    return strncmp(sql_text[stmt].name, "stage_", 6) == 0;
}

struct db *db_open(const char *url, struct err *e)
{
    AUTO(db)
    db = connect_with(url,
                      "-c jit=off -c lock_timeout=10s -c statement_timeout=60s "
                      "-c idle_in_transaction_session_timeout=120s",
                      e);

    if (!db)
        return NULL;
    for (unsigned i = 0; i < SQL_COUNT; i++) {
        if (on_temporary_tables(i))
            continue;
        PGresult *res =
            PQprepare(db->conn, sql_text[i].name, sql_text[i].text, sql_text[i].nparams, NULL);
        bool ok = succeeded(res) || fail(db, res, e);
        PQclear(res);
        if (!ok) {
            err_wrap(e, "statement %s, is the database migrated", sql_text[i].name);
            return NULL;
        }
    }
    db->prepared = true;
    return TAKE(db);
}

void db_free(struct db *db)
{
    if (!db)
        return;
    PQfinish(db->conn);
    free(db->buffer);
    free(db);
}

bool db_alive(const struct db *db)
{
    /* A server that went away has closed the socket, which libpq sees at the next use only. */
    struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLRDHUP};

    return PQstatus(db->conn) == CONNECTION_OK &&
           (poll(&p, 1, 0) == 0 || !(p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)));
}

struct db_rows *db_query(struct db *db, enum sql_stmt stmt, const char *const *params,
                         struct err *e)
{
    int n = sql_text[stmt].nparams;

    assert(!db->copying);
    AUTO(db_rows) r = must_calloc(1, sizeof(*r));
    if (db->prepared && !on_temporary_tables(stmt))
        r->res = PQexecPrepared(db->conn, sql_text[stmt].name, n, params, NULL, NULL, 0);
    else
        r->res = PQexecParams(db->conn, sql_text[stmt].text, n, NULL, params, NULL, NULL, 0);
    if (!succeeded(r->res)) {
        fail(db, r->res, e);
        err_wrap(e, "%s", sql_text[stmt].name);
        return NULL;
    }
    return TAKE(r);
}

bool db_exec(struct db *db, const char *sql, struct err *e)
{
    assert(!db->copying);
    PGresult *res = PQexec(db->conn, sql);
    bool ok = succeeded(res) || fail(db, res, e);

    PQclear(res);
    return ok;
}

void db_rows_free(struct db_rows *r)
{
    if (!r)
        return;
    PQclear(r->res);
    free(r);
}

size_t db_rows_count(const struct db_rows *r)
{
    if (PQresultStatus(r->res) == PGRES_TUPLES_OK)
        return (size_t)PQntuples(r->res);
    return (size_t)g_ascii_strtoull(PQcmdTuples(r->res), NULL, 10);
}

const char *db_rows_text(const struct db_rows *r, size_t row, unsigned column)
{
    assert(row < (size_t)PQntuples(r->res) && column < (unsigned)PQnfields(r->res));
    return PQgetisnull(r->res, (int)row, (int)column) ? NULL
                                                      : PQgetvalue(r->res, (int)row, (int)column);
}

int64_t db_rows_int(const struct db_rows *r, size_t row, unsigned column)
{
    const char *text = db_rows_text(r, row, column);

    return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

bool db_tx(struct db *db, bool (*fn)(struct db *, void *, struct err *), void *arg, struct err *e)
{
    struct err undo;

    if (!db_exec(db, "begin", e))
        return false;
    if (!fn(db, arg, e))
        goto rollback;
    if (!db_exec(db, "commit", e))
        goto rollback;
    return true;

rollback:
    if (!db_exec(db, "rollback", &undo))
        err_wrap(e, "connection lost");
    return false;
}

static void copy_fail(struct db *db, enum err_kind kind, const char *text)
{
    if (!db->copy_failed)
        fail_text(&db->copy_err, kind, text);
    db->copy_failed = true;
}

static void copy_flush(struct db *db)
{
    if (!db->copy_failed && db->used && PQputCopyData(db->conn, db->buffer, (int)db->used) != 1)
        copy_fail(db, ERR_DB, PQerrorMessage(db->conn));
    db->used = 0;
}

static void copy_bytes(struct db *db, const void *bytes, size_t len)
{
    const char *p = bytes;

    assert(db->copying);
    while (len && !db->copy_failed) {
        size_t n = MIN(len, COPY_BUFFER - db->used);
        memcpy(db->buffer + db->used, p, n);
        db->used += n;
        p += n;
        len -= n;
        if (db->used == COPY_BUFFER)
            copy_flush(db);
    }
}

static void copy_int(struct db *db, uint64_t v, size_t bytes)
{
    uint64_t big = GUINT64_TO_BE(v);

    copy_bytes(db, (const char *)&big + sizeof(big) - bytes, bytes);
}

bool db_copy_start(struct db *db, const char *sql, struct err *e)
{
    assert(!db->copying);
    PGresult *res = PQexec(db->conn, sql);
    bool ok = PQresultStatus(res) == PGRES_COPY_IN || fail(db, res, e);

    PQclear(res);
    if (!ok)
        return false;
    if (!db->buffer)
        db->buffer = must_malloc(COPY_BUFFER);
    db->used = 0;
    db->copying = true;
    db->copy_failed = false;
    copy_bytes(db, copy_signature, sizeof(copy_signature));
    copy_int(db, 0, 4); /* flags */
    copy_int(db, 0, 4); /* length of the header's extension */
    return true;
}

void db_copy_row(struct db *db, uint16_t nfields)
{
    copy_int(db, nfields, 2);
}

static void copy_value(struct db *db, const char *prefix, const char *s)
{
    if (!s) {
        copy_int(db, UINT32_MAX, 4);
        return;
    }
    size_t len = strlen(s), n = strlen(prefix);
    if (len + n > DB_FIELD_MAX) {
        copy_fail(db, ERR_LIMIT, "a value is longer than a database field may be");
        return;
    }
    copy_int(db, len + n, 4);
    copy_bytes(db, prefix, n);
    copy_bytes(db, s, len);
}

void db_copy_text(struct db *db, const char *s)
{
    copy_value(db, "", s);
}

void db_copy_jsonb(struct db *db, const char *json)
{
    copy_value(db, "\1", json); /* the version of the format */
}

void db_copy_int2(struct db *db, int16_t v)
{
    copy_int(db, 2, 4);
    copy_int(db, (uint16_t)v, 2);
}

void db_copy_int4(struct db *db, int32_t v)
{
    copy_int(db, 4, 4);
    copy_int(db, (uint32_t)v, 4);
}

void db_copy_int8(struct db *db, int64_t v)
{
    copy_int(db, 8, 4);
    copy_int(db, (uint64_t)v, 8);
}

void db_copy_float8(struct db *db, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    copy_int(db, 8, 4);
    copy_int(db, bits, 8);
}

void db_copy_uuid(struct db *db, const uint8_t v[16])
{
    copy_int(db, 16, 4);
    copy_bytes(db, v, 16);
}

/* The outcome of a COPY: the first failure that the server reports, after all of it was read. */
static bool copy_outcome(struct db *db, struct err *e)
{
    bool ok = true;

    for (PGresult *res; (res = PQgetResult(db->conn));) {
        if (ok && PQresultStatus(res) != PGRES_COMMAND_OK)
            ok = fail(db, res, e);
        PQclear(res);
        if (PQstatus(db->conn) != CONNECTION_OK)
            break;
    }
    return ok;
}

bool db_copy_end(struct db *db, struct err *e)
{
    copy_int(db, UINT16_MAX, 2); /* the row count -1 ends the stream */
    copy_flush(db);
    db->copying = false;

    bool ours = db->copy_failed && PQstatus(db->conn) == CONNECTION_OK;
    if (PQputCopyEnd(db->conn, ours ? "given up" : NULL) != 1)
        return fail_text(e, ERR_DB, PQerrorMessage(db->conn));
    bool ok = copy_outcome(db, e);
    if (ours) {
        *e = db->copy_err;
        return false;
    }
    return ok;
}

static uint16_t be16(const char *p)
{
    return (uint16_t)((uint8_t)p[0] << 8 | (uint8_t)p[1]);
}

static uint32_t be32(const char *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* Returns: false on failure; *size is 0 if the header is not there as a whole. */
static bool read_header(const char *bytes, size_t len, size_t *size, struct err *e)
{
    *size = 0;
    if (memcmp(bytes, copy_signature, MIN(len, sizeof(copy_signature))) != 0)
        return err_set(e, ERR_DB, "COPY stream: no binary COPY signature");
    if (len < COPY_HEADER)
        return true;
    if (be32(bytes + 11) >> 16)
        return err_set(e, ERR_DB, "COPY stream: unknown critical flags %08x", be32(bytes + 11));
    uint32_t extension = be32(bytes + 15);
    if (extension > COPY_EXTENSION_MAX)
        return err_set(e, ERR_DB, "COPY stream: header extension of %u bytes", extension);
    if (len - COPY_HEADER >= extension)
        *size = COPY_HEADER + extension;
    return true;
}

/* Returns: false on failure; *size is 0 if the row is not there as a whole. */
static bool read_row(struct db_copy_reader *r, const char *bytes, size_t len, size_t *size,
                     struct err *e)
{
    struct db_field fields[DB_FIELDS_MAX];
    size_t at = 2;

    *size = 0;
    if (len < 2)
        return true;
    uint16_t n = be16(bytes);
    if (n == UINT16_MAX) {
        r->ended = true;
        *size = 2;
        return true;
    }
    if (n != r->nfields)
        return err_set(e, ERR_DB, "COPY stream: row of %u fields, want %u", n, r->nfields);
    for (uint16_t i = 0; i < n; i++) {
        if (len - at < 4)
            return true;
        int32_t flen = (int32_t)be32(bytes + at);
        at += 4;
        if (flen < -1 || flen > DB_FIELD_MAX)
            return err_set(e, ERR_DB, "COPY stream: field of %d bytes", flen);
        fields[i] = (struct db_field){flen < 0 ? NULL : bytes + at, flen};
        if (flen > 0) {
            if (len - at < (size_t)flen)
                return true;
            at += (size_t)flen;
        }
    }
    *size = at;
    return r->row(r->arg, fields, e);
}

bool db_copy_read(struct db_copy_reader *r, const char *bytes, size_t len, size_t *used,
                  struct err *e)
{
    size_t size;

    assert(r->nfields <= DB_FIELDS_MAX);
    *used = 0;
    if (!r->started && len) {
        if (!read_header(bytes, len, &size, e))
            return false;
        r->started = size > 0;
        *used = size;
    }
    while (r->started && !r->ended && *used < len) {
        if (!read_row(r, bytes + *used, len - *used, &size, e))
            return false;
        if (!size)
            break;
        *used += size;
    }
    if (r->ended && *used < len)
        return err_set(e, ERR_DB, "COPY stream: %zu bytes after its end", len - *used);
    return true;
}

/* Feeds one message of the server to `r`, behind what was left over in `rest`. */
static bool feed(struct db_copy_reader *r, GByteArray *rest, const char *bytes, size_t len,
                 struct err *e)
{
    size_t used;

    if (!rest->len) {
        if (!db_copy_read(r, bytes, len, &used, e))
            return false;
        g_byte_array_append(rest, (const guint8 *)bytes + used, (guint)(len - used));
        return true;
    }
    g_byte_array_append(rest, (const guint8 *)bytes, (guint)len);
    if (!db_copy_read(r, (const char *)rest->data, rest->len, &used, e))
        return false;
    g_byte_array_remove_range(rest, 0, (guint)used);
    return true;
}

/* Stops a COPY out half way: the server need not send the rest. */
static void copy_cancel(struct db *db)
{
    char ignored[256];
    struct err unused;
    PGcancel *cancel = PQgetCancel(db->conn);

    if (cancel)
        PQcancel(cancel, ignored, sizeof(ignored));
    PQfreeCancel(cancel);
    for (char *bytes = NULL; PQgetCopyData(db->conn, &bytes, 0) > 0;)
        PQfreemem(bytes);
    err_ignore(copy_outcome(db, &unused), "the reader's failure is the one to tell");
}

bool db_copy_out(struct db *db, const char *sql, uint16_t nfields,
                 bool (*row)(void *, const struct db_field *, struct err *), void *arg,
                 struct err *e)
{
    struct db_copy_reader r = {.nfields = nfields, .row = row, .arg = arg};
    g_autoptr(GByteArray) rest = g_byte_array_new();
    char *bytes = NULL;
    int n;

    assert(!db->copying);
    PGresult *res = PQexec(db->conn, sql);
    bool ok = PQresultStatus(res) == PGRES_COPY_OUT || fail(db, res, e);
    PQclear(res);
    if (!ok)
        return false;
    while ((n = PQgetCopyData(db->conn, &bytes, 0)) > 0) {
        ok = feed(&r, rest, bytes, (size_t)n, e);
        PQfreemem(bytes);
        if (!ok) {
            copy_cancel(db);
            return false;
        }
    }
    if (!copy_outcome(db, e))
        return false;
    return (r.ended && !rest->len) || err_set(e, ERR_DB, "COPY stream: it ends too soon");
}

bool db_field_int(const struct db_field *f, int64_t *out, struct err *e)
{
    switch (f->len) {
    case 2:
        *out = (int16_t)be16(f->bytes);
        return true;
    case 4:
        *out = (int32_t)be32(f->bytes);
        return true;
    case 8:
        *out = (int64_t)((uint64_t)be32(f->bytes) << 32 | be32(f->bytes + 4));
        return true;
    default:
        return err_set(e, ERR_DB, "want an integer of 2, 4 or 8 bytes, got %d", f->len);
    }
}

bool db_field_float8(const struct db_field *f, double *out, struct err *e)
{
    int64_t bits;

    if (f->len != 8 || !db_field_int(f, &bits, e))
        return err_set(e, ERR_DB, "want a float of 8 bytes, got %d", f->len);
    memcpy(out, &bits, sizeof(*out));
    return true;
}

bool db_field_text(const struct db_field *f, struct arena *a, const char **out, struct err *e)
{
    if (f->len < 0)
        return err_set(e, ERR_DB, "want text, got null");
    *out = arena_strndup(a, f->bytes, (size_t)f->len);
    return true;
}

bool db_listen(struct db *db, const char *channel, struct err *e)
{
    char *name = PQescapeIdentifier(db->conn, channel, strlen(channel));

    if (!name)
        return fail_text(e, ERR_DB, PQerrorMessage(db->conn));
    g_autofree char *sql = g_strconcat("listen ", name, NULL);
    PQfreemem(name);
    return db_exec(db, sql, e);
}

bool db_wait_notify(struct db *db, int wait_ms, bool *got, struct err *e)
{
    usec until = clock_mono() + (usec)wait_ms * 1000;

    *got = false;
    for (;;) {
        if (!PQconsumeInput(db->conn))
            return fail_text(e, ERR_DB, PQerrorMessage(db->conn));
        for (PGnotify *n; (n = PQnotifies(db->conn)); *got = true)
            PQfreemem(n);
        usec left = until - clock_mono();
        if (*got || left <= 0)
            return true;
        struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};
        if (poll(&p, 1, (int)((left + 999) / 1000)) < 0 && errno != EINTR)
            return err_set(e, ERR_DB, "poll: %s", g_strerror(errno));
    }
}
