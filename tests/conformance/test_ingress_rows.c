/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Ingresses and Routes lead to, and policies let an ingress controller through to: every row
 * of expected_ingress.tsv (fixtures/netpol, its FORMAT.md). */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "ingest/ask_ingress.h"
#include "tests/support/load.h"
#include "tests/test.h"

#define PEER "{ingress-controller}\t"

struct tally {
    size_t tables, rows, lacking, extra;
};

static bool ignored(const json_t *meta, const char *row)
{
    const json_t *peer;
    size_t i;

    json_array_foreach (json_object_get(meta, "ignore_peers"), i, peer)
        if (g_str_has_prefix(row + strlen(PEER), json_string_value(peer)))
            return true;
    return false;
}

/* The rows from the controller. */
static GHashTable *rows_of(const json_t *meta, const char *table)
{
    GHashTable *rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);

    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, PEER) && !ignored(meta, *line))
            g_hash_table_add(rows, g_strdup(*line));
    return rows;
}

static size_t lacking(GHashTable *have, GHashTable *in, const char *what)
{
    GHashTableIter it;
    gpointer row;
    size_t n = 0;

    g_hash_table_iter_init(&it, have);
    while (g_hash_table_iter_next(&it, &row, NULL)) {
        if (g_hash_table_contains(in, row))
            continue;
        n++;
        cr_expect_fail("%s: %s", what, (const char *)row);
    }
    return n;
}

static char *ask(const char *input)
{
    struct ask_network_options o = {false, false};
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    char *got = NULL;
    size_t len;

    cr_expect_eq(load_path(f, input), 0, "%s has gaps", input);
    load_done(f);
    FILE *out = open_memstream(&got, &len);
    ask_ingress(f, &o, out);
    fclose(out);
    return got;
}

static void compare(struct tally *t, const char *dir, const char *file)
{
    g_autofree char *input = g_build_filename(dir, file, NULL);
    g_autofree char *path = g_build_filename(dir, "expected_ingress.tsv", NULL);
    g_autofree char *meta_path = g_build_filename(dir, "meta.json", NULL), *text = NULL;
    json_error_t why;

    if (!g_file_test(input, G_FILE_TEST_EXISTS))
        return;
    json_auto_t *meta = json_load_file(meta_path, 0, &why);
    cr_assert(meta, "%s: %s", meta_path, why.text);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    char *got = ask(input);
    g_autoptr(GHashTable) want = rows_of(meta, text);
    g_autoptr(GHashTable) have = rows_of(meta, got);
    free(got);
    t->tables++;
    t->rows += g_hash_table_size(want);
    g_autofree char *lacks = g_strdup_printf("%s lacks", input);
    t->lacking += lacking(want, have, lacks);
    g_autofree char *extra = g_strdup_printf("%s has too much", input);
    t->extra += lacking(have, want, extra);
}

Test(ingress_rows, agree_with_every_table, .timeout = 120)
{
    static const char *const inputs[] = {"list.json", "live.json", "manifests.yaml"};

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *cases = g_build_filename(test_fixtures(), "netpol", "cases", NULL);
    GDir *d = g_dir_open(cases, 0, NULL);
    struct tally t = {0};
    const char *name;

    cr_assert(d, "%s", cases);
    while ((name = g_dir_read_name(d))) {
        g_autofree char *dir = g_build_filename(cases, name, NULL);
        g_autofree char *path = g_build_filename(dir, "expected_ingress.tsv", NULL);
        for (size_t i = 0; g_file_test(path, G_FILE_TEST_EXISTS) && i < ARRAY_LEN(inputs); i++)
            compare(&t, dir, inputs[i]);
    }
    g_dir_close(d);
    printf("conformance ingress: %zu tables, %zu rows, %zu lacking, %zu too much\n", t.tables,
           t.rows, t.lacking, t.extra);
    cr_expect_gt(t.rows, 0);
}
