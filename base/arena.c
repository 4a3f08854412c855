/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of blocks that grow, filled from both ends: what is aligned from the beginning, text from
 * the end.  With ARENA_DEBUG one block an allocation, so that ASan sees overruns. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20, ALIGN = 16 };

struct block {
    struct block *next;
    size_t size, used, end; /* of data[]; free is what lies between `used` and `end` */
    _Alignas(ALIGN) char data[];
};

struct deferred {
    struct deferred *next;
    void (*done)(void *);
    void *arg;
};

struct arena {
    struct block *head;
    struct deferred *deferred;
    size_t bytes;
};

struct arena *arena_new(void)
{
    return must_calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct deferred *d = a->deferred; d; d = d->next)
        d->done(d->arg);
    for (struct block *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

void arena_defer(struct arena *a, void (*done)(void *), void *arg)
{
    struct deferred *d = arena_alloc(a, sizeof(*d));

    *d = (struct deferred){a->deferred, done, arg};
    a->deferred = d;
}

/* A block as the new head, with room for `need` bytes. */
static struct block *grow(struct arena *a, size_t need)
{
    size_t size = need;

#ifndef ARENA_DEBUG
    size_t next = a->head ? a->head->size * 2 : FIRST_BLOCK;
    if (next > LARGEST_BLOCK)
        next = LARGEST_BLOCK;
    if (size < next)
        size = next;
#endif
    struct block *b = must_malloc(sizeof(*b) + size);
    b->size = b->end = size;
    b->used = 0;
    b->next = a->head;
    a->head = b;
    a->bytes += sizeof(*b) + size;
    return b;
}

/* A block with room for `need` bytes between its ends. */
static struct block *with_room(struct arena *a, size_t need)
{
#ifndef ARENA_DEBUG
    struct block *b = a->head;

    if (b && b->end - b->used >= need)
        return b;
    /* A large piece gets a block of its own behind the head, whose room stays in use. */
    if (b && need > LARGEST_BLOCK / 4) {
        struct block *own = must_malloc(sizeof(*own) + need);
        *own = (struct block){.next = b->next, .size = need, .end = need};
        b->next = own;
        a->bytes += sizeof(*own) + need;
        return own;
    }
#endif
    return grow(a, need);
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t need;

    if (__builtin_add_overflow(n, (size_t)(ALIGN - 1), &need))
        must_die("allocation too large");
    need &= ~(size_t)(ALIGN - 1);
#ifdef ARENA_DEBUG
    need = n;
#endif
    struct block *b = with_room(a, need);
    void *p = b->data + b->used;
    b->used += need;
    return p;
}

/* The same without alignment. */
static char *alloc_text(struct arena *a, size_t n)
{
    struct block *b = with_room(a, n);

    b->end -= n;
    return b->data + b->end;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        must_die("allocation too large");
    return memset(arena_alloc(a, bytes ? bytes : 1), 0, bytes ? bytes : 1);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *p = alloc_text(a, len + 1);

    memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(alloc_text(a, n), s, n);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n ? n : 1);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

/* Decimal digits at `out`.  Returns: how many. */
static size_t put_digits(char *out, size_t v)
{
    char digits[24];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

/* The few conversions that nearly every text is made of (%s, %u, %zu, %%), without the ceremony of
 * vsnprintf.  Returns: false if there is another one, or no room for all of it. */
static bool put_plain(char *out, size_t room, size_t *n, const char *fmt, va_list ap)
{
    size_t at = 0;

    for (const char *p = fmt; *p; p++) {
        if (at + 24 > room)
            return false;
        if (*p != '%') {
            out[at++] = *p;
            continue;
        }
        if (*++p == 's') {
            const char *s = va_arg(ap, const char *);
            size_t len = s ? strlen(s) : room;
            if (at + len + 24 > room)
                return false;
            memcpy(out + at, s, len);
            at += len;
        } else if (*p == 'u') {
            at += put_digits(out + at, va_arg(ap, unsigned));
        } else if (p[0] == 'z' && p[1] == 'u') {
            p++;
            at += put_digits(out + at, va_arg(ap, size_t));
        } else if (*p == '%') {
            out[at++] = '%';
        } else {
            return false;
        }
    }
    *n = at;
    return true;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char small[512];
    va_list ap;
    size_t len;

    va_start(ap, fmt);
    bool plain = put_plain(small, sizeof(small), &len, fmt, ap);
    va_end(ap);
    if (plain) {
        char *p = alloc_text(a, len + 1);
        memcpy(p, small, len);
        p[len] = '\0';
        return p;
    }
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        must_die("unprintable format");
    char *p = alloc_text(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}
