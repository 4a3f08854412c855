/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A buffer that doubles; pieces start at multiples of TEXT_UNIT, so 32 bits reach 16 GiB. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static text_ref append(struct text *t, const char *s, size_t n)
{
    size_t need = (n + 1 + TEXT_UNIT - 1) / TEXT_UNIT * TEXT_UNIT;
    size_t ref = t->used / TEXT_UNIT;

    if (ref > UINT32_MAX - 1) {
        t->full = true;
        return 0;
    }
    if (t->cap - t->used < need) {
        t->cap = (t->cap + need) * 2;
        t->bytes = must_realloc(t->bytes, t->cap);
    }
    memset(t->bytes + t->used + need - TEXT_UNIT, 0, TEXT_UNIT);
    memcpy(t->bytes + t->used, s, n);
    t->used += need;
    return (text_ref)ref;
}

void text_init(struct text *t)
{
    *t = (struct text){0};
    probe_init(&t->known, 1024);
    append(t, "", 0);
}

void text_done(struct text *t)
{
    free(t->bytes);
    probe_done(&t->known);
    *t = (struct text){0};
}

text_ref text_add(struct text *t, const char *s)
{
    return s && *s ? append(t, s, strlen(s)) : 0;
}

static bool same(const struct text *t, text_ref ref, const char *s, size_t n)
{
    const char *have = text_get(t, ref);

    return (size_t)ref * TEXT_UNIT + n < t->used && memcmp(have, s, n) == 0 && !have[n];
}

/* The reference of an interned text; PROBE_NONE if there is none. */
static text_ref known(const struct text *t, uint32_t hash, const char *s, size_t n)
{
    size_t at = SIZE_MAX;
    text_ref ref;

    while ((ref = probe_next(&t->known, hash, &at)) != PROBE_NONE)
        if (same(t, ref, s, n))
            break;
    return ref;
}

bool text_find(const struct text *t, const char *s, text_ref *out)
{
    size_t n = s ? strlen(s) : 0;

    *out = n ? known(t, probe_hash(&t->known, s, n), s, n) : 0;
    return *out != PROBE_NONE;
}

text_ref text_intern(struct text *t, const char *s)
{
    return s ? text_intern_bytes(t, s, strlen(s)) : 0;
}

text_ref text_intern_bytes(struct text *t, const char *s, size_t n)
{
    if (n == 0)
        return 0;
    uint32_t hash = probe_hash(&t->known, s, n);
    text_ref ref = known(t, hash, s, n);

    if (ref != PROBE_NONE)
        return ref;
    ref = append(t, s, n);
    if (ref)
        probe_add(&t->known, hash, ref);
    return ref;
}

void text_seal(struct text *t)
{
    probe_done(&t->known);
    t->bytes = must_realloc(t->bytes, t->used);
    t->cap = t->used;
}
