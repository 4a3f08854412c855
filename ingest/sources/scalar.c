/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of YAML 1.1 as Kubernetes applies them. */
#include "ingest/sources/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

enum { LONGEST_NUMBER = 64 };

/* Of the words of YAML 1.1 only y and n are text here: kubectl takes them for booleans, other
 * writers of YAML for names, and a name that turns into a boolean is lost while the reverse is
 * complained of.
 */
static const struct {
    const char *word;
    enum scalar means;
} words[] = {
    {"", SCALAR_NULL},         {"~", SCALAR_NULL},        {"null", SCALAR_NULL},
    {"Null", SCALAR_NULL},     {"NULL", SCALAR_NULL},     {"true", SCALAR_TRUE},
    {"True", SCALAR_TRUE},     {"TRUE", SCALAR_TRUE},     {"yes", SCALAR_TRUE},
    {"Yes", SCALAR_TRUE},      {"YES", SCALAR_TRUE},      {"on", SCALAR_TRUE},
    {"On", SCALAR_TRUE},       {"ON", SCALAR_TRUE},       {"false", SCALAR_FALSE},
    {"False", SCALAR_FALSE},   {"FALSE", SCALAR_FALSE},   {"no", SCALAR_FALSE},
    {"No", SCALAR_FALSE},      {"NO", SCALAR_FALSE},      {"off", SCALAR_FALSE},
    {"Off", SCALAR_FALSE},     {"OFF", SCALAR_FALSE},     {"<<", SCALAR_MERGE},
    {".nan", SCALAR_REFUSED},  {".NaN", SCALAR_REFUSED},  {".NAN", SCALAR_REFUSED},
    {".inf", SCALAR_REFUSED},  {".Inf", SCALAR_REFUSED},  {".INF", SCALAR_REFUSED},
    {"+.inf", SCALAR_REFUSED}, {"+.Inf", SCALAR_REFUSED}, {"+.INF", SCALAR_REFUSED},
    {"-.inf", SCALAR_REFUSED}, {"-.Inf", SCALAR_REFUSED}, {"-.INF", SCALAR_REFUSED},
};

/* The base that a prefix names; *p moves behind it.  A leading zero alone is octal. */
static int base_of(const char **p)
{
    static const struct {
        char letter;
        int base;
    } prefixes[] = {{'x', 16}, {'b', 2}, {'o', 8}};

    if (**p != '0' || !(*p)[1])
        return 10;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (g_ascii_tolower((*p)[1]) == prefixes[i].letter) {
            *p += 2;
            return prefixes[i].base;
        }
    *p += 1;
    return 8;
}

static bool integer(const char *s, char out[SCALAR_NUMBER])
{
    bool minus = *s == '-';
    const char *p = s + (*s == '-' || *s == '+');
    char *end;
    int base = base_of(&p);

    if (!g_ascii_isxdigit(*p)) /* strtoull would take a sign or space */
        return false;
    errno = 0;
    uint64_t v = strtoull(p, &end, base);
    if (*end || errno || (minus && v > (uint64_t)INT64_MAX + 1))
        return false;
    snprintf(out, SCALAR_NUMBER, "%s%" PRIu64, minus && v ? "-" : "", v);
    return true;
}

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_like_float(const char *p)
{
    p += *p == '-' || *p == '+';
    size_t whole = digits(p), part = 0;
    p += whole;
    if (*p == '.')
        p += 1 + (part = digits(p + 1));
    if (!whole && !part)
        return false;
    if (*p != 'e' && *p != 'E')
        return !*p;
    p++;
    p += *p == '-' || *p == '+';
    return digits(p) && !p[digits(p)];
}

static bool real(const char *s, char out[SCALAR_NUMBER])
{
    if (!looks_like_float(s))
        return false;
    double v = g_ascii_strtod(s, NULL);
    if (!isfinite(v))
        return false;
    g_ascii_formatd(out, SCALAR_NUMBER, "%.17g", v);
    return true;
}

enum scalar scalar_resolve(const char *s, size_t len, bool plain, const char *tag,
                           char number[SCALAR_NUMBER])
{
    char bare[LONGEST_NUMBER];
    size_t used = 0;

    /* A tag of another kind than !!str means: as the text looks, quoted or not. */
    if (tag ? strcmp(tag, "!") == 0 || g_str_has_suffix(tag, ":str") ||
                  g_str_has_suffix(tag, ":binary")
            : !plain)
        return SCALAR_TEXT;
    if (strlen(s) != len)
        return SCALAR_TEXT;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(s, words[i].word) == 0)
            return words[i].means;
    if (len >= sizeof(bare) || !(g_ascii_isdigit(*s) || *s == '-' || *s == '+' || *s == '.'))
        return SCALAR_TEXT;
    for (size_t i = 0; i < len; i++)
        if (s[i] != '_')
            bare[used++] = s[i];
    bare[used] = '\0';
    if (integer(bare, number) || real(bare, number))
        return SCALAR_NUMBER_TEXT;
    return SCALAR_TEXT;
}
