/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target of a request: path segments and query parameters, decoded once. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum { ARGS_SEGMENTS = 16, ARGS_PARAMETERS = 64 }; /* of one target; more is refused */

struct args_path {
    const char *segments[ARGS_SEGMENTS]; /* decoded: valid UTF-8 without NUL and slash */
    size_t count;
};

struct args_parameter {
    const char *name, *value; /* decoded: valid UTF-8 without NUL */
    bool asked;               /* a handler knows it */
};

/* What a request carries for http_arg_* and its like; made by http.c. */
struct http_args {
    const char *parts[ARGS_SEGMENTS]; /* what stands for the {placeholders} of the route */
    size_t nparts;
    struct args_parameter *parameters;
    size_t count;
    const char *pointer; /* what http_point_at said, or NULL */
    struct db **db;      /* the worker's connection; *db is NULL while it has none */
};

/* Decodes the path of a target (up to `len` bytes, without the query).
 * Errors: INPUT naming the segment: broken escapes, %00, %2F, text that is not UTF-8; LIMIT. */
bool args_path(struct arena *a, const char *raw, size_t len, struct args_path *out, struct err *e)
    MUST_CHECK;

/* Decodes a query ("a=1&b=2"); + is a space.
 * Errors: INPUT naming the parameter: as above (but for %2F), or given twice; LIMIT. */
bool args_query(struct arena *a, const char *raw, struct http_args *out, struct err *e) MUST_CHECK;

/* The value of a parameter, marked as asked for; NULL if it is absent. */
const char *args_take(struct http_args *args, const char *name);
