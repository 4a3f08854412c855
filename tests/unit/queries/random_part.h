/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small random parts for the tests of queries/: every kind of verdict and class, parallel edges,
 * hubs, jewels, cluster admins, self loops. */
#pragma once

#include <math.h>

#include "queries/filter.h"
#include "schema/rows.h"
#include "tests/oracle/graph_oracle.h"
#include "tests/test.h"

/* splitmix64: the same numbers on every machine. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * n >> 32);
}

static inline void random_nodes(struct arena *a, uint64_t *rng, struct node_row *nodes, unsigned n)
{
    static const uint8_t kinds[] = {NODE_POD,  NODE_CONTAINER, NODE_NODE,
                                    NODE_PODS, NODE_SECRET,    NODE_CLUSTER_ADMIN};

    for (unsigned i = 0; i < n; i++) {
        bool jewel = random_below(rng, 4) == 0;

        nodes[i] = (struct node_row){
            /* Keys in an order that has nothing to do with the rows. */
            .key = arena_printf(a, "k8s:c/pod/n%u/p%02u", i % 3, (i * 37 + 11) % 64),
            .ns = arena_printf(a, "n%u", i % 3),
            .name = arena_printf(a, "p%02u", (i * 37 + 11) % 64),
            .uid = "",
            .labels = "{}",
            .props = i % 3 ? "{}" : "{\"crownJewelOf\":\"one\"}", /* a jewel's, one asset a class */
            .kind = kinds[random_below(rng, 20) ? random_below(rng, 5) : 5],
            .jewel = (uint8_t)(jewel ? 1 + random_below(rng, 7) : JEWEL_NONE),
            .weight = jewel ? 0.1 + 0.1 * random_below(rng, 9) : 0,
        };
    }
}

/* `seed` decides everything: size, density, how many hubs. */
static inline struct part random_part(struct arena *a, uint64_t seed)
{
    enum { KINDS = 30 };
    uint64_t rng = seed * 0x2545f4914f6cdd1du + 1;
    unsigned n = 1 + random_below(&rng, 60), tries = random_below(&rng, 6 * n + 1);
    struct node_row *nodes = arena_calloc(a, n, sizeof(*nodes));
    struct edge_row *edges = arena_calloc(a, tries + 1, sizeof(*edges));
    unsigned hub = random_below(&rng, n), m = 0;
    unsigned few = 1 + random_below(&rng, KINDS); /* few kinds: parallel edges of one kind meet */

    random_nodes(a, &rng, nodes, n);
    for (unsigned t = 0; t < tries; t++) {
        struct edge_row x = {
            .src = random_below(&rng, 5) ? random_below(&rng, n) : hub,
            .dst = random_below(&rng, 5) ? random_below(&rng, n) : hub,
            .kind = (uint8_t)(1 + random_below(&rng, few)),
            .class = (uint8_t)random_below(&rng, CLASS_COUNT),
            .verdict = (uint8_t)(random_below(&rng, 2) ? VERDICT_YES : random_below(&rng, 3)),
        };
        bool known = false;

        for (unsigned i = 0; i < m; i++)
            known |= edges[i].src == x.src && edges[i].dst == x.dst && edges[i].kind == x.kind;
        if (!known)
            edges[m++] = x;
    }
    return (struct part){.cluster = "c",
                         .source = "random",
                         .coverage = "{}",
                         .generation = 1,
                         .nodes = nodes,
                         .edges = edges,
                         .nnodes = n,
                         .nedges = m};
}

/* A filter for the walk, most of them loose. */
static inline struct filter random_filter(uint64_t *rng)
{
    struct filter f = {0};

    if (random_below(rng, 3) == 0)
        f.planes = random_below(rng, 64);
    if (random_below(rng, 3) == 0)
        f.edge_kinds[0] = (uint64_t)random_below(rng, 1u << 31) << 1 | 2;
    f.yes_only = random_below(rng, 4) == 0;
    f.unknown_full = random_below(rng, 4) == 0;
    f.max_hops = random_below(rng, 2) ? 1 + random_below(rng, 5) : 0;
    if (random_below(rng, 3) == 0)
        f.min_probability = 0.01 + 0.04 * random_below(rng, 10);
    f.stop_at_admin = random_below(rng, 2);
    return f;
}

static inline unsigned filter_max_cost(const struct filter *f)
{
    return f->min_probability > 0 ? (unsigned)lround(-1000 * log(f->min_probability))
                                  : ORACLE_FAR - 1;
}

static inline unsigned filter_max_hops(const struct filter *f)
{
    return f->max_hops ? f->max_hops : ORACLE_NODES;
}
