/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing JSON straight into a buffer: no tree, commas by itself, any text escaped.
 * jansson is for requests and small replies; this is for large replies, rows and log lines. */
#pragma once

#include "base/attr.h"

struct jw;

/* An empty writer; never NULL. */
struct jw *jw_new(void);
void jw_free(struct jw *w);
DEFINE_AUTO(jw)

/* Opens and closes objects and arrays; up to 64 deep. */
void jw_obj(struct jw *w);
void jw_end_obj(struct jw *w);
void jw_arr(struct jw *w);
void jw_end_arr(struct jw *w);

/* The name of the next value, inside an object. */
void jw_key(struct jw *w, const char *key);

/* Values.  jw_str replaces bytes that are not UTF-8 by U+FFFD; NULL becomes null.  jw_real writes
 * at most six digits after the point, and null for what is not finite. */
void jw_str(struct jw *w, const char *s);
void jw_int(struct jw *w, int64_t v);
void jw_uint(struct jw *w, uint64_t v);
void jw_real(struct jw *w, double v);
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);

/* A value that is JSON text already; the caller vouches for it.  NULL becomes null. */
void jw_json(struct jw *w, const char *json);

/* Key and value in one call. */
void jw_key_str(struct jw *w, const char *key, const char *s);
void jw_key_int(struct jw *w, const char *key, int64_t v);
void jw_key_uint(struct jw *w, const char *key, uint64_t v);
void jw_key_real(struct jw *w, const char *key, double v);
void jw_key_bool(struct jw *w, const char *key, bool v);
void jw_key_json(struct jw *w, const char *key, const char *json);

/* Bytes outside the JSON grammar (a newline between documents). */
void jw_raw(struct jw *w, const char *bytes);

/* What was written, NUL-terminated, borrowed until the next call on `w`. */
const char *jw_text(const struct jw *w);
size_t jw_len(const struct jw *w);

/* Empties the buffer and keeps its memory. */
void jw_reset(struct jw *w);
