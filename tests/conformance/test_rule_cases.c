/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/cases/rules/LABEL/CASE: objects in, edges out.
 *
 * input.yaml or input.json holds the objects, version.json (optional) the server's version.  Lines
 * of want.txt:
 *   + LABEL FROM TO [verdict]   this edge is drawn (verdict yes unless said)
 *   ~ LABEL FROM TO TEXT      the JSON text of its evidence holds this text
 *   - LABEL FROM TO             this edge is not drawn
 *   ? LABEL FROM TO TEXT        this edge is not drawn, and the reason given for it holds this text
 *   ! LABEL                     no edges of this kind but those after +
 * The cluster is called c. */
#include <stdio.h>

#include "ingest/derive/missing.h"
#include "ingest/derive/why.h"
#include "tests/support/load.h"
#include "tests/test.h"

#define CASES "tests/cases/rules"

struct tally {
    size_t cases, wanted, found, forbidden, drawn, wrong_verdict;
    size_t asked, specific; /* why a forbidden edge is not there */
};

/* One case at work. */
struct trial {
    const char *name;
    struct part part;
    GHashTable *edges;  /* "LABEL FROM TO" -> const struct edge_row * */
    GHashTable *wanted; /* "LABEL FROM TO" of the + lines */
    struct missing *missing;
    struct tally *t;
};

static char *edge_text(const struct part *p, const struct edge_row *e)
{
    return g_strjoin(" ", kinds_edge(e->kind)->label, p->nodes[e->src].key, p->nodes[e->dst].key,
                     NULL);
}

static void want(struct trial *c, const char *edge, const char *verdict)
{
    const struct edge_row *e = g_hash_table_lookup(c->edges, edge);

    c->t->wanted++;
    c->t->found += e != NULL;
    cr_expect(e, "%s: lacks %s", c->name, edge);
    if (!e || strcmp(kinds_verdict_name((enum verdict)e->verdict), verdict) == 0)
        return;
    c->t->wrong_verdict++;
    cr_expect_fail("%s: %s: %s, want %s", c->name, edge,
                   kinds_verdict_name((enum verdict)e->verdict), verdict);
}

static void want_evidence(struct trial *c, const char *edge, const char *text)
{
    const struct edge_row *e = g_hash_table_lookup(c->edges, edge);
    AUTO(jw) buf = jw_new();
    const char *said = e ? evidence_text(c->part.evidence, e->evidence, buf) : "no edge";

    cr_expect(e && strstr(said, text), "%s: %s: lacks %s in %s", c->name, edge, text, said);
}

static void forbid(struct trial *c, const char *edge)
{
    c->t->forbidden++;
    if (!g_hash_table_contains(c->edges, edge))
        return;
    c->t->drawn++;
    cr_expect_fail("%s: draws %s", c->name, edge);
}

/* No edges of the kind but the wanted ones. */
static void only(struct trial *c, const char *label)
{
    GHashTableIter it;
    gpointer edge;
    g_autofree char *head = g_strconcat(label, " ", NULL);

    cr_expect(kinds_edge_by_name(label), "%s: no edge kind %s", c->name, label);
    g_hash_table_iter_init(&it, c->edges);
    while (g_hash_table_iter_next(&it, &edge, NULL))
        if (g_str_has_prefix(edge, head) && !g_hash_table_contains(c->wanted, edge))
            forbid(c, edge);
}

/* Every forbidden edge has a reason, if only that of its kind. */
static void want_reason(struct trial *c, char *const *w, const char *text)
{
    AUTO(arena) a = arena_new();
    struct rule_why why;

    must(missing_ask(c->missing, w[2], w[3], kinds_edge_by_name(w[1]), a, &why, &e));
    cr_assert(why.ev.reason && *why.ev.reason, "%s: %s: no reason", c->name, w[1]);
    c->t->asked++;
    c->t->specific += why.specific;
    cr_expect(!text || (why.specific && strstr(why.ev.reason, text)),
              "%s: no %s from %s to %s because \"%s\", which lacks \"%s\"", c->name, w[1], w[2],
              w[3], why.ev.reason, text ? text : "");
}

/* What is drawn lacks nothing.  A set in between says as much (WHY_HELD). */
static void deny_nothing(struct trial *c)
{
    AUTO(arena) a = arena_new();

    for (size_t i = 0; i < c->part.nedges; i++) {
        const struct edge_row *r = &c->part.edges[i];
        const char *from = c->part.nodes[r->src].key, *to = c->part.nodes[r->dst].key;
        struct rule_why why;

        must(missing_ask(c->missing, from, to, r->kind, a, &why, &e));
        cr_expect(!why.specific || why.near >= WHY_HELD,
                  "%s: %s from %s to %s is drawn, and said to be missing: %s", c->name,
                  kinds_edge(r->kind)->label, from, to, why.ev.reason);
    }
}

/* Both ends of a forbidden edge should be spelled right; an end that no rule made is allowed. */
static void read_line(struct trial *c, const char *line, bool last_pass)
{
    g_auto(GStrv) w = g_strsplit(line, " ", 5);
    guint n = g_strv_length(w);

    if (n == 0 || !*line || *line == '#')
        return;
    if (n == 2 && strcmp(w[0], "!") == 0) {
        if (last_pass)
            only(c, w[1]);
        return;
    }
    cr_assert(strlen(w[0]) == 1 && strchr("+~-?", *w[0]) && n >= (strchr("~?", *w[0]) ? 5 : 4) &&
                  kinds_edge_by_name(w[1]),
              "%s: line \"%s\"", c->name, line);
    char *edge = g_strjoin(" ", w[1], w[2], w[3], NULL);

    if (strcmp(w[0], "+") == 0 && !last_pass) {
        want(c, edge, n == 5 ? w[4] : "yes");
        g_hash_table_add(c->wanted, g_steal_pointer(&edge));
    } else if (strcmp(w[0], "~") == 0 && !last_pass) {
        want_evidence(c, edge, w[4]);
    } else if (!last_pass) { /* - or ? */
        forbid(c, edge);
        want_reason(c, w, *w[0] == '?' ? w[4] : NULL);
    }
    g_free(edge);
}

static struct facts *load(struct arena *a, const char *dir)
{
    static const char *const files[] = {"input.yaml", "input.json", "version.json"};
    struct facts *f = facts_new(a, "c");
    size_t read = 0;

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i], NULL);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        cr_expect_eq(load_path(f, path), 0, "%s has gaps", path);
        read++;
    }
    cr_assert_gt(read, 0, "%s has no input", dir);
    load_done(f);
    return f;
}

static void try_case(const char *dir, const char *name, struct tally *t)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = load(a, dir);
    g_autofree char *path = g_build_filename(dir, "want.txt", NULL), *text = NULL;
    struct trial c = {.name = name, .t = t};

    must(rule_derive(f, NULL, a, &c.part, &e));
    AUTO(missing) m = missing_new(f);
    c.missing = m;
    c.edges = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < c.part.nedges; i++)
        g_hash_table_insert(c.edges, edge_text(&c.part, &c.part.edges[i]),
                            (gpointer)&c.part.edges[i]);

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int pass = 0; pass < 2; pass++)
        for (char **line = lines; *line; line++)
            read_line(&c, *line, pass == 1);
    deny_nothing(&c);
    g_hash_table_destroy(c.edges);
    g_hash_table_destroy(c.wanted);
    t->cases++;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sub-folders by name. */
static GPtrArray *folders(const char *dir)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    cr_assert(d, "%s", dir);
    while ((name = g_dir_read_name(d)))
        g_ptr_array_add(all, g_strdup(name));
    g_dir_close(d);
    g_ptr_array_sort(all, by_text);
    return all;
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

/* test_rules.c demands cases of each. */
static size_t edge_kinds(void)
{
    size_t n = 0;

    for (unsigned k = 1; k < EDGE_KIND_LIMIT; k++)
        n += kinds_edge(k) != NULL;
    return n;
}

Test(rule_cases, draw_what_they_should_and_nothing_else)
{
    g_autoptr(GPtrArray) labels = folders(CASES);
    struct tally t = {0};

    for (guint i = 0; i < labels->len; i++) {
        g_autofree char *label_dir = g_build_filename(CASES, labels->pdata[i], NULL);
        g_autoptr(GPtrArray) cases = folders(label_dir);

        cr_expect(kinds_edge_by_name(labels->pdata[i]), "%s: no edge kind", label_dir);
        for (guint k = 0; k < cases->len; k++) {
            g_autofree char *dir = g_build_filename(label_dir, cases->pdata[k], NULL);

            try_case(dir, dir + sizeof(CASES), &t);
        }
    }
    printf("rule cases: %zu edge kinds, %zu cases, %zu edges wanted, %zu forbidden; precision "
           "%.1f %%, recall %.1f %%, %zu wrong verdicts\n",
           edge_kinds(), t.cases, t.wanted, t.forbidden, percent(t.found, t.found + t.drawn),
           percent(t.found, t.wanted), t.wrong_verdict);
    printf("rule cases: %zu of %zu missing edges with a reason of their own\n", t.specific,
           t.asked);
    cr_expect_gt(t.cases, 0);
}
