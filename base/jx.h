/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading JSON: a cursor that remembers the way to a value, so that a complaint can name it. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/* A value and the way to it.  Lives on the caller's stack; `up` must outlive it. */
struct jx {
    const json_t *v; /* NULL: absent (only from the jx_opt_* functions) */
    const struct jx *up;
    const char *key; /* NULL for an array element */
    size_t index;
};

/* The cursor of a whole document. */
struct jx jx_root(const json_t *v);

/* A member that must be there and have the type.  Text is borrowed from the document.
 * Errors: INPUT "/spec/name: want string, got integer"; absent and null count as missing. */
bool jx_obj(const struct jx *in, const char *key, struct jx *out, struct err *e) MUST_CHECK;
bool jx_arr(const struct jx *in, const char *key, struct jx *out, struct err *e) MUST_CHECK;
bool jx_str(const struct jx *in, const char *key, const char **out, struct err *e) MUST_CHECK;

/* A member that may be absent or null: then out->v is NULL (or *out the default `dflt`).
 * Errors: INPUT if it is there and has another type. */
bool jx_opt_obj(const struct jx *in, const char *key, struct jx *out, struct err *e) MUST_CHECK;
bool jx_opt_arr(const struct jx *in, const char *key, struct jx *out, struct err *e) MUST_CHECK;
bool jx_opt_str(const struct jx *in, const char *key, const char *dflt, const char **out,
                struct err *e) MUST_CHECK;
bool jx_opt_bool(const struct jx *in, const char *key, bool dflt, bool *out, struct err *e)
    MUST_CHECK;
bool jx_opt_int(const struct jx *in, const char *key, int64_t dflt, int64_t *out, struct err *e)
    MUST_CHECK;

/* Members of an object or elements of an array; 0 if in->v is NULL. */
size_t jx_count(const struct jx *in);

/* Element `i` of an array; i < jx_count().  The element may be of any type. */
struct jx jx_at(const struct jx *in, size_t i);

/* Like jx_at, but it must be an object (string).  Errors: INPUT. */
bool jx_at_obj(const struct jx *in, size_t i, struct jx *out, struct err *e) MUST_CHECK;
bool jx_at_str(const struct jx *in, size_t i, const char **out, struct err *e) MUST_CHECK;

/* The text of *in if it is a string, else an INPUT error. */
bool jx_text(const struct jx *in, const char **out, struct err *e) MUST_CHECK;

/* Fills *e with INPUT, the way to *in and the words; returns false. */
bool jx_err(const struct jx *in, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The text of a member of a JSON object that is text itself; most that lack it are not even parsed.
 * Returns: g_free it; NULL if the member is not there or is no string. */
char *jx_peek(const char *json, const char *member);
