/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The COPY reader with any bytes, cut anywhere.  The first byte says how many fields are wanted,
 * the second how the rest is cut; the rows must not depend on the cut. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "schema/db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint16_t nfields;
    size_t rows, bytes;
};

static bool add(void *arg, const struct db_field *f, struct err *e)
{
    struct sum *s = arg;
    AUTO(arena) a = arena_new();
    const char *text;
    double d;
    int64_t v;

    s->rows++;
    for (uint16_t i = 0; i < s->nfields; i++) {
        struct err unused;
        if (f[i].len > 0)
            s->bytes += (uint8_t)f[i].bytes[0] + (uint8_t)f[i].bytes[f[i].len - 1];
        err_ignore(db_field_int(&f[i], &v, &unused), "any length must do");
        err_ignore(db_field_float8(&f[i], &d, &unused), "any length must do");
        err_ignore(db_field_text(&f[i], a, &text, &unused), "any length must do");
    }
    (void)e;
    return true;
}

/* Feeds everything in pieces of 1 to `most` bytes; each call gets a block of its own. */
static bool feed(const uint8_t *data, size_t size, size_t most, struct sum *s, bool *ended)
{
    struct db_copy_reader r = {.nfields = s->nfields, .row = add, .arg = s};
    unsigned seed = 1;
    size_t done = 0, used;
    struct err e;

    for (size_t upto = 0; upto < size;) {
        seed = seed * 1103515245 + 12345;
        upto += 1 + (seed >> 16) % most;
        upto = upto < size ? upto : size;
        char *block = malloc(upto - done + 1);
        memcpy(block, data + done, upto - done);
        bool ok = db_copy_read(&r, block, upto - done, &used, &e);
        free(block);
        if (used > upto - done)
            abort();
        if (!ok)
            return false;
        done += used;
    }
    *ended = r.ended;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct sum whole = {.nfields = data[0] % 65}, cut = whole;
    bool whole_ended = false, cut_ended = false;
    bool ok = feed(data + 2, size - 2, size, &whole, &whole_ended);
    if (ok != feed(data + 2, size - 2, 1 + data[1], &cut, &cut_ended))
        abort();
    if (ok && (whole.rows != cut.rows || whole.bytes != cut.bytes || whole_ended != cut_ended))
        abort();
    return 0;
}
