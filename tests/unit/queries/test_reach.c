/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reachability against the oracle. */
#include "queries/reach.h"
#include "tests/unit/queries/random_part.h"

Test(reach, agrees_with_the_oracle_on_random_graphs)
{
    AUTO(scratch) s = scratch_new();

    for (uint64_t seed = 0; seed < 200; seed++) {
        AUTO(arena) a = arena_new();
        uint64_t rng = seed;
        struct part p = random_part(a, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);
        struct filter f = random_filter(&rng), yes = f;
        struct oracle o;
        unsigned from = random_below(&rng, (uint32_t)p.nnodes);
        unsigned certain[ORACLE_NODES], any[ORACLE_NODES];

        yes.yes_only = true;
        graph_oracle_init(&o, &p, &yes, false);
        graph_oracle_costs(&o, from, filter_max_hops(&f), filter_max_cost(&f), certain);
        graph_oracle_init(&o, &p, &f, false);
        graph_oracle_costs(&o, from, filter_max_hops(&f), filter_max_cost(&f), any);
        for (unsigned to = 0; to < p.nnodes; to++) {
            enum reach_answer want = certain[to] != ORACLE_FAR ? REACH_YES
                                     : any[to] != ORACLE_FAR   ? REACH_POSSIBLE
                                                               : REACH_NO;
            unsigned cost = want == REACH_YES ? certain[to] : any[to];
            node_ix x = graph_find(g, p.nodes[from].key), y = graph_find(g, p.nodes[to].key);
            struct reach r;

            must(reach_pair(g, x, y, &f, NULL, s, a, &r, &e));
            cr_assert_eq(r.answer, want, "seed %lu: %u", (unsigned long)seed, to);
            if (want == REACH_NO || to == from) {
                cr_assert_eq(r.path.count, 0);
                continue;
            }
            cr_assert_float_eq(r.path.p, exp(-(double)cost / 1000), 1e-12);
            cr_assert_eq(graph_edge(g, r.path.edges[0]).src, x);
            cr_assert_eq(graph_edge(g, r.path.edges[r.path.count - 1]).dst, y);
        }
    }
}

Test(reach, knows_no_foreign_nodes)
{
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct part p = random_part(a, 3);
    struct err err;
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);
    struct filter f = {0};
    struct reach r;

    must_fail(reach_pair(g, NODE_NONE, 0, &f, NULL, s, a, &r, &e), ERR_MISSING, "no node");
    must_fail(reach_pair(g, 0, NODE_NONE, &f, NULL, s, a, &r, &e), ERR_MISSING, "no node");
}
