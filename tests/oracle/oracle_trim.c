/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keep paths against a tree: at each value, the tails of the paths that lead on from it. */
#include "tests/oracle/oracle_trim.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

/* What is left of a path behind the member `key`; NULL if the path goes elsewhere. */
static const char *step(const char *path, const char *key)
{
    bool quoted = *path == '"';
    size_t n = quoted ? strcspn(path + 1, "\"") : strcspn(path, ".["), want = strlen(key);
    const char *part = path + quoted, *tail = part + n + quoted;
    bool prefix = n > 1 && part[n - 1] == '*';

    if (prefix ? strncmp(part, key, n - 1) != 0 : n != want || strncmp(part, key, n) != 0)
        return NULL;
    return *tail == '.' ? tail + 1 : tail;
}

/* A scalar where a path leads on: its type stays, so that the parser can complain of it. */
static json_t *stand_in(const json_t *v)
{
    return json_is_string(v)   ? json_string("")
           : json_is_number(v) ? json_integer(0)
                               : json_deep_copy(v);
}

/* What a path `[].^text` keeps of an element; NULL for nothing. */
static json_t *word(const json_t *v, const char *path)
{
    g_autofree char *text = g_str_has_prefix(path, "[].^") ? g_strdup(path + 4) : NULL;
    const char *s = json_string_value(v);

    if (!text || !s)
        return NULL;
    char *last = text + strlen(text) - 1, mark = *last;
    if (mark == '*' || mark == '$')
        *last = '\0';
    if (mark == '$' ? strcmp(s, text) != 0 : !g_str_has_prefix(s, text))
        return NULL;
    return json_string(mark == '*' ? s : text);
}

static bool is_words(const json_t *v, const GPtrArray *paths)
{
    return json_is_array(v) && paths->len && g_str_has_prefix(paths->pdata[paths->len - 1], "[].^");
}

static json_t *words(const json_t *v, const GPtrArray *paths)
{
    json_t *out = json_array(), *child;
    size_t at;

    json_array_foreach (v, at, child) {
        json_t *kept = NULL;
        for (guint i = 0; !kept && i < paths->len; i++)
            kept = word(child, paths->pdata[i]);
        if (kept)
            json_array_append_new(out, kept);
    }
    if (json_array_size(out))
        return out;
    json_decref(out);
    return NULL;
}

static json_t *walk(const json_t *v, GPtrArray *paths)
{
    if (is_words(v, paths))
        return words(v, paths);
    json_t *out = json_is_object(v) ? json_object() : json_is_array(v) ? json_array() : NULL;
    const char *key;
    json_t *child;
    size_t at;

    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        if (!strcmp(path, "*") || (!*path && !out)) {
            json_decref(out);
            return json_deep_copy(v);
        }
        if (!strcmp(path, "!"))
            json_object_foreach ((json_t *)(uintptr_t)v, key, child)
                json_object_set_new(out, key, json_null());
    }
    json_object_foreach ((json_t *)(uintptr_t)v, key, child) {
        g_autoptr(GPtrArray) on = g_ptr_array_new();
        for (guint i = 0; i < paths->len; i++) {
            const char *tail = step(paths->pdata[i], key);
            if (tail)
                g_ptr_array_add(on, (void *)(uintptr_t)tail);
        }
        json_t *kept = on->len ? walk(child, on) : NULL;
        if (kept)
            json_object_set_new(out, key, kept);
    }
    json_array_foreach ((json_t *)(uintptr_t)v, at, child) {
        g_autoptr(GPtrArray) on = g_ptr_array_new();
        for (guint i = 0; i < paths->len; i++)
            if (g_str_has_prefix(paths->pdata[i], "[]."))
                g_ptr_array_add(on, (char *)paths->pdata[i] + 3);
        json_t *kept = on->len ? walk(child, on) : NULL;
        if (kept)
            json_array_append_new(out, kept);
    }
    return out ? out : stand_in(v);
}

json_t *oracle_trim(const json_t *item, const char *const *common, const char *const *keep,
                    const char *more)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    for (; common && *common; common++)
        g_ptr_array_add(paths, (void *)(uintptr_t)*common);
    for (; keep && *keep; keep++)
        g_ptr_array_add(paths, (void *)(uintptr_t)*keep);
    if (more)
        g_ptr_array_add(paths, (void *)(uintptr_t)more);
    return walk(item, paths);
}
