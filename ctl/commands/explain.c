/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl explain FROM TO [--kind LABEL] */
#include <string.h>

#include "base/fetch.h"
#include "ctl/client.h"

enum { WIDTH = 96, MOST_MISSING = 12 };

static char *kind;
static gboolean all;

static const GOptionEntry options[] = {
    {"kind", 0, 0, G_OPTION_ARG_STRING, &kind, "Only this kind of edge, such as POD_EXEC", "LABEL"},
    {"all", 0, 0, G_OPTION_ARG_NONE, &all, "Every kind that is missing, not only the nearest",
     NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Prints text in lines of WIDTH characters, each after `margin`. */
static void wrap(const char *margin, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autoptr(GString) line = g_string_new(margin);
    size_t empty = line->len;

    for (char **word = words; *word; word++) {
        if (line->len > empty && line->len + 1 + strlen(*word) > WIDTH) {
            client_print("%s\n", line->str);
            g_string_assign(line, margin);
        }
        g_string_append_printf(line, "%s%s", line->len > empty ? " " : "", *word);
    }
    client_print("%s\n", line->str);
}

static void print_edges(const char *title, const json_t *edges)
{
    size_t i;
    json_t *edge;

    if (json_array_size(edges))
        client_print("%s", title);
    json_array_foreach (edges, i, edge) {
        const char *rule = client_text(edge, "rule");
        client_print("\n  %s: %s, %s, p %.2f%s%s\n", client_text(edge, "edge"),
                     client_text(edge, "verdict"), client_text(edge, "class"),
                     client_number(edge, "probability"), *rule ? ", rule " : "", rule);
        wrap("    ", client_text(edge, "words"));
        client_print("    Defend: %s\n", client_text(edge, "defend"));
    }
}

static void print_path(const json_t *doc)
{
    const json_t *words = json_object_get(doc, "path_words");
    size_t i;
    json_t *line;

    if (!json_array_size(words))
        return;
    client_print("\nThe best path (probability %.2f, %d steps):\n",
                 client_number(doc, "probability"), (int)client_number(doc, "hops"));
    json_array_foreach (words, i, line) {
        client_print("\n  %zu.\n", i + 1);
        wrap("    ", json_string_value(line));
    }
}

static void print_missing(const json_t *missing)
{
    size_t i;
    json_t *item;

    if (json_array_size(missing))
        client_print("\nWhat is missing, nearest first:\n");
    json_array_foreach (missing, i, item) {
        if (i == MOST_MISSING && !all) {
            client_print("\n  ... and %zu more kinds (--all, or --kind LABEL)\n",
                         json_array_size(missing) - i);
            return;
        }
        client_print("\n  %s%s\n", client_text(item, "edge"),
                     json_is_true(json_object_get(item, "specific")) ? "" : " (not specific)");
        wrap("    ", client_text(item, "words"));
    }
}

static bool run(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;

    if (!command_args(c, 2, e))
        return false;
    const char *path =
        arena_printf(c->arena, "/v1/edge?from=%s&to=%s%s%s", fetch_escape(c->arena, c->args[0]),
                     fetch_escape(c->arena, c->args[1]), kind ? "&kind=" : "",
                     kind ? fetch_escape(c->arena, kind) : "");
    if (!client_get(c, path, &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    wrap("", client_text(doc, "summary"));
    print_edges("", json_object_get(doc, "edges"));
    print_edges("\nBetween what FROM holds and what holds TO:\n", json_object_get(doc, "nearby"));
    print_missing(json_object_get(doc, "missing"));
    print_path(doc);
    if (*client_text(doc, "note"))
        client_print("\nNote: %s\n", client_text(doc, "note"));
    client_coverage(doc);
    return true;
}

const struct command command_explain = {
    .name = "explain",
    .args = "FROM TO",
    .help = "why there is an edge from FROM to TO, or what is missing for one",
    .options = options,
    .run = run,
};
