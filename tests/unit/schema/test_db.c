/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of the binary COPY format, by itself. */
#include <stdio.h>

#include "schema/db.h"
#include "tests/test.h"

#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define ROW_A "\0\2\0\0\0\1a\377\377\377\377"
#define ROW_B "\0\2\0\0\0\0\0\0\0\3bcd"
#define END "\377\377"

struct seen {
    size_t rows;
    char text[64];
};

static bool see(void *arg, const struct db_field *f, struct err *e)
{
    struct seen *s = arg;

    s->rows++;
    for (int i = 0; i < 2; i++) {
        size_t used = strlen(s->text);
        snprintf(s->text + used, sizeof(s->text) - used, "<%.*s:%d>", f[i].len > 0 ? f[i].len : 0,
                 f[i].len > 0 ? f[i].bytes : "", f[i].len);
    }
    return s->rows < 9 || err_set(e, ERR_LIMIT, "too many rows");
}

/* Feeds `len` bytes in pieces of `piece`, always in a block of its own so that overruns show. */
static bool feed(struct db_copy_reader *r, const char *bytes, size_t len, size_t piece,
                 struct err *e)
{
    size_t done = 0, used;

    for (size_t upto = 0; upto < len;) {
        upto = upto + piece < len ? upto + piece : len;
        char *block = must_malloc(upto - done);
        memcpy(block, bytes + done, upto - done);
        bool ok = db_copy_read(r, block, upto - done, &used, e);
        free(block);
        if (!ok)
            return false;
        done += used;
    }
    return done == len || err_set(e, ERR_DB, "left over");
}

Test(db_copy, gives_the_same_rows_however_the_stream_is_cut)
{
    static const char stream[] = HEADER ROW_A ROW_B ROW_A END;

    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        struct seen s = {0};
        struct db_copy_reader r = {.nfields = 2, .row = see, .arg = &s};
        must(feed(&r, stream, sizeof(stream) - 1, piece, &e));
        cr_expect(r.ended);
        cr_expect_eq(s.rows, 3);
        cr_expect_str_eq(s.text, "<a:1><:-1><:0><bcd:3><a:1><:-1>");
    }
}

Test(db_copy, refuses_what_is_not_the_format)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        const char *error;
    } cases[] = {
#define CASE(name, bytes, error) {name, bytes, sizeof(bytes) - 1, error}
        CASE("text", "1\tabc\n", "no binary COPY signature"),
        CASE("broken signature", "PGCOPY\n\377\r\r", "no binary COPY signature"),
        CASE("with oids", "PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0", "critical flags 00010000"),
        CASE("large extension", "PGCOPY\n\377\r\n\0\0\0\0\0\377\0\0\0", "header extension of"),
        CASE("fields", HEADER "\0\3\0\0\0\0\0\0\0\0\0\0\0\0", "row of 3 fields, want 2"),
        CASE("negative fields", HEADER "\377\376", "row of 65534 fields"),
        CASE("negative length", HEADER "\0\2\377\377\377\376", "field of -2 bytes"),
        CASE("huge length", HEADER "\0\2\177\377\377\377", "field of 2147483647 bytes"),
        CASE("after the end", HEADER END "\0", "1 bytes after its end"),
        CASE("the end twice", HEADER END END, "2 bytes after its end"),
        CASE("short header", "PGCOPY\n", "left over"),
        CASE("short row", HEADER "\0\2\0\0\0\5abc", "left over"),
#undef CASE
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen s = {0};
        struct db_copy_reader r = {.nfields = 2, .row = see, .arg = &s};
        struct err e = {0};
        cr_expect_not(feed(&r, cases[i].bytes, cases[i].len, 1000, &e), "%s", cases[i].name);
        cr_expect(strstr(e.msg, cases[i].error), "%s: %s", cases[i].name, e.msg);
        cr_expect_eq(s.rows, 0, "%s", cases[i].name);
    }
}

Test(db_copy, skips_a_header_extension_and_takes_rows_without_fields)
{
    static const char stream[] = "PGCOPY\n\377\r\n\0\0\0\0\1\0\0\0\3xyz" ROW_A END;
    struct seen s = {0};
    struct db_copy_reader r = {.nfields = 2, .row = see, .arg = &s};

    must(feed(&r, stream, sizeof(stream) - 1, 1, &e));
    cr_expect_eq(s.rows, 1);
}

Test(db_field, knows_the_lengths_of_its_types)
{
    static const struct {
        struct db_field f;
        int64_t want;
        bool ok;
    } cases[] = {
        {{"\377\376", 2}, -2, true},
        {{"\200\0\0\0", 4}, INT32_MIN, true},
        {{"\0\0\0\1\0\0\0\2", 8}, (INT64_C(1) << 32) + 2, true},
        {{"abc", 3}, 0, false},
        {{"", 0}, 0, false},
        {{NULL, -1}, 0, false},
    };
    AUTO(arena) a = arena_new();
    const struct db_field half = {"\77\340\0\0\0\0\0\0", 8}, null = {NULL, -1}, text = {"abc", 2};
    const char *s;
    double d;
    int64_t v;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (!cases[i].ok) {
            must_fail(db_field_int(&cases[i].f, &v, &e), ERR_DB, "want an integer");
            continue;
        }
        must(db_field_int(&cases[i].f, &v, &e));
        cr_expect_eq(v, cases[i].want);
    }
    must(db_field_float8(&half, &d, &e));
    cr_expect_eq(d, 0.5);
    must_fail(db_field_float8(&cases[1].f, &d, &e), ERR_DB, "want a float of 8 bytes, got 4");
    must(db_field_text(&text, a, &s, &e));
    cr_expect_str_eq(s, "ab");
    must_fail(db_field_text(&null, a, &s, &e), ERR_DB, "null");
}
