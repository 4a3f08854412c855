/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small clusters whose connections other engines computed (fixtures/netpol, its FORMAT.md): every
 * row of every table, with address blocks that hold for pods and with blocks that do not. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/netpol.h"
#include "tests/support/load.h"
#include "tests/support/netpol_table.h"
#include "tests/test.h"

struct tally {
    struct netpol_table_tally tables;
    size_t queries, wrong;
};

static struct facts *load(struct arena *a, const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    struct facts *f = facts_new(a, "c");

    cr_expect_eq(load_path(f, path), 0, "%s has gaps", path);
    load_done(f);
    return f;
}

static void compare(struct tally *t, const char *dir, const char *input, const char *expected,
                    bool blocks_match_pods)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = load(a, dir, input);

    netpol_table_compare(&t->tables, dir, input, f, expected, blocks_match_pods);
}

/* The pod "ns/name" as a point. */
static uint32_t point_of(const struct facts *f, const struct netpol *np, const char *key)
{
    g_auto(GStrv) w = g_strsplit(key, "/", 2);
    const struct fact_pod *p = facts_pod(f, w[0], w[1]);

    cr_assert(p, "%s", key);
    return netclass_of_pod(netpol_classes(np), (size_t)(p - f->pods.v));
}

/* queries.tsv: src dst protocol port expected. */
static void ask_queries(struct tally *t, const char *dir)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = load(a, dir, "list.json");
    AUTO(netpol) np = netpol_new(f, true);
    g_autofree char *path = g_build_filename(dir, "queries.tsv", NULL), *text = NULL;
    g_autofree uint64_t *ports = g_new0(uint64_t, netports_words(netpol_ports(np)));

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 1; lines[i]; i++) {
        g_auto(GStrv) c = g_strsplit(lines[i], "\t", 5);
        if (g_strv_length(c) < 5)
            continue;
        enum net_protocol protocol = strcmp(c[2], "TCP") == 0   ? NET_TCP
                                     : strcmp(c[2], "UDP") == 0 ? NET_UDP
                                                                : NET_SCTP;
        netpol_pair(np, point_of(f, np, c[0]), point_of(f, np, c[1]), ports);
        bool open = netports_has(netpol_ports(np), ports, protocol,
                                 (int32_t)g_ascii_strtoll(c[3], NULL, 10));
        t->queries++;
        t->wrong += open != (strcmp(c[4], "allow") == 0);
        cr_expect_eq(open, strcmp(c[4], "allow") == 0, "%s: %s", dir, lines[i]);
    }
}

static void try_case(struct tally *t, const char *dir, const char *name)
{
    static const char *const inputs[] = {"list.json", "live.json", "list.cnp-v1alpha2.json"};
    bool real = g_str_has_prefix(name, "cyc") || g_str_has_prefix(name, "fuzz"); /* addresses */

    if (netpol_table_has(dir, "queries.tsv"))
        ask_queries(t, dir);
    if (!netpol_table_has(dir, "expected.tsv"))
        return;
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        if (!netpol_table_has(dir, inputs[i]))
            continue;
        compare(t, dir, inputs[i], "expected.tsv", false);
        if (netpol_table_has(dir, "expected.ipblock-pods.tsv"))
            compare(t, dir, inputs[i], "expected.ipblock-pods.tsv", true);
        else if (real)
            compare(t, dir, inputs[i], "expected.tsv", true);
    }
}

Test(netpol, agrees_with_every_table, .timeout = 300)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *cases = g_build_filename(test_fixtures(), "netpol", "cases", NULL);
    GDir *d = g_dir_open(cases, 0, NULL);
    struct tally t = {0};
    const char *name;

    cr_assert(d, "%s", cases);
    while ((name = g_dir_read_name(d))) {
        g_autofree char *dir = g_build_filename(cases, name, NULL);
        try_case(&t, dir, name);
    }
    g_dir_close(d);
    netpol_table_print("conformance netpol", &t.tables);
    printf("conformance netpol: %zu queries, %zu wrong\n", t.queries, t.wrong);
    cr_expect_gt(t.tables.tables, 0);
}
