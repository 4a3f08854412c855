/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error replies: RFC 9457 problem documents. */
#pragma once

#include "base/err.h"
#include "base/jw.h"

struct problem {
    enum err_kind kind;
    int status;          /* 0: that of the kind */
    const char *detail;  /* the error's text */
    const char *path;    /* of the request */
    const char *id;      /* of the request */
    const char *pointer; /* the field at fault, or NULL */
};

/* Writes the document; `type` is "/problems/<wire name of the kind>".
 * Returns: the HTTP status. */
int problem_write(struct jw *out, const struct problem *p);

/* The reason phrase of a status that we send. */
const char *problem_reason(int status);
