/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Likelihood, order, and ranking without or with a node. */
#include "graphd/alerts/rank.h"
#include "tests/test.h"

static struct alert alert_of(int severity, const char *mitre)
{
    return (struct alert){.severity = severity,
                          .severity_name = "some",
                          .mitre = {mitre},
                          .nmitre = mitre ? 1 : 0,
                          .id = "a",
                          .cluster = "",
                          .sel = {"", "", "", "", "", "", "", "", ""}};
}

static double likelihood(int severity, const char *mitre)
{
    struct alert al = alert_of(severity, mitre);

    return rank_likelihood(&al);
}

Test(rank, likelihood_grows_with_severity_and_signs)
{
    static const struct {
        int severity;
        const char *mitre;
        double want;
    } rows[] = {
        {0, NULL, 0.05},      {100, NULL, 0.95},     {60, NULL, 0.59},
        {60, "T1611", 0.754}, {60, "T1059", 0.672},  {60, "T1059.004", 0.672},
        {60, "T10590", 0.59}, {60, "TA0002", 0.631}, {60, "T9999", 0.59},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        cr_expect_float_eq(likelihood(rows[i].severity, rows[i].mitre), rows[i].want, 1e-9,
                           "%d %s: %g", rows[i].severity, rows[i].mitre,
                           likelihood(rows[i].severity, rows[i].mitre));
    for (int s = 1; s <= 100; s++) {
        cr_expect_gt(likelihood(s, NULL), likelihood(s - 1, NULL));
        cr_expect_leq(likelihood(s, "T1611"), 1);
    }
}

Test(rank, without_a_snapshot_severity_decides)
{
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct budget b = {0};
    struct alert loud = alert_of(90, "T1611"), quiet = alert_of(40, NULL);
    struct rank_result x, y;

    rank_alert(NULL, NULL, &loud, &b, s, a, &x);
    rank_alert(NULL, NULL, &quiet, &b, s, a, &y);
    cr_expect_not(x.judged);
    cr_expect_eq(x.match.node, NODE_NONE);
    cr_expect_eq(x.lower, 0);
    cr_expect_float_eq(x.score, 43, 1e-9);
    cr_expect_float_eq(x.upper, 86, 1e-9);
    cr_expect(strstr(x.reasons[0], "no snapshot is loaded yet"));
    cr_expect_lt(rank_order(&x, &loud, &y, &quiet), 0);
    cr_expect_gt(rank_order(&y, &quiet, &x, &loud), 0);
    cr_expect_eq(rank_order(&x, &loud, &x, &loud), 0);
}

static const struct node_row nodes[] = {
    {"k8s:c/user//bob", "", "bob", "", "{}", "{}", NODE_USER, 0, 0},
    {"k8s:c/clusteradmin//all", "", "admin", "", "{}", "{}", NODE_CLUSTER_ADMIN,
     JEWEL_CLUSTER_ADMIN, 1},
};
static const struct edge_row edges[] = {
    {0, 1, EDGE_WILDCARD_ADMIN, CLASS_EASY, VERDICT_UNKNOWN, EVIDENCE_NONE},
};

/* A new snapshot under the same memory must not be answered from the old one. */
Test(rank, remembers_per_snapshot)
{
    struct part part = {"c", "test", "{}", 1, 1, nodes, edges, NULL, NULL, 2, 1, 0};
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    AUTO(rank) r = rank_new();
    struct budget b = {0}, late = {1};
    struct alert al = alert_of(60, NULL);
    struct rank_result res;
    struct err err = {0};

    al.sel.user = "bob";
    AUTO(graph) with = graph_new(&part, 1, NULL, &err);
    cr_assert(with, "%s", err.msg);
    rank_alert(r, with, &al, &late, s, a, &res);
    cr_expect_not(res.judged, "the budget was over before it began");
    for (int i = 0; i < 2; i++) {
        rank_alert(r, with, &al, i ? &late : &b, s, a, &res);
        cr_expect(res.judged, "the second time from memory");
        cr_expect(0 == res.lower && res.lower < res.score && res.score < res.upper);
        cr_expect(strstr(res.reasons[0], "reaches k8s:c/clusteradmin//all (cluster-admin) in 1 "
                                         "step with probability 0.4"),
                  "%s", res.reasons[0]);
        cr_expect_eq(res.reach.njewels, 1);
    }
    part.generation = 2;
    part.nedges = 0;
    AUTO(graph) without = graph_new(&part, 1, NULL, &err);
    cr_assert(without, "%s", err.msg);
    rank_alert(r, without, &al, &b, s, a, &res);
    cr_expect(res.judged);
    cr_expect_eq(res.upper, 0);
    cr_expect_str_eq(res.reasons[0], "reaches no crown jewel from here");
}
