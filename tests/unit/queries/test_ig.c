/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wrapper around igraph: right answers, and errors instead of an abort. */
#include <math.h>

#include "queries/ig.h"
#include "tests/unit/queries/random_part.h"

/* Reflexive and transitive closure by the schoolbook. */
static void closure(const struct part *p, bool reach[ORACLE_NODES][ORACLE_NODES])
{
    for (size_t i = 0; i < p->nnodes; i++)
        reach[i][i] = true;
    for (size_t i = 0; i < p->nedges; i++)
        reach[p->edges[i].src][p->edges[i].dst] = true;
    for (size_t k = 0; k < p->nnodes; k++)
        for (size_t i = 0; i < p->nnodes; i++)
            for (size_t j = 0; j < p->nnodes; j++)
                reach[i][j] |= reach[i][k] && reach[k][j];
}

Test(ig, agrees_with_the_schoolbook)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        AUTO(arena) a = arena_new();
        struct part p = random_part(a, seed);
        bool reach[ORACLE_NODES][ORACLE_NODES] = {{false}};
        uint32_t src[1024], dst[1024], of[ORACLE_NODES], order[ORACLE_NODES];
        uint32_t hops[ORACLE_NODES], parent[ORACLE_NODES];
        size_t count, reached;
        struct err err;

        for (size_t i = 0; i < p.nedges; i++) {
            src[i] = p.edges[i].src;
            dst[i] = p.edges[i].dst;
        }
        AUTO(ig) g = ig_new(&(struct ig_edges){(uint32_t)p.nnodes, p.nedges, src, dst, NULL}, &err);
        closure(&p, reach);
        must(ig_scc(g, of, &count, &e));
        must(ig_bfs(g, 0, order, &reached, hops, parent, &e));
        for (size_t i = 0; i < p.nnodes; i++) {
            cr_assert(of[i] < count);
            cr_assert_eq(hops[i] != UINT32_MAX, reach[0][i]);
            cr_assert_eq(parent[i] != UINT32_MAX, reach[0][i] && i != 0);
            for (size_t j = 0; j < p.nnodes; j++)
                cr_assert_eq(of[i] == of[j], reach[i][j] && reach[j][i]);
        }
        for (size_t i = 0; i < reached; i++)
            cr_assert(reach[0][order[i]]);
    }
}

Test(ig, fails_instead_of_ending_the_process)
{
    const uint32_t src[] = {0}, dst[] = {5};
    const double negative[] = {-1};
    uint32_t hops[8];
    double distance[8];
    struct err err;

    must_fail(ig_new(&(struct ig_edges){2, 1, src, dst, NULL}, &e), ERR_INPUT, "edge 0");
    AUTO(ig) plain = ig_new(&(struct ig_edges){6, 1, src, dst, NULL}, &err);
    must_fail(ig_bfs(plain, 6, NULL, NULL, hops, NULL, &e), ERR_MISSING, "no node 6");
    must_fail(ig_dijkstra(plain, 0, distance, &e), ERR_INPUT, "no weights");
    AUTO(ig) bad = ig_new(&(struct ig_edges){6, 1, src, dst, negative}, &err);
    must_fail(ig_dijkstra(bad, 0, distance, &e), ERR_BUG, "igraph");
}
