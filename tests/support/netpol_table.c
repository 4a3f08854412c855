/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as sets of rows. */
#include "tests/support/netpol_table.h"

#include <stdio.h>
#include <string.h>

#include "ingest/ask_network.h"
#include "tests/test.h"

json_t *netpol_table_meta(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "meta.json", NULL);
    json_error_t why;
    json_t *meta = json_load_file(path, 0, &why);

    cr_assert(meta, "%s: %s", path, why.text);
    return meta;
}

bool netpol_table_has(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

bool netpol_table_by_pod(const json_t *meta)
{
    const char *level = json_string_value(json_object_get(meta, "peer_level"));

    return level && strcmp(level, "pod") == 0;
}

/* Peers that the engines treat as what they are not. */
static bool ignored(const json_t *meta, const char *row)
{
    g_auto(GStrv) c = g_strsplit(row, "\t", 3);
    const json_t *peer;
    size_t i;

    json_array_foreach (json_object_get(meta, "ignore_peers"), i, peer)
        if (strcmp(json_string_value(peer), c[0]) == 0 ||
            strcmp(json_string_value(peer), c[1]) == 0)
            return true;
    return false;
}

/* The rows of a table but its head line and what is ignored. */
static GHashTable *rows_of(const json_t *meta, const char *table)
{
    GHashTable *rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);

    for (size_t i = 1; lines[0] && lines[i]; i++)
        if (*lines[i] && !ignored(meta, lines[i]))
            g_hash_table_add(rows, g_strdup(lines[i]));
    return rows;
}

/* How many rows of one table the other lacks; the first is told. */
static size_t lacking(GHashTable *have, GHashTable *in, const char *what)
{
    GHashTableIter it;
    gpointer row;
    size_t n = 0;

    g_hash_table_iter_init(&it, have);
    while (g_hash_table_iter_next(&it, &row, NULL))
        if (!g_hash_table_contains(in, row) && n++ == 0)
            cr_expect_fail("%s: %s", what, (const char *)row);
    return n;
}

static char *table_of(const struct facts *f, const json_t *meta, bool blocks_match_pods)
{
    struct ask_network_options o = {blocks_match_pods, netpol_table_by_pod(meta)};
    char *got = NULL;
    size_t len;
    FILE *out = open_memstream(&got, &len);

    ask_network(f, &o, out, stderr);
    fclose(out);
    return got;
}

void netpol_table_compare(struct netpol_table_tally *t, const char *dir, const char *what,
                          const struct facts *f, const char *expected, bool blocks_match_pods)
{
    json_auto_t *meta = netpol_table_meta(dir);
    g_autofree char *path = g_build_filename(dir, expected, NULL), *text = NULL;
    g_autofree char *less = g_strdup_printf("%s %s lacks", dir, what);
    g_autofree char *more = g_strdup_printf("%s %s has too much", dir, what);
    char *got = table_of(f, meta, blocks_match_pods);

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_autoptr(GHashTable) want = rows_of(meta, text);
    g_autoptr(GHashTable) have = rows_of(meta, got);
    free(got);
    size_t lacks = lacking(want, have, less), extra = lacking(have, want, more);
    t->tables++;
    t->differ += lacks || extra;
    t->rows += g_hash_table_size(want);
    t->lacking += lacks;
    t->extra += extra;
}

void netpol_table_print(const char *name, const struct netpol_table_tally *t)
{
    printf("%s: %zu tables, %zu agree, %zu differ; %zu rows, %zu lacking, %zu too much\n", name,
           t->tables, t->tables - t->differ, t->differ, t->rows, t->lacking, t->extra);
}
