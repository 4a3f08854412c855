/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Risk against the formula, and the promises about its bounds. */
#include "queries/risk.h"
#include "tests/unit/queries/random_part.h"

static double expected(const struct part *p, unsigned start, struct filter f)
{
    struct oracle o;
    unsigned cost[ORACLE_NODES];

    f.stop_at_admin = true;
    graph_oracle_init(&o, p, &f, false);
    graph_oracle_costs(&o, start, filter_max_hops(&f), filter_max_cost(&f), cost);
    return graph_oracle_risk(p, cost);
}

Test(risk, agrees_with_the_formula_and_keeps_its_bounds)
{
    AUTO(scratch) s = scratch_new();
    size_t wide = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        AUTO(arena) a = arena_new();
        uint64_t rng = seed;
        struct part p = random_part(a, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);

        for (unsigned i = 0; i < 4; i++) {
            struct filter f = i ? random_filter(&rng) : (struct filter){0}, lower = f, upper = f;
            unsigned start = random_below(&rng, (uint32_t)p.nnodes);
            node_ix v = graph_find(g, p.nodes[start].key);
            struct risk r;

            lower.yes_only = true;
            upper.unknown_full = true;
            must(risk_of(g, v, &f, NULL, 3, s, a, &r, &e));
            cr_assert_float_eq(r.score, expected(&p, start, f), 1e-9);
            cr_assert_float_eq(r.lower, expected(&p, start, lower), 1e-9);
            cr_assert_float_eq(r.upper, expected(&p, start, upper), 1e-9);
            cr_assert(0 <= r.lower && r.lower <= r.score && r.score <= r.upper && r.upper <= 100,
                      "%g %g %g", r.lower, r.score, r.upper);
            wide += r.lower < r.upper;
            for (size_t j = 0; j < r.count; j++) {
                const struct risk_jewel *w = &r.jewels[j];

                cr_assert(j == 0 || w->share <= w[-1].share);
                cr_assert(w->share <= w->weight * w->p + 1e-12);
                if (w->node == v)
                    cr_assert(w->p == 1 && w->hops == 0 && w->path.count == 0);
                else
                    cr_assert_eq(w->path.count > 0, j < 3);
                cr_assert(j >= 3 || (w->path.p == w->p && w->path.hops >= w->hops));
            }
        }
    }
    cr_expect(wide > 100, "only %zu questions had unknown edges that matter", wide);
}

/* s reaches `n` jewels of one class and weight. */
static double score_of(unsigned n, bool certain)
{
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct node_row *nodes = arena_calloc(a, n + 1, sizeof(*nodes));
    struct edge_row *edges = arena_calloc(a, n + 1, sizeof(*edges));
    struct part p = {.cluster = "c", .nodes = nodes, .edges = edges, .nnodes = n + 1, .nedges = n};
    struct filter f = {0};
    struct risk r;
    struct err err;

    nodes[0] = (struct node_row){.key = "s", .kind = NODE_POD};
    for (unsigned i = 0; i < n; i++) {
        nodes[i + 1] = (struct node_row){.key = arena_printf(a, "j%u", i),
                                         .kind = NODE_NODE,
                                         .jewel = JEWEL_NODE_ANY,
                                         .weight = 0.5};
        edges[i] = (struct edge_row){.src = 0,
                                     .dst = i + 1,
                                     .kind = EDGE_CE_NSENTER,
                                     .class = certain ? CLASS_STRUCTURAL : CLASS_HARD};
    }
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);
    must(risk_of(g, graph_find(g, "s"), &f, NULL, 0, s, a, &r, &e));
    return r.score;
}

Test(risk, diminishes_inside_a_class)
{
    double one = score_of(1, true), many = score_of(500, true);

    cr_expect_float_eq(one, 50, 1e-9);
    cr_expect_float_eq(score_of(2, true), 62.5, 1e-9);
    cr_expect(many > score_of(2, true) && many < 72, "500 nodes of weight 0.5 make %g", many);
    cr_expect(score_of(1, false) < one);
    cr_expect_eq(score_of(0, true), 0);
}

/* Two containers of a tagged pod, one of them nearer; a third jewel of another class says the same.
 */
Test(risk, counts_an_asset_once)
{
    static const char props[] = "{\"type\":\"main\",\"crownJewelOf\":\"Pod shop/db\"}";
    static const struct node_row nodes[] = {
        {"s", "", "", "", "{}", "{}", NODE_POD, 0, 0},
        {"a", "", "", "", "{}", props, NODE_CONTAINER, JEWEL_CUSTOMER, 0.5},
        {"b", "", "", "", "{}", props, NODE_CONTAINER, JEWEL_CUSTOMER, 0.5},
        {"c", "", "", "", "{}", props, NODE_CONTAINER, JEWEL_DATA_STORE, 0.2},
    };
    static const struct edge_row edges[] = {
        {0, 1, EDGE_CONTAINER_ATTACH, CLASS_HARD, VERDICT_YES, EVIDENCE_NONE},
        {0, 2, EDGE_CONTAINER_ATTACH, CLASS_STRUCTURAL, VERDICT_YES, EVIDENCE_NONE},
        {0, 3, EDGE_CONTAINER_ATTACH, CLASS_STRUCTURAL, VERDICT_YES, EVIDENCE_NONE},
    };
    const struct part p = {.cluster = "c",
                           .nodes = nodes,
                           .edges = edges,
                           .nnodes = ARRAY_LEN(nodes),
                           .nedges = ARRAY_LEN(edges)};
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct filter f = {0};
    struct risk r;
    struct err err;
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);

    must(risk_of(g, graph_find(g, "s"), &f, NULL, 0, s, a, &r, &e));
    cr_expect_float_eq(r.score, 100 * (1 - 0.5 * 0.8), 1e-9, "%g", r.score);
    cr_assert_eq(r.count, 2);
    cr_expect_eq(r.jewels[0].node, graph_find(g, "b"));
    must(risk_of(g, graph_find(g, "a"), &f, NULL, 0, s, a, &r, &e));
    cr_expect_float_eq(r.score, 50, 1e-9, "%g", r.score);
}

Test(risk, needs_a_node)
{
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct part p = random_part(a, 3);
    struct err err;
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);
    struct filter f = {0};
    struct risk r;

    must_fail(risk_of(g, NODE_NONE, &f, NULL, 1, s, a, &r, &e), ERR_MISSING, "no node");
}
