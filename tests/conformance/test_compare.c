/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/comparison-kubehound.md, made from real output: what KubeHound asserts about its own test
 * cluster, what our rules draw on a recording of it, and what the recorded server answered.
 *
 * tests/cases/compare/kubehound.tsv has a row for each of its assertions:
 *   edge, case, what KubeHound asserts, how we count, what we must count, who is right, why, proof
 * How we count: "count LABEL FROM TO", edges whose ends begin with these keys; "targets LABEL FROM
 * TO", their distinct targets; "flat LABEL FROM TO", distinct targets when hubs are opened; several
 * joined by " + "; `-` is any key.  Proofs, joined by "; ": "sar SUBJECT VERB GROUP RESOURCE
 * SUBRESOURCE NAMESPACE NAME" (`-` is empty) and "effect WHO, WHAT" are looked up in the
 * recordings, other text stands as it is.
 *
 * The page must say what this prints; GRAPHD_WRITE_COMPARISON=1 writes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/support/cluster.h"
#include "tests/test.h"

#define ROWS "tests/cases/compare/kubehound.tsv"
#define HEAD "tests/cases/compare/kubehound.md"
#define PAGE "docs/comparison-kubehound.md"

enum { EDGE, CASE, THEIRS, COUNT, WANT, RIGHT, WHY, PROOF, COLUMNS };

struct recorded {
    GHashTable *sar; /* the first eight columns, joined by tabs -> the ninth */
    json_t *effects;
};

static GHashTable *read_sar(void)
{
    g_autofree char *path =
        g_build_filename(test_fixtures(), "clusters", "kubehound", "sar-truth.tsv", NULL);
    g_autofree char *text = NULL;
    GHashTable *sar = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *last = strrchr(*line, '\t');
        if (last)
            g_hash_table_insert(sar, g_strndup(*line, (size_t)(last - *line)), g_strdup(last + 1));
    }
    return sar;
}

static json_t *read_effects(void)
{
    g_autofree char *path =
        g_build_filename(test_fixtures(), "clusters", "zoo", "effects.json", NULL);
    json_error_t why;
    json_t *doc = json_load_file(path, 0, &why);

    cr_assert(doc, "%s: %s", path, why.text);
    return doc;
}

/* "sar default/x create - pods exec default -" in words, with the recorded answer. */
static char *sar_words(const struct recorded *r, const char *proof)
{
    g_auto(GStrv) w = g_strsplit(proof, " ", -1);

    cr_assert_eq(g_strv_length(w), 8, "%s", proof);
    for (char **p = w; *p; p++)
        if (strcmp(*p, "-") == 0)
            **p = '\0';
    g_autofree char *key =
        g_strjoin("\t", "ServiceAccount", w[1], w[2], w[3], w[4], w[5], w[6], w[7], NULL);
    const char *answer = g_hash_table_lookup(r->sar, key);

    cr_assert(answer, "no recorded answer to \"%s\"", proof);
    return g_strdup_printf("`%s` may %s %s%s%s%s%s%s%s: **%s**", w[1], w[2], w[4], *w[5] ? "/" : "",
                           w[5], *w[7] ? " " : "", w[7], *w[6] ? " in " : "", w[6],
                           strcmp(answer, "true") == 0 ? "yes" : "no");
}

static char *effect_words(const struct recorded *r, const char *proof)
{
    g_auto(GStrv) w = g_strsplit(proof + strlen("effect "), ", ", 2);
    const json_t *e;
    size_t i;

    json_array_foreach (r->effects, i, e) {
        const char *who = json_string_value(json_object_get(e, "who"));
        const char *what = json_string_value(json_object_get(e, "what"));

        if (who && what && strcmp(who, w[0]) == 0 && strcmp(what, w[1]) == 0)
            return g_strdup_printf("%s: **%lld**", what,
                                   (long long)json_integer_value(json_object_get(e, "http")));
    }
    cr_assert_fail("no recorded effect \"%s\"", proof);
    return NULL;
}

static char *proof_words(const struct recorded *r, const char *proofs)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) each = g_strsplit(proofs, "; ", -1);

    for (char **p = each; *p; p++) {
        g_autofree char *words = g_str_has_prefix(*p, "sar ")      ? sar_words(r, *p)
                                 : g_str_has_prefix(*p, "effect ") ? effect_words(r, *p)
                                                                   : g_strdup(*p);
        g_string_append_printf(out, "%s%s", out->len ? "; " : "", words);
    }
    return g_string_free(out, FALSE);
}

/* One term of a count: "flat POD_EXEC permissionset/default/ pod/default/". */
static size_t count_term(const struct part *p, const char *term)
{
    g_auto(GStrv) w = g_strsplit(term, " ", -1);

    cr_assert(g_strv_length(w) == 4 && kinds_edge_by_name(w[1]), "\"%s\"", term);
    const char *from = strcmp(w[2], "-") == 0 ? "" : w[2], *to = strcmp(w[3], "-") == 0 ? "" : w[3];

    if (strcmp(w[0], "count") == 0)
        return cluster_count(p, w[1], from, to);
    if (strcmp(w[0], "targets") == 0)
        return cluster_targets(p, w[1], from, to);
    cr_assert_str_eq(w[0], "flat");
    return cluster_flat(p, w[1], from, to);
}

static size_t count(const struct part *p, const char *terms)
{
    g_auto(GStrv) each = g_strsplit(terms, " + ", -1);
    size_t sum = 0;

    for (char **t = each; *t; t++)
        sum += count_term(p, *t);
    return sum;
}

static void put_row(GString *out, const struct part *p, const struct recorded *r, const char *line)
{
    g_auto(GStrv) c = g_strsplit(line, "\t", -1);

    cr_assert_eq(g_strv_length(c), COLUMNS, "%s: \"%s\"", ROWS, line);
    g_autofree char *proof = proof_words(r, c[PROOF]);
    size_t ours = count(p, c[COUNT]);

    cr_expect_eq(ours, strtoul(c[WANT], NULL, 10), "%s (%s): %zu, want %s", c[EDGE], c[CASE], ours,
                 c[WANT]);
    g_string_append_printf(out, "| `%s` | %s | %s | %zu | %s | %s | %s |\n", c[EDGE], c[CASE],
                           c[THEIRS], ours, c[RIGHT], c[WHY], proof);
}

static char *page(void)
{
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);
    struct recorded r = {read_sar(), read_effects()};
    g_autofree char *rows = NULL, *head = NULL;

    cr_assert(g_file_get_contents(ROWS, &rows, NULL, NULL), "%s", ROWS);
    cr_assert(g_file_get_contents(HEAD, &head, NULL, NULL), "%s", HEAD);
    GString *out = g_string_new(head);
    g_auto(GStrv) lines = g_strsplit(rows, "\n", -1);
    for (char **line = lines; *line; line++)
        if (**line && **line != '#')
            put_row(out, &p, &r, *line);
    g_hash_table_destroy(r.sar);
    json_decref(r.effects);
    return g_string_free(out, FALSE);
}

Test(compare, the_page_says_what_is_drawn)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *now = page(), *said = NULL;

    if (g_getenv("GRAPHD_WRITE_COMPARISON"))
        cr_assert(g_file_set_contents(PAGE, now, -1, NULL), "%s", PAGE);
    cr_assert(g_file_get_contents(PAGE, &said, NULL, NULL), "%s", PAGE);
    cr_expect_str_eq(now, said, "%s is out of date: make compare", PAGE);
}
