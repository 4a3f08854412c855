/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loop of reading: to the end of a nested JSON value, 64 bytes at a time. */
#pragma once

#include "base/attr.h"

/* Where we are between two pieces of the text. */
struct scan {
    size_t depth; /* brackets open */
    bool in_string;
    bool escaped; /* the last byte was a backslash that counts */
};

/* Goes on to the bracket that closes the outermost one (depth becomes 0).
 * Returns: the byte behind it, or NULL if the text ended before. */
const char *scan_nested(struct scan *s, const char *p, const char *end);
