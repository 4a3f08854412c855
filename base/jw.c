/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer. */
#include "base/jw.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/arena.h"

enum { DEEPEST = 64 };

struct jw {
    GString *out;
    unsigned depth;
    bool more[DEEPEST]; /* a value stands before the next one on this level */
    bool after_key;
};

struct jw *jw_new(void)
{
    struct jw *w = must_calloc(1, sizeof(*w));

    w->out = g_string_sized_new(1024);
    return w;
}

void jw_free(struct jw *w)
{
    if (!w)
        return;
    g_string_free(w->out, TRUE);
    free(w);
}

static void before_value(struct jw *w)
{
    if (w->after_key)
        w->after_key = false;
    else if (w->more[w->depth])
        g_string_append_c(w->out, ',');
    w->more[w->depth] = true;
}

static void open_level(struct jw *w, char c)
{
    before_value(w);
    g_string_append_c(w->out, c);
    assert(w->depth + 1 < DEEPEST);
    w->more[++w->depth] = false;
}

static void close_level(struct jw *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    g_string_append_c(w->out, c);
}

void jw_obj(struct jw *w)
{
    open_level(w, '{');
}

void jw_end_obj(struct jw *w)
{
    close_level(w, '}');
}

void jw_arr(struct jw *w)
{
    open_level(w, '[');
}

void jw_end_arr(struct jw *w)
{
    close_level(w, ']');
}

static void put(GString *out, const char *s, size_t n)
{
    if (out->len + n >= out->allocated_len) {
        g_string_append_len(out, s, (gssize)n);
        return;
    }
    memcpy(out->str + out->len, s, n);
    out->len += n;
    out->str[out->len] = '\0';
}

static bool plain(unsigned char c)
{
    return c < 0x7f && c >= 0x20 && c != '"' && c != '\\';
}

/* Whether eight bytes are all plain. */
static bool plain_word(const char *s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
    uint64_t x, quote, slash, del;

    memcpy(&x, s, sizeof(x));
    quote = x ^ ones * '"';
    slash = x ^ ones * '\\';
    del = x ^ ones * 0x7f;
    /* Each term has the top bit of a byte set if that byte is (with bytes above it in doubt)
     * control, quote, backslash or DEL; the last one if it is not ASCII. */
    return ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
             ((del - ones) & ~del) | x) &
            tops) == 0;
}

/* How many bytes at the start are plain, eight at a time: nearly all text is nothing else. */
static size_t plain_span(const char *s, size_t len)
{
    const size_t word = sizeof(uint64_t);
    size_t n = 0;

    while (n + word <= len && plain_word(s + n))
        n += word;
    if (len >= word && len - n < word && plain_word(s + len - word))
        return len;
    while (n < len && plain((unsigned char)s[n]))
        n++;
    return n;
}

static void quoted(GString *out, const char *s)
{
    static const char *const short_form[256] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t",
    };
    const char *run = s, *end = s + strlen(s);

    put(out, "\"", 1);
    while ((s += plain_span(s, (size_t)(end - s))) < end) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x80) {
            gunichar u = g_utf8_get_char_validated(s, -1);
            if (u != (gunichar)-1 && u != (gunichar)-2) {
                s = g_utf8_next_char(s);
                continue;
            }
        }
        put(out, run, (size_t)(s - run));
        if (c >= 0x80)
            g_string_append(out, "\xef\xbf\xbd");
        else if (short_form[c])
            g_string_append(out, short_form[c]);
        else
            g_string_append_printf(out, "\\u%04x", c);
        run = ++s;
    }
    put(out, run, (size_t)(end - run));
    put(out, "\"", 1);
}

void jw_key(struct jw *w, const char *key)
{
    assert(!w->after_key);
    if (w->more[w->depth])
        g_string_append_c(w->out, ',');
    w->more[w->depth] = true;
    quoted(w->out, key);
    g_string_append_c(w->out, ':');
    w->after_key = true;
}

void jw_str(struct jw *w, const char *s)
{
    if (!s) {
        jw_null(w);
        return;
    }
    before_value(w);
    quoted(w->out, s);
}

void jw_uint(struct jw *w, uint64_t v)
{
    char digits[24], *p = digits + sizeof(digits);

    before_value(w);
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    g_string_append_len(w->out, p, digits + sizeof(digits) - p);
}

void jw_int(struct jw *w, int64_t v)
{
    if (v >= 0) {
        jw_uint(w, (uint64_t)v);
        return;
    }
    before_value(w);
    g_string_append_printf(w->out, "%lld", (long long)v);
}

void jw_real(struct jw *w, double v)
{
    char text[64];

    if (!isfinite(v)) {
        jw_null(w);
        return;
    }
    before_value(w);
    int n = snprintf(text, sizeof(text), "%.6f", v);
    if (n < 0 || (size_t)n >= sizeof(text)) {
        g_string_append_printf(w->out, "%.17g", v);
        return;
    }
    while (n > 2 && text[n - 1] == '0' && text[n - 2] != '.')
        n--;
    g_string_append_len(w->out, text, n);
}

void jw_bool(struct jw *w, bool v)
{
    before_value(w);
    g_string_append(w->out, v ? "true" : "false");
}

void jw_null(struct jw *w)
{
    before_value(w);
    g_string_append(w->out, "null");
}

void jw_json(struct jw *w, const char *json)
{
    before_value(w);
    g_string_append(w->out, json ? json : "null");
}

void jw_key_str(struct jw *w, const char *key, const char *s)
{
    jw_key(w, key);
    jw_str(w, s);
}

void jw_key_int(struct jw *w, const char *key, int64_t v)
{
    jw_key(w, key);
    jw_int(w, v);
}

void jw_key_uint(struct jw *w, const char *key, uint64_t v)
{
    jw_key(w, key);
    jw_uint(w, v);
}

void jw_key_real(struct jw *w, const char *key, double v)
{
    jw_key(w, key);
    jw_real(w, v);
}

void jw_key_bool(struct jw *w, const char *key, bool v)
{
    jw_key(w, key);
    jw_bool(w, v);
}

void jw_key_json(struct jw *w, const char *key, const char *json)
{
    jw_key(w, key);
    jw_json(w, json);
}

void jw_raw(struct jw *w, const char *bytes)
{
    put(w->out, bytes, strlen(bytes));
}

const char *jw_text(const struct jw *w)
{
    return w->out->str;
}

size_t jw_len(const struct jw *w)
{
    return w->out->len;
}

void jw_reset(struct jw *w)
{
    g_string_truncate(w->out, 0);
    w->depth = 0;
    w->more[0] = false;
    w->after_key = false;
}
