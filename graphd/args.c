/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percent-decoding and splitting of request targets. */
#include "graphd/args.h"

#include <string.h>

#include <glib.h>

/* Decodes into the arena.  Returns NULL with *why set if that cannot be done. */
static const char *decode(struct arena *a, const char *raw, size_t len, bool plus, const char **why)
{
    char *out = arena_alloc(a, len + 1), *to = out;

    for (size_t i = 0; i < len; i++) {
        char c = raw[i];
        if (c == '%') {
            bool whole = len - i > 2;
            int hi = whole ? g_ascii_xdigit_value(raw[i + 1]) : -1;
            int lo = whole ? g_ascii_xdigit_value(raw[i + 2]) : -1;
            if (hi < 0 || lo < 0) {
                *why = "broken percent escape";
                return NULL;
            }
            c = (char)(hi << 4 | lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0') {
            *why = "NUL byte";
            return NULL;
        }
        *to++ = c;
    }
    *to = '\0';
    if (!g_utf8_validate(out, to - out, NULL)) {
        *why = "not UTF-8";
        return NULL;
    }
    return out;
}

bool args_path(struct arena *a, const char *raw, size_t len, struct args_path *out, struct err *e)
{
    const char *why = "", *end = raw + len;

    out->count = 0;
    for (const char *p = raw; p < end && *p == '/';) {
        const char *slash = memchr(p + 1, '/', (size_t)(end - p - 1));
        const char *stop = slash ? slash : end;
        if (out->count == ARGS_SEGMENTS)
            return err_set(e, ERR_LIMIT, "path: more than %d segments", ARGS_SEGMENTS);
        const char *text = decode(a, p + 1, (size_t)(stop - p - 1), false, &why);
        if (text && strchr(text, '/')) {
            text = NULL;
            why = "escaped slash";
        }
        if (!text)
            return err_set(e, ERR_INPUT, "path segment %zu: %s", out->count + 1, why);
        out->segments[out->count++] = text;
        p = stop;
    }
    return true;
}

static bool add(struct arena *a, const char *raw, size_t len, struct http_args *out, struct err *e)
{
    const char *equals = memchr(raw, '=', len), *why = "";
    size_t name_len = equals ? (size_t)(equals - raw) : len;
    const char *value = "";

    const char *name = decode(a, raw, name_len, true, &why);
    if (!name)
        return err_set(e, ERR_INPUT, "query parameter %zu: name: %s", out->count + 1, why);
    if (equals)
        value = decode(a, equals + 1, len - name_len - 1, true, &why);
    if (!value)
        return err_set(e, ERR_INPUT, "%.80s: %s", name, why);
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->parameters[i].name, name) == 0)
            return err_set(e, ERR_INPUT, "%.80s: given twice", name);
    if (out->count == ARGS_PARAMETERS)
        return err_set(e, ERR_LIMIT, "query: more than %d parameters", ARGS_PARAMETERS);
    out->parameters[out->count++] = (struct args_parameter){.name = name, .value = value};
    return true;
}

bool args_query(struct arena *a, const char *raw, struct http_args *out, struct err *e)
{
    out->count = 0;
    if (!*raw)
        return true;
    out->parameters = arena_calloc(a, ARGS_PARAMETERS, sizeof(*out->parameters));
    for (const char *p = raw;; p++) {
        size_t len = strcspn(p, "&");
        if (len > 0 && !add(a, p, len, out, e))
            return false;
        p += len;
        if (!*p)
            return true;
    }
}

const char *args_take(struct http_args *args, const char *name)
{
    for (size_t i = 0; i < args->count; i++)
        if (strcmp(args->parameters[i].name, name) == 0) {
            args->parameters[i].asked = true;
            return args->parameters[i].value;
        }
    return NULL;
}
