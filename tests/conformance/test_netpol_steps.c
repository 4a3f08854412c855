/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One cluster through successive states (fixtures/netpol, cycNNN_s0, _s1 ...): graphd-ingest stores
 * each as a generation, and the facts recalled of it give its table; so do older ones afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "ingest/recall.h"
#include "tests/support/http_agree.h"
#include "tests/support/netpol_table.h"

struct tally {
    struct netpol_table_tally now, later;
    size_t sequences, steps, generations;
};

enum { MOST_STEPS = 20 };

/* The folder of one step, NULL if there is none. */
static char *step_dir(const char *base, size_t step)
{
    g_autofree char *name = g_strdup_printf("%s_s%zu", base, step);
    char *dir = g_build_filename(test_fixtures(), "netpol", "cases", name, NULL);

    if (netpol_table_has(dir, "expected.tsv"))
        return dir;
    g_free(dir);
    return NULL;
}

static void compare_generation(struct netpol_table_tally *t, const struct http_agree *h,
                               const char *cluster, size_t step, uint32_t generation)
{
    static const char *const other = "expected.ipblock-pods.tsv";
    g_autofree char *dir = step_dir(cluster, step);
    struct recall_wish wish = {
        .cluster = cluster, .generation = generation, .most_bytes = SIZE_MAX};
    struct err e = {0};
    AUTO(recall) r = recall_new(h->t.db, &wish, &e);

    cr_assert(r, "%s: generation %u: %s", cluster, generation, e.msg);
    cr_expect_eq(recall_failed(r), 0, "%s: %zu were not parsed", dir, recall_failed(r));
    netpol_table_compare(t, dir, "recalled", recall_facts(r), "expected.tsv", false);
    netpol_table_compare(t, dir, "recalled, blocks for pods", recall_facts(r),
                         netpol_table_has(dir, other) ? other : "expected.tsv", true);
}

/* A step that changes nothing makes no generation. */
static uint32_t generation_of(const struct http_agree *h, const char *cluster)
{
    g_autofree char *sql =
        g_strdup_printf("select generation from cluster where name = '%s'", cluster);

    return (uint32_t)db_test_int(h->t.url, sql);
}

static void try_sequence(struct tally *t, struct http_agree *h, const char *cluster)
{
    uint32_t generation[MOST_STEPS];
    size_t steps = 0;

    for (char *dir; steps < MOST_STEPS && (dir = step_dir(cluster, steps)); g_free(dir), steps++) {
        g_autofree char *list = g_build_filename(dir, "list.json", NULL);
        http_agree_store(h, cluster, list);
        generation[steps] = generation_of(h, cluster);
        compare_generation(&t->now, h, cluster, steps, generation[steps]);
    }
    for (size_t i = 0; i < steps; i++)
        compare_generation(&t->later, h, cluster, i, generation[i]);
    t->sequences++;
    t->steps += steps;
    t->generations += generation[steps - 1];
}

Test(netpol, agrees_step_by_step, .timeout = 300)
{
    db_test_need();
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *cases = g_build_filename(test_fixtures(), "netpol", "cases", NULL);
    GDir *d = g_dir_open(cases, 0, NULL);
    struct tally t = {0};
    struct http_agree h;
    const char *name;

    cr_assert(d, "%s", cases);
    http_agree_init(&h);
    while ((name = g_dir_read_name(d))) {
        if (!g_str_has_suffix(name, "_s1"))
            continue;
        g_autofree char *cluster = g_strndup(name, strlen(name) - strlen("_s1"));
        try_sequence(&t, &h, cluster);
    }
    g_dir_close(d);
    db_test_done(&h.t);
    printf("conformance netpol: %zu clusters in %zu steps, %zu generations\n", t.sequences, t.steps,
           t.generations);
    netpol_table_print("conformance netpol, each step", &t.now);
    netpol_table_print("conformance netpol, older generations", &t.later);
    cr_expect_gt(t.generations, t.sequences);
}
