/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Failures as values. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

static const struct {
    const char *wire, *title;
    int http, code;
} kinds[ERR_COUNT] = {
#define ERR(sym, wire, http, code, title) [ERR_##sym] = {wire, title, http, code},
#include "base/err.def"
#undef ERR
};

void err_clean(char *text)
{
    char *p = text;

    while (*p) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2 || !g_unichar_isprint(c))
            *p++ = '?';
        else
            p = g_utf8_next_char(p);
        /* A control character may take several bytes: the rest of it turns invalid and follows. */
    }
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    e->kind = kind;
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
    va_end(ap);
    err_clean(e->msg);
    return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
    char old[sizeof(e->msg)];
    va_list ap;

    memcpy(old, e->msg, sizeof(old));
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
    va_end(ap);
    g_strlcat(e->msg, ": ", sizeof(e->msg));
    g_strlcat(e->msg, old, sizeof(e->msg));
    err_clean(e->msg);
    return false;
}

const char *err_name(enum err_kind kind)
{
    return kinds[kind].wire;
}

const char *err_title(enum err_kind kind)
{
    return kinds[kind].title;
}

int err_http(enum err_kind kind)
{
    return kinds[kind].http;
}

int err_exit(enum err_kind kind)
{
    return kinds[kind].code;
}
