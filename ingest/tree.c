/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recursion is as deep as the text is nested, and trimming allows 64 levels. */
#include "ingest/tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { FEW_MEMBERS = 64, LONGEST_NUMBER = 400 };

/* --- text to tree -------------------------------------------------------------------------- */

struct reader {
    const char *p; /* at a value, a name or a bracket; the text is known to be whole */
    const char *end;
    struct err *e;
};

static gunichar hex4(const char *p)
{
    gunichar v = 0;

    for (int i = 0; i < 4; i++)
        v = v << 4 | (gunichar)g_ascii_xdigit_value(p[i]);
    return v;
}

/* The character of an escape, and *p behind it. */
static gunichar escape(const char **p)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char c = (*p)[1];

    *p += 2;
    if (c != 'u') {
        const char *at = strchr(from, c);
        return (gunichar)(at ? to[at - from] : c);
    }
    gunichar high = hex4(*p);
    *p += 4;
    if (high < 0xd800 || high > 0xdbff)
        return high;
    gunichar low = hex4(*p + 2);
    *p += 6;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static GString *decode(const char *p, const char *end)
{
    GString *out = g_string_sized_new((gsize)(end - p));

    while (p < end) {
        const char *run = p;
        while (p < end && *p != '\\')
            p++;
        g_string_append_len(out, run, p - run);
        if (p < end)
            g_string_append_unichar(out, escape(&p));
    }
    return out;
}

/* From the opening quote to behind the closing one.  Returns: whether it has escapes. */
static bool find_end(struct reader *r, const char **text, size_t *len)
{
    const char *from = r->p + 1, *quote = memchr(from, '"', (size_t)(r->end - from));
    bool escaped = memchr(from, '\\', (size_t)(quote - from)) != NULL;

    *text = from;
    if (escaped)
        for (quote = from; *quote != '"'; quote++)
            quote += *quote == '\\';
    *len = (size_t)(quote - from);
    r->p = quote + 1;
    return escaped;
}

static json_t *read_string(struct reader *r)
{
    const char *text;
    size_t len;

    if (!find_end(r, &text, &len))
        return json_stringn_nocheck(text, len);
    g_autoptr(GString) plain = decode(text, text + len);
    return json_stringn_nocheck(plain->str, plain->len);
}

static json_t *read_number(struct reader *r)
{
    char digits[LONGEST_NUMBER];
    size_t len = 0;
    bool real = false;

    while (len < (size_t)(r->end - r->p) && strchr("+-.eE0123456789", r->p[len])) {
        real |= r->p[len] == '.' || r->p[len] == 'e' || r->p[len] == 'E';
        len++;
    }
    errno = 0;
    if (len < sizeof(digits)) {
        memcpy(digits, r->p, len);
        digits[len] = '\0';
        r->p += len;
        if (!real) {
            long long v = strtoll(digits, NULL, 10);
            if (!errno)
                return json_integer(v);
        } else {
            double v = g_ascii_strtod(digits, NULL);
            if (isfinite(v))
                return json_real(v);
        }
    }
    err_set(r->e, ERR_INPUT, "a number out of range");
    return NULL;
}

/* One more step of the JSON path before the problem. */
static void step_out(struct err *e, const char *name, size_t len)
{
    char old[sizeof(e->msg)];

    memcpy(old, e->msg, sizeof(old));
    err_set(e, ERR_INPUT, "/%.*s%s%s", (int)(len < 64 ? len : 64), name, *old == '/' ? "" : ": ",
            old);
}

static json_t *read_value(struct reader *r);

static json_t *read_object(struct reader *r)
{
    json_auto_t *out = json_object();

    for (r->p++; *r->p != '}'; r->p += *r->p == ',') {
        g_autoptr(GString) plain = NULL;
        const char *name;
        size_t len;
        if (find_end(r, &name, &len)) {
            plain = decode(name, name + len);
            name = plain->str;
            len = plain->len;
        }
        r->p++; /* the colon */
        json_t *v = read_value(r);
        if (!v)
            step_out(r->e, name, len);
        if (!v || json_object_setn_new_nocheck(out, name, len, v) != 0)
            return NULL;
    }
    r->p++;
    return json_incref(out);
}

static json_t *read_array(struct reader *r)
{
    json_auto_t *out = json_array();

    for (r->p++; *r->p != ']'; r->p += *r->p == ',') {
        json_t *v = read_value(r);
        if (!v) {
            char index[24];
            snprintf(index, sizeof(index), "%zu", json_array_size(out));
            step_out(r->e, index, strlen(index));
        }
        if (!v || json_array_append_new(out, v) != 0)
            return NULL;
    }
    r->p++;
    return json_incref(out);
}

static json_t *read_value(struct reader *r)
{
    switch (*r->p) {
    case '{':
        return read_object(r);
    case '[':
        return read_array(r);
    case '"':
        return read_string(r);
    case 't':
        r->p += 4;
        return json_true();
    case 'f':
        r->p += 5;
        return json_false();
    case 'n':
        r->p += 4;
        return json_null();
    default:
        return read_number(r);
    }
}

json_t *tree_parse(const char *json, size_t len, struct err *e)
{
    struct reader r = {.p = json, .end = json + len, .e = e};

    return read_value(&r);
}

/* --- tree to text -------------------------------------------------------------------------- */

static void write_string(GString *out, const char *s, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    size_t run = 0;

    g_string_append_c(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        g_string_append_len(out, s + run, (gssize)(i - run));
        g_string_append_c(out, '\\');
        if (c >= 0x20) {
            g_string_append_c(out, (char)c);
        } else {
            const char code[5] = {'u', '0', '0', hex[c >> 4], hex[c & 15]};
            g_string_append_len(out, code, sizeof(code));
        }
        run = i + 1;
    }
    g_string_append_len(out, s + run, (gssize)(len - run));
    g_string_append_c(out, '"');
}

struct member {
    const char *name;
    size_t len;
    const json_t *v;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void write_object(const json_t *v, GString *out)
{
    size_t n = json_object_size(v), i = 0;
    struct member few[FEW_MEMBERS];
    struct member *members = n <= FEW_MEMBERS ? few : must_calloc(n, sizeof(*members));

    for (void *it = json_object_iter((json_t *)v); it; it = json_object_iter_next((json_t *)v, it))
        members[i++] = (struct member){.name = json_object_iter_key(it),
                                       .len = json_object_iter_key_len(it),
                                       .v = json_object_iter_value(it)};
    qsort(members, n, sizeof(*members), by_name);
    g_string_append_c(out, '{');
    for (i = 0; i < n; i++) {
        if (i)
            g_string_append_c(out, ',');
        write_string(out, members[i].name, members[i].len);
        g_string_append_c(out, ':');
        tree_write(members[i].v, out);
    }
    g_string_append_c(out, '}');
    if (members != few)
        free(members);
}

void tree_write(const json_t *v, GString *out)
{
    char number[64];

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        write_object(v, out);
        break;
    case JSON_ARRAY:
        g_string_append_c(out, '[');
        for (size_t i = 0; i < json_array_size(v); i++) {
            if (i)
                g_string_append_c(out, ',');
            tree_write(json_array_get(v, i), out);
        }
        g_string_append_c(out, ']');
        break;
    case JSON_STRING:
        write_string(out, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        g_string_append_printf(out, "%lld", (long long)json_integer_value(v));
        break;
    case JSON_REAL:
        g_string_append(out, g_ascii_dtostr(number, sizeof(number), json_real_value(v)));
        break;
    default:
        g_string_append(out, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}
