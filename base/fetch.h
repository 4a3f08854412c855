/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One HTTP request and its answer, with our policy: no redirects, http and https only, limits on
 * time and size, our own User-Agent (a real API server answers "curl" with twice the bytes). */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct fetch_request {
    const char *method; /* "GET" if NULL */
    const char *url;
    const char *body; /* NULL: none */
    size_t body_len;
    const char *content_type; /* of the body */
    size_t max_bytes;         /* of the answer's body; 0 is 64 MiB */
    long timeout_ms;          /* for all of it; 0 is 30,000 */
};

struct fetch_answer {
    int status;
    const char *body; /* NUL-terminated; in the arena of the call */
    size_t body_len;
    const char *content_type; /* "" if none */
};

/* Sends the request and reads the whole answer; any status is an answer.
 * Errors: IO if the host cannot be reached or the connection breaks, LIMIT if the body is larger
 * than max_bytes, TIMEOUT, INPUT for a URL of another scheme. */
bool fetch_do(const struct fetch_request *q, struct arena *a, struct fetch_answer *out,
              struct err *e) MUST_CHECK;

/* `text` percent-encoded for use inside a query string. */
const char *fetch_escape(struct arena *a, const char *text);
