/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every row of rules.def owes, whoever adds the next one. */
#include <stdio.h>
#include <unistd.h>

#include "ingest/derive/rule.h"
#include "tests/support/cluster.h"
#include "tests/support/evidence.h"
#include "tests/test.h"

/* Whether some case of the label has a line of that sign. */
static bool has_line(const char *label, char sign)
{
    g_autofree char *dir = g_build_filename("tests/cases/rules", label, NULL);
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    bool found = false;

    while (d && !found && (name = g_dir_read_name(d))) {
        g_autofree char *file = g_build_filename(dir, name, "want.txt", NULL), *text = NULL;
        if (!g_file_get_contents(file, &text, NULL, NULL))
            continue;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **l = lines; *l; l++)
            found |= **l == sign && strlen(*l) > 2 && strncmp(*l + 2, label, strlen(label)) == 0;
    }
    if (d)
        g_dir_close(d);
    return found;
}

Test(rules, every_row_is_whole)
{
    for (size_t i = 0; rules[i]; i++) {
        const struct rule *r = rules[i];

        cr_assert(r->name && r->derive && r->version > 0, "row %zu", i);
        cr_expect_eq(rule_find(r->name), r, "%s: two rows of one name", r->name);
        cr_expect(r->kinds[0] && !r->kinds[ARRAY_LEN(r->kinds) - 1], "%s: kinds", r->name);
    }
    cr_expect_null(rule_find("no_such_rule"));
}

Test(rules, every_edge_kind_has_a_page_and_cases_that_draw_and_forbid_it)
{
    for (size_t i = 0; rules[i]; i++)
        for (size_t k = 0; rules[i]->kinds[k]; k++) {
            const char *label = kinds_edge(rules[i]->kinds[k])->label;
            char page[128];

            snprintf(page, sizeof(page), "docs/edges/%s.md", label);
            cr_expect(access(page, R_OK) == 0, "%s draws %s, which lacks %s", rules[i]->name, label,
                      page);
            cr_expect(has_line(label, '+'), "no case draws %s", label);
            cr_expect(has_line(label, '-') || has_line(label, '!'), "no case forbids %s", label);
        }
}

/* Each rule alone, on a recorded cluster. */
Test(rules, draws_only_the_kinds_that_it_declares)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    g_autofree char *dir = g_build_filename(test_fixtures(), "clusters/zoo/lists", NULL);
    AUTO(facts) f = cluster_load(dir, a);

    for (size_t i = 0; rules[i]; i++) {
        struct part p = {0};
        must(rule_derive(f, rules[i]->name, a, &p, &e));
        for (size_t k = 0; k < p.nedges; k++) {
            bool declared = p.edges[k].kind == EDGE_HUB_MEMBER; /* of the asset stage */
            for (size_t j = 0; rules[i]->kinds[j]; j++)
                declared |= rules[i]->kinds[j] == p.edges[k].kind;
            cr_expect(declared, "%s draws %s", rules[i]->name, kinds_edge(p.edges[k].kind)->label);
        }
    }
}

/* Same facts, same bytes. */
Test(rules, are_deterministic)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part x = cluster_derive("zoo", a), y = cluster_derive("zoo", a);

    cr_assert_eq(x.nnodes, y.nnodes);
    cr_assert_eq(x.nedges, y.nedges);
    for (size_t i = 0; i < x.nnodes; i++)
        cr_assert(!strcmp(x.nodes[i].key, y.nodes[i].key) &&
                      !strcmp(x.nodes[i].props, y.nodes[i].props) &&
                      !strcmp(x.nodes[i].labels, y.nodes[i].labels),
                  "%s", x.nodes[i].key);
    for (size_t i = 0; i < x.nedges; i++)
        cr_assert(x.edges[i].src == y.edges[i].src && x.edges[i].dst == y.edges[i].dst &&
                      x.edges[i].kind == y.edges[i].kind && x.edges[i].class == y.edges[i].class &&
                      !strcmp(evidence_of(&x, &x.edges[i], a), evidence_of(&y, &y.edges[i], a)),
                  "edge %zu", i);
}

Test(rules, unknown_names_are_refused)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct part p = {0};

    facts_index(f);
    must_fail(rule_derive(f, "pod_exce", a, &p, &e), ERR_MISSING, "pod_exce");
}

/* Nothing is the smallest cluster: two namespaces that always are, hubs, and no way anywhere. */
Test(rules, an_empty_cluster_has_no_attack)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct part p = {0};

    facts_index(f);
    must(rule_derive(f, NULL, a, &p, &e));
    for (size_t i = 0; i < p.nedges; i++) {
        enum node_kind from = (enum node_kind)p.nodes[p.edges[i].src].kind;
        cr_expect(kinds_node(from)->hub || from == NODE_GROUP, "%s from %s",
                  kinds_edge(p.edges[i].kind)->label, p.nodes[p.edges[i].src].key);
    }
}
