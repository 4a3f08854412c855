/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request must look like before anything else looks at it.
 *
 * evhttp forgives much that makes two parsers disagree on where a request ends.  Whoever gets a
 * refusal here gets it with `Connection: close`, so what follows it is never parsed. */
#pragma once

#include "base/err.h"

struct guard_header {
    const char *name, *value;
};

struct guard_request {
    const char *method; /* as known to us; "" if it is none that we serve */
    const char *uri;    /* as sent */
    int major, minor;   /* of HTTP */
    const struct guard_header *headers;
    size_t count;
    size_t limit; /* bytes of request line and headers */
};

enum { GUARD_HEADERS = 100 }; /* how many a request may have */

/* Judges framing, target, Host and Origin.
 * Errors: INPUT for what is malformed or ambiguous; HEADERS for too many or too large ones; DENIED
 * if a browser was led here by a page or a name that is not this machine's. */
bool guard_check(const struct guard_request *r, struct err *e) MUST_CHECK;

/* The value of a header by its name in any case; NULL if it is absent. */
const char *guard_find(const struct guard_header *headers, size_t count, const char *name);
