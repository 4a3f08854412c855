/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: microseconds since the epoch in UTC inside, RFC 3339 at the edges. */
#pragma once

#include "base/err.h"

typedef int64_t usec; /* since 1970-01-01T00:00:00Z */

enum { CLOCK_TEXT = 96 }; /* bytes that hold any time as text */

/* Wall-clock time now. */
usec clock_now(void);

/* Microseconds of a clock that never jumps; for budgets and figures. */
usec clock_mono(void);

/* Writes "2026-11-23T18:50:31.000000Z" and returns `out`. */
const char *clock_text(usec t, char out[CLOCK_TEXT]);

/* Reads an RFC 3339 time with 0 to 9 fraction digits and Z or an offset.
 * Errors: INPUT if `s` is anything else or outside the years 1 to 9999. */
bool clock_parse(const char *s, usec *out, struct err *e) MUST_CHECK;
