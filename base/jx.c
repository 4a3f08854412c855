/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cursor: costs nothing until something is wrong. */
#include "base/jx.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

enum { DEEPEST_WAY = 32 };

static const char *type_name(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
    };

    return v ? names[json_typeof(v)] : "nothing";
}

struct jx jx_root(const json_t *v)
{
    return (struct jx){.v = v};
}

bool jx_err(const struct jx *in, struct err *e, const char *fmt, ...)
{
    const struct jx *way[DEEPEST_WAY];
    size_t depth = 0, used = 0;
    char text[sizeof(e->msg)] = "", words[sizeof(e->msg)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    for (const struct jx *j = in; j && j->up && depth < DEEPEST_WAY; j = j->up)
        way[depth++] = j;
    while (depth-- > 0 && used < sizeof(text)) {
        const struct jx *j = way[depth];
        int n = j->key ? snprintf(text + used, sizeof(text) - used, "/%s", j->key)
                       : snprintf(text + used, sizeof(text) - used, "/%zu", j->index);
        used += n > 0 ? (size_t)n : 0;
    }
    return err_set(e, ERR_INPUT, "%s: %s", text[0] ? text : "/", words);
}

static struct jx member(const struct jx *in, const char *key)
{
    struct jx m = {.v = json_object_get(in->v, key), .up = in, .key = key};

    if (json_is_null(m.v))
        m.v = NULL;
    return m;
}

static bool typed(const struct jx *m, json_type want, const char *name, bool must, struct err *e)
{
    if (!m->v && !must)
        return true;
    if (m->v && json_typeof(m->v) == want)
        return true;
    return jx_err(m, e, "want %s, got %s", name, type_name(m->v));
}

bool jx_obj(const struct jx *in, const char *key, struct jx *out, struct err *e)
{
    *out = member(in, key);
    return typed(out, JSON_OBJECT, "object", true, e);
}

bool jx_arr(const struct jx *in, const char *key, struct jx *out, struct err *e)
{
    *out = member(in, key);
    return typed(out, JSON_ARRAY, "array", true, e);
}

bool jx_opt_obj(const struct jx *in, const char *key, struct jx *out, struct err *e)
{
    *out = member(in, key);
    return typed(out, JSON_OBJECT, "object", false, e);
}

bool jx_opt_arr(const struct jx *in, const char *key, struct jx *out, struct err *e)
{
    *out = member(in, key);
    return typed(out, JSON_ARRAY, "array", false, e);
}

bool jx_text(const struct jx *in, const char **out, struct err *e)
{
    if (!typed(in, JSON_STRING, "string", true, e))
        return false;
    *out = json_string_value(in->v);
    return strlen(*out) == json_string_length(in->v) || jx_err(in, e, "text with a NUL byte");
}

bool jx_str(const struct jx *in, const char *key, const char **out, struct err *e)
{
    struct jx m = member(in, key);

    return jx_text(&m, out, e);
}

bool jx_opt_str(const struct jx *in, const char *key, const char *dflt, const char **out,
                struct err *e)
{
    struct jx m = member(in, key);

    *out = dflt;
    return !m.v || jx_text(&m, out, e);
}

bool jx_opt_bool(const struct jx *in, const char *key, bool dflt, bool *out, struct err *e)
{
    struct jx m = member(in, key);

    *out = dflt;
    if (!m.v)
        return true;
    if (!json_is_boolean(m.v))
        return jx_err(&m, e, "want boolean, got %s", type_name(m.v));
    *out = json_is_true(m.v);
    return true;
}

bool jx_opt_int(const struct jx *in, const char *key, int64_t dflt, int64_t *out, struct err *e)
{
    struct jx m = member(in, key);

    *out = dflt;
    if (!typed(&m, JSON_INTEGER, "integer", false, e))
        return false;
    if (m.v)
        *out = json_integer_value(m.v);
    return true;
}

size_t jx_count(const struct jx *in)
{
    if (json_is_object(in->v))
        return json_object_size(in->v);
    return json_array_size(in->v);
}

struct jx jx_at(const struct jx *in, size_t i)
{
    return (struct jx){.v = json_array_get(in->v, i), .up = in, .index = i};
}

bool jx_at_obj(const struct jx *in, size_t i, struct jx *out, struct err *e)
{
    *out = jx_at(in, i);
    return typed(out, JSON_OBJECT, "object", true, e);
}

bool jx_at_str(const struct jx *in, size_t i, const char **out, struct err *e)
{
    struct jx m = jx_at(in, i);

    return jx_text(&m, out, e);
}

char *jx_peek(const char *json, const char *member)
{
    if (!strstr(json, member))
        return NULL;
    json_auto_t *doc = json_loads(json, 0, NULL);
    return g_strdup(json_string_value(json_object_get(doc, member)));
}
