/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client of the HTTP API. */
#include "ctl/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"

static enum err_kind kind_of(int status)
{
    for (enum err_kind k = 0; k < ERR_COUNT; k++)
        if (err_http(k) == status)
            return k;
    return status >= 500 ? ERR_IO : ERR_INPUT;
}

bool client_get(const struct command_ctx *c, const char *path, json_t **out, struct err *e)
{
    struct fetch_request q = {.url = arena_printf(c->arena, "%s%s", c->url, path)};
    struct fetch_answer r;
    json_error_t where;

    if (!fetch_do(&q, c->arena, &r, e))
        return err_wrap(e, "is graphd running");
    json_t *doc = json_loadb(r.body, r.body_len, 0, &where);
    if (r.status >= 400) {
        const char *detail = doc ? client_text(doc, "detail") : "";
        err_set(e, kind_of(r.status), "%s", *detail ? detail : "the service gave no reason");
        err_wrap(e, "%d", r.status);
        json_decref(doc);
        return false;
    }
    if (!doc)
        return err_set(e, ERR_IO, "%s: not JSON: %s", q.url, where.text);
    *out = doc;
    return true;
}

void client_dump(const json_t *doc)
{
    json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
}

const char *client_text(const json_t *obj, const char *key)
{
    const char *s = json_string_value(json_object_get(obj, key));

    return s ? s : "";
}

double client_number(const json_t *obj, const char *key)
{
    return json_number_value(json_object_get(obj, key));
}

void client_print(const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    for (char *line = text; *line;) {
        char *end = line;
        while (*end && *end != '\n')
            end++;
        char stop = *end;
        *end = '\0';
        err_clean(line);
        fputs(line, stdout);
        if (!stop)
            break;
        putchar('\n');
        line = end + 1;
    }
}

/* The objects and fields that make a step true, each once, in the order of the way; objects without
 * a field only where there is nothing better. */
static size_t because(const json_t *evidence, bool with_field)
{
    enum { MOST = 4 };
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    size_t i;
    json_t *piece;

    json_array_foreach (evidence, i, piece) {
        const char *object = client_text(piece, "object"), *field = client_text(piece, "field");
        if (!*object || (*field != '\0') != with_field)
            continue;
        char *text = g_strconcat(object, *field ? " " : "", field, NULL);
        if (said->len < MOST && !g_ptr_array_find_with_equal_func(said, text, g_str_equal, NULL))
            g_ptr_array_add(said, text);
        else
            g_free(text);
    }
    for (i = 0; i < said->len; i++)
        client_print("         because of %s\n", (const char *)said->pdata[i]);
    return said->len;
}

void client_path(const json_t *path)
{
    size_t i;
    json_t *step;

    json_array_foreach (path, i, step) {
        client_print("      %zu. %s -> %s\n", i + 1, client_text(step, "from"),
                     client_text(step, "to"));
        client_print("         %s, %s (p %.2f)%s\n", client_text(step, "edge"),
                     client_text(step, "class"), client_number(step, "probability"),
                     strcmp(client_text(step, "verdict"), "unknown") == 0 ? ", not certain" : "");
        if (!because(json_object_get(step, "evidence"), true))
            because(json_object_get(step, "evidence"), false);
    }
}

void client_coverage(const json_t *answer)
{
    const json_t *missing = json_object_get(json_object_get(answer, "coverage"), "missing");
    size_t i;
    json_t *gap;

    if (!json_array_size(missing))
        return;
    client_print("\nNot seen, so the answer may be too small:\n");
    json_array_foreach (missing, i, gap) {
        if (i == 5) {
            client_print("  ... and %zu more (graphctl status)\n", json_array_size(missing) - i);
            break;
        }
        client_print("  %s: %s: %s\n", client_text(gap, "cluster"), client_text(gap, "what"),
                     client_text(gap, "why"));
    }
}
