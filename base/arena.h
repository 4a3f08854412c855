/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that belongs to a unit of work: made piece by piece, freed as a whole.
 * Not thread-safe: one arena belongs to one thread at a time. */
#pragma once

#include <stdarg.h>

#include "base/must.h"

struct arena;

/* An empty arena.  Never NULL: running out of memory ends the process. */
struct arena *arena_new(void);
void arena_free(struct arena *a);
DEFINE_AUTO(arena)

/* Zeroed memory for `n` items of `size` bytes, aligned for any type; never NULL. */
void *arena_calloc(struct arena *a, size_t n, size_t size);

/* `n` bytes that are not zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t n);

/* Copies into the arena; text is packed without gaps. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Calls done(arg) when the arena is freed, before its memory goes; what was deferred last, first.
 */
void arena_defer(struct arena *a, void (*done)(void *), void *arg);

/* Bytes that the arena holds from the system, for memory figures. */
size_t arena_bytes(const struct arena *a);
