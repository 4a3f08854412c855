/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One term after the other; the first that is not plain ends it. */
#include "ingest/calicoselector.h"

#include <string.h>

enum { MOST_TERMS = 64, MOST_VALUES = 256 };

struct reader {
    const char *p;
    struct arena *a;
    struct fact_requirement terms[MOST_TERMS];
    size_t n;
};

static bool accept(struct reader *r, const char *token)
{
    while (g_ascii_isspace(*r->p))
        r->p++;
    if (!g_str_has_prefix(r->p, token))
        return false;
    r->p += strlen(token);
    return true;
}

static const char *read_key(struct reader *r)
{
    accept(r, "");
    size_t n = strspn(r->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");
    const char *key = n ? arena_strndup(r->a, r->p, n) : NULL;

    r->p += n;
    return key;
}

/* 'v' or "v". */
static const char *read_value(struct reader *r)
{
    accept(r, "");
    char quote = *r->p;
    const char *end = quote == '\'' || quote == '"' ? strchr(r->p + 1, quote) : NULL;

    if (!end)
        return NULL;
    const char *value = arena_strndup(r->a, r->p + 1, (size_t)(end - r->p) - 1);
    r->p = end + 1;
    return value;
}

static bool read_one(struct reader *r, struct fact_requirement *out)
{
    const char **v = arena_calloc(r->a, 1, sizeof(*v));

    v[0] = read_value(r);
    out->values = (struct texts){v, 1};
    return v[0];
}

static bool read_set(struct reader *r, struct fact_requirement *out)
{
    const char **v = arena_calloc(r->a, MOST_VALUES, sizeof(*v));
    size_t n = 0;

    if (!accept(r, "{"))
        return false;
    do {
        if (n == MOST_VALUES || !(v[n++] = read_value(r)))
            return false;
    } while (accept(r, ","));
    out->values = (struct texts){v, n};
    return accept(r, "}");
}

/* Labels that Calico makes up say nothing about those of pods; a namespace has its name. */
static bool is_own(const char *key)
{
    return (g_str_has_prefix(key, "projectcalico.org/") &&
            strcmp(key, "projectcalico.org/name") != 0) ||
           g_str_has_prefix(key, "pcns.") || g_str_has_prefix(key, "pcsa.");
}

static bool read_comparison(struct reader *r, struct fact_requirement *out)
{
    out->key = read_key(r);
    if (!out->key)
        return false;
    if (accept(r, "==")) {
        out->op = SELECTOR_IN;
        return read_one(r, out);
    }
    if (accept(r, "!=")) {
        out->op = SELECTOR_NOT_IN;
        return read_one(r, out);
    }
    out->op = accept(r, "not ") ? SELECTOR_NOT_IN : SELECTOR_IN;
    return accept(r, "in") && read_set(r, out);
}

static bool read_term(struct reader *r)
{
    struct fact_requirement term = {.op = SELECTOR_EXISTS};

    if (accept(r, "all()"))
        return true;
    if (accept(r, "!has(") || accept(r, "! has(")) {
        term.op = SELECTOR_DOES_NOT_EXIST;
        term.key = read_key(r);
    } else if (accept(r, "has(")) {
        term.key = read_key(r);
    } else {
        if (!read_comparison(r, &term))
            return false;
        if (!is_own(term.key))
            r->terms[r->n++] = term;
        return true;
    }
    if (!term.key || !accept(r, ")"))
        return false;
    if (!is_own(term.key))
        r->terms[r->n++] = term;
    return true;
}

void calicoselector_read(const char *text, struct arena *a, struct fact_selector *out)
{
    struct reader r = {.p = text, .a = a};

    *out = (struct fact_selector){0};
    if (accept(&r, "") && !*r.p)
        return;
    do {
        if (r.n == MOST_TERMS || !read_term(&r))
            return;
    } while (accept(&r, "&&"));
    accept(&r, "");
    if (*r.p || !r.n)
        return;
    out->requirements = arena_memdup(a, r.terms, r.n * sizeof(*r.terms));
    out->nrequirements = r.n;
}
