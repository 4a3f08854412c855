/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/cases/jewels/CASE: objects in, crown jewels and what is said of nodes out.
 *
 * input.yaml holds the objects; keys.txt (optional) the keys of crown-jewel, data-class and owner,
 * one a line.  Lines of want.txt:
 *   + KEY JEWEL WEIGHT   the node is this crown jewel
 *   - KEY                it is none
 *   ~ KEY TEXT           its props hold this text
 *   / KEY TEXT           its props do not
 *   ! JEWEL              no nodes are this jewel but those after +
 * The cluster is called c. */
#include <stdio.h>

#include "ingest/collect.h"
#include "ingest/derive/rule.h"
#include "tests/test.h"

#define CASES "tests/cases/jewels"

struct trial {
    const char *name;
    struct part part;
    GHashTable *wanted; /* keys after + */
};

static const struct node_row *find(const struct trial *c, const char *key)
{
    for (size_t i = 0; i < c->part.nnodes; i++)
        if (strcmp(c->part.nodes[i].key, key) == 0)
            return &c->part.nodes[i];
    cr_expect_fail("%s: no node %s", c->name, key);
    return NULL;
}

static const char *jewel_of(const struct node_row *n)
{
    return n->jewel == JEWEL_NONE ? "none" : kinds_jewel(n->jewel)->name;
}

static void only(const struct trial *c, const char *jewel)
{
    for (size_t i = 0; i < c->part.nnodes; i++) {
        const struct node_row *n = &c->part.nodes[i];

        cr_expect(strcmp(jewel_of(n), jewel) != 0 || g_hash_table_contains(c->wanted, n->key),
                  "%s: %s is %s", c->name, n->key, jewel);
    }
}

static void read_line(struct trial *c, const char *line, bool last_pass)
{
    g_auto(GStrv) w = g_strsplit(line, " ", 3);
    guint n = g_strv_length(w);

    if (n < 2 || *line == '#')
        return;
    if (*line == '!') {
        if (last_pass)
            only(c, w[1]);
        return;
    }
    const struct node_row *node = last_pass ? NULL : find(c, w[1]);
    if (!node)
        return;
    switch (*line) {
    case '+': {
        g_auto(GStrv) want = g_strsplit(n > 2 ? w[2] : "", " ", 2);
        cr_assert_eq(g_strv_length(want), 2, "%s: %s", c->name, line);
        cr_expect_str_eq(jewel_of(node), want[0], "%s: %s", c->name, line);
        cr_expect_float_eq(node->weight, g_ascii_strtod(want[1], NULL), 1e-9, "%s: %s, is %g",
                           c->name, line, node->weight);
        g_hash_table_add(c->wanted, (gpointer)node->key);
        break;
    }
    case '-':
        cr_expect_eq(node->jewel, JEWEL_NONE, "%s: %s is %s", c->name, line, jewel_of(node));
        break;
    case '~':
    case '/':
        cr_expect_eq(strstr(node->props, w[2]) != NULL, *line == '~', "%s: %s in %s", c->name, line,
                     node->props);
        break;
    default:
        cr_expect_fail("%s: %s", c->name, line);
    }
}

static void use_keys(struct collect *col, const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "keys.txt", NULL), *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) keys = g_strsplit(text, "\n", -1);
    cr_assert_geq(g_strv_length(keys), 3, "%s", path);
    collect_tags(col, &(struct facts_tags){keys[0], keys[1], keys[2]});
}

static void try_case(const char *dir, const char *name)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) col = collect_new(a, "c");
    g_autofree char *input = g_build_filename(dir, "input.yaml", NULL);
    g_autofree char *want = g_build_filename(dir, "want.txt", NULL), *text = NULL;
    struct trial c = {.name = name};

    use_keys(col, dir);
    must(collect_read(col, input, &e));
    collect_finish(col);
    must(rule_derive(collect_facts(col), NULL, a, &c.part, &e));
    cr_assert(g_file_get_contents(want, &text, NULL, NULL), "%s", want);
    c.wanted = g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int pass = 0; pass < 2; pass++)
        for (char **line = lines; *line; line++)
            read_line(&c, *line, pass == 1);
    g_hash_table_destroy(c.wanted);
}

Test(jewel_cases, are_the_jewels_that_they_should_be_and_no_others)
{
    GDir *d = g_dir_open(CASES, 0, NULL);
    const char *name;
    size_t n = 0;

    cr_assert(d, "%s", CASES);
    for (; (name = g_dir_read_name(d)); n++) {
        g_autofree char *dir = g_build_filename(CASES, name, NULL);
        try_case(dir, name);
    }
    g_dir_close(d);
    printf("jewel cases: %zu\n", n);
    cr_expect_gt(n, 0);
}
