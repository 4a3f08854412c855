/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blast radius and exposure on a terminal. */
#include "ctl/radius.h"

#include <string.h>

#include "base/fetch.h"
#include "ctl/client.h"

static const char *question(struct command_ctx *c, const char *route,
                            const struct radius_options *o)
{
    g_autoptr(GString) q = g_string_new(NULL);

    g_string_printf(q, "/v1/%s?node=%s&limit=%d", route, fetch_escape(c->arena, c->args[0]),
                    o->limit);
    if (o->planes)
        g_string_append_printf(q, "&planes=%s", fetch_escape(c->arena, o->planes));
    if (o->verdict)
        g_string_append_printf(q, "&verdict=%s", fetch_escape(c->arena, o->verdict));
    if (o->max_hops)
        g_string_append_printf(q, "&max_hops=%d", o->max_hops);
    return arena_strdup(c->arena, q->str);
}

static void show_jewels(const json_t *doc)
{
    const json_t *jewels = json_object_get(doc, "crown_jewels");
    size_t i;
    json_t *j;

    if (json_array_size(jewels))
        client_print("\nCrown jewels\n");
    json_array_foreach (jewels, i, j) {
        client_print("  %s  weight %.1f, probability %.2f, %d steps\n", client_text(j, "key"),
                     client_number(j, "criticality"), client_number(j, "probability"),
                     (int)client_number(j, "hops"));
        if (i < 5)
            client_path(json_object_get(j, "path"));
    }
}

/* Exposure says it apart: whether anyone outside gets here. */
static void show_internet(const json_t *doc)
{
    const json_t *internet = json_object_get(doc, "internet");

    if (!internet)
        return;
    client_print("from the internet: %s (probability %.2f, %d steps)\n",
                 client_text(internet, "reachable"), client_number(internet, "probability"),
                 (int)client_number(internet, "hops"));
    client_path(json_object_get(internet, "path"));
}

bool radius_show(struct command_ctx *c, const char *route, const struct radius_options *o,
                 struct err *e)
{
    json_auto_t *doc = NULL;
    size_t i;
    json_t *n;
    const char *kind;

    if (!command_args(c, 1, e) || !client_get(c, question(c, route, o), &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    const json_t *counts = json_object_get(doc, "counts");
    const json_t *risk = json_object_get(doc, "risk");
    client_print("%s\n", client_text(json_object_get(doc, "source"), "key"));
    if (risk)
        client_print("risk %.1f (between %.1f and %.1f)\n", client_number(risk, "score"),
                     client_number(risk, "lower"), client_number(risk, "upper"));
    client_print("%d nodes:", (int)client_number(counts, "total"));
    json_object_foreach (json_object_get(counts, "by_kind"), kind, n)
        client_print(" %s %d", kind, (int)json_number_value(n));
    client_print("\n");
    show_internet(doc);
    show_jewels(doc);
    client_print("\nMost probable nodes\n");
    json_array_foreach (json_object_get(doc, "nodes"), i, n)
        client_print("  %.2f  %d steps  %s\n", client_number(n, "probability"),
                     (int)client_number(n, "hops"), client_text(n, "key"));
    if (json_is_true(json_object_get(doc, "truncated")))
        client_print("  ... (--limit shows more)\n");
    client_coverage(doc);
    return true;
}
