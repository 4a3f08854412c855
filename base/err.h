/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one failure type: a kind that code acts on and a line of text that people read. */
#pragma once

#include "base/attr.h"

enum err_kind {
#define ERR(sym, wire, http, code, title) ERR_##sym,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

/* Lives on the caller's stack and is the last parameter of whatever may fail; never NULL. */
struct err {
    enum err_kind kind;
    char msg[256]; /* printable UTF-8, one line, outermost context first */
};

/* Fills *e; text that is not printable UTF-8 becomes '?'.  Returns: false, for `return err_set()`.
 */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before the text that *e has.  Returns: false. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The wire name ("invalid-input"), the title ("Invalid input"), the HTTP status and the process
 * exit status of a kind. */
const char *err_name(enum err_kind kind);
const char *err_title(enum err_kind kind);
int err_http(enum err_kind kind);
int err_exit(enum err_kind kind);

/* Says that a failure does not matter, and why. */
static inline void err_ignore(bool ok, const char *why)
{
    (void)ok;
    (void)why;
}

/* Replaces every byte of `text` that is not printable UTF-8 by '?', in place. */
void err_clean(char *text);
