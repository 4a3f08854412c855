/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blast radius and exposure against the oracle, igraph and themselves. */
#include "queries/blast.h"
#include "queries/ig.h"
#include "tests/unit/queries/random_part.h"

enum { ROUNDS = 400, FILTERS = 6 };

static node_ix ix(const struct graph *g, const struct part *p, unsigned row)
{
    return graph_find(g, p->nodes[row].key);
}

/* What the oracle says to one question. */
struct expected {
    unsigned hops[ORACLE_NODES], cost[ORACLE_NODES];
    size_t count, by_kind[NODE_KIND_LIMIT];
    bool complete;
};

static bool is_reported(const struct part *p, unsigned v, const struct filter *f)
{
    return (!f->kinds || f->kinds >> p->nodes[v].kind & 1) &&
           (!f->ns || strcmp(f->ns, p->nodes[v].ns) == 0) &&
           (!f->cluster || strcmp(f->cluster, p->cluster) == 0);
}

static void expect(const struct part *p, unsigned start, const struct filter *f, bool reverse,
                   struct expected *x)
{
    struct oracle o;
    unsigned all[ORACLE_NODES];

    memset(x, 0, sizeof(*x));
    graph_oracle_init(&o, p, f, reverse);
    graph_oracle_costs(&o, start, filter_max_hops(f), filter_max_cost(f), x->cost);
    graph_oracle_hops(&o, start, x->cost, x->hops);
    graph_oracle_costs(&o, start, ORACLE_NODES, ORACLE_FAR - 1, all);
    x->complete = true;
    for (unsigned v = 0; v < o.n; v++) {
        if (x->cost[v] == ORACLE_FAR)
            x->complete &= all[v] == ORACLE_FAR;
        else if (v != start && is_reported(p, v, f)) {
            x->count++;
            x->by_kind[p->nodes[v].kind]++;
        }
    }
}

/* A path must be walkable, lead where it should and be as probable as the hit says. */
static void check_path(const struct graph *g, const struct path *path, node_ix from, node_ix to,
                       double p, const struct filter *f)
{
    double product = 1;
    uint32_t hops = 0;
    node_ix at = from;

    for (size_t i = 0; i < path->count; i++) {
        struct graph_edge x = graph_edge(g, path->edges[i]);

        cr_assert_eq(x.src, at);
        cr_assert(x.verdict == VERDICT_YES || (x.verdict == VERDICT_UNKNOWN && !f->yes_only));
        at = x.dst;
        hops += x.class != CLASS_STRUCTURAL;
        product *= f->unknown_full ? kinds_class_probability(x.class) : x.p;
    }
    cr_assert_eq(at, to);
    cr_assert_eq(path->hops, hops);
    cr_assert(!f->max_hops || hops <= f->max_hops);
    cr_assert_float_eq(path->p, p, 1e-12);
    cr_assert_float_eq(product, p, p * 0.001 * (double)(path->count + 1)); /* rounded costs */
}

static void check_blast(const struct graph *g, const struct part *p, unsigned start, bool reverse,
                        const struct filter *f, struct scratch *s)
{
    AUTO(arena) a = arena_new();
    struct expected x;
    struct blast b;
    size_t planes = 0;
    node_ix from = ix(g, p, start);

    expect(p, start, f, reverse, &x);
    must(blast_radius(g, from, reverse, f, NULL, s, a, &b, &e));
    cr_assert_eq(b.count, x.count, "%zu hits, not %zu", b.count, x.count);
    cr_assert_eq(b.complete, x.complete);
    cr_assert_arr_eq(b.by_kind, x.by_kind, sizeof(x.by_kind));
    for (size_t i = 0; i < b.count; i++) {
        const struct blast_hit *h = &b.hits[i];
        const char *key = graph_node(g, h->node).key;
        struct path path;
        unsigned v = 0;

        while (strcmp(p->nodes[v].key, key) != 0)
            v++;
        cr_assert(v != start && is_reported(p, v, f));
        cr_assert_neq(x.cost[v], ORACLE_FAR, "%s", key);
        cr_assert_float_eq(h->p, exp(-(double)x.cost[v] / 1000), 1e-12);
        cr_assert_eq(h->hops, x.hops[v], "%s: %u hops, not %u", key, h->hops, x.hops[v]);
        if (i) {
            const struct blast_hit *q = h - 1;
            cr_assert(q->p > h->p ||
                      (q->p == h->p &&
                       (q->hops < h->hops ||
                        (q->hops == h->hops && strcmp(graph_node(g, q->node).key, key) < 0))));
        }
        must(blast_path(g, s, h->node, a, &path, &e));
        check_path(g, &path, reverse ? h->node : from, reverse ? from : h->node, h->p, f);
        cr_assert(path.hops >= h->hops);
    }
    for (unsigned k = 0; k < PLANE_COUNT; k++)
        planes += b.by_plane[k];
    cr_assert(planes <= b.count);
}

Test(blast, agrees_with_the_oracle_on_random_graphs)
{
    AUTO(scratch) s = scratch_new();

    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        AUTO(arena) a = arena_new();
        uint64_t rng = seed;
        struct part p = random_part(a, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);

        cr_assert(g, "%s", err.msg);
        for (unsigned i = 0; i < FILTERS; i++) {
            struct filter f = i ? random_filter(&rng) : (struct filter){0};
            unsigned start = random_below(&rng, (uint32_t)p.nnodes);

            if (random_below(&rng, 3) == 0)
                f.kinds = UINT64_C(1) << NODE_POD | UINT64_C(1) << NODE_SECRET;
            if (random_below(&rng, 4) == 0)
                f.ns = "n1";
            check_blast(g, &p, start, false, &f, s);
            check_blast(g, &p, start, true, &f, s);
        }
    }
}

Test(blast, bare_reach_agrees_with_the_radius)
{
    AUTO(scratch) s = scratch_new();

    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        AUTO(arena) a = arena_new();
        uint64_t rng = seed;
        struct part p = random_part(a, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);
        struct filter f = random_filter(&rng);
        bool reverse = random_below(&rng, 2);
        struct expected x;
        struct blast_set set;

        f.min_probability = 0;
        expect(&p, 0, &f, reverse, &x);
        must(blast_reach(g, ix(g, &p, 0), reverse, &f, NULL, s, &set, &e));
        cr_assert_eq(set.count, x.count + 1);
        for (size_t i = 1; i < set.count; i++) {
            const struct scratch_step *step = &set.steps[i];
            struct graph_edge edge = graph_edge(g, step->edge);
            unsigned v = 0;

            while (ix(g, &p, v) != step->node)
                v++;
            cr_assert_eq(step->hops, x.hops[v]);
            cr_assert(step->hops >= set.steps[i - 1].hops);
            cr_assert_eq(reverse ? edge.dst : edge.src, step->from);
            cr_assert_eq(reverse ? edge.src : edge.dst, step->node);
        }
    }
}

Test(blast, exposure_is_the_radius_turned_around)
{
    AUTO(scratch) s = scratch_new();

    for (uint64_t seed = 0; seed < ROUNDS / 4; seed++) {
        AUTO(arena) a = arena_new();
        uint64_t rng = seed;
        struct part p = random_part(a, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);
        struct filter f = random_filter(&rng);
        node_ix target = random_below(&rng, (uint32_t)p.nnodes);
        struct blast back, forth;

        must(blast_radius(g, target, true, &f, NULL, s, a, &back, &e));
        for (node_ix v = 0; v < p.nnodes; v++) {
            const struct blast_hit *there = NULL, *here = NULL;

            must(blast_radius(g, v, false, &f, NULL, s, a, &forth, &e));
            for (size_t i = 0; i < forth.count; i++)
                there = forth.hits[i].node == target ? &forth.hits[i] : there;
            for (size_t i = 0; i < back.count; i++)
                here = back.hits[i].node == v ? &back.hits[i] : here;
            cr_assert_eq(there != NULL, here != NULL);
            if (here)
                cr_assert_eq(here->p, there->p);
        }
    }
}

Test(blast, agrees_with_igraph)
{
    AUTO(scratch) s = scratch_new();

    for (uint64_t seed = 0; seed < ROUNDS / 4; seed++) {
        AUTO(arena) a = arena_new();
        struct part p = random_part(a, seed);
        struct edge_row *rows = arena_memdup(a, p.edges, p.nedges * sizeof(*rows));
        uint32_t src[1024], dst[1024], hops[ORACLE_NODES];
        double weight[1024], distance[ORACLE_NODES];
        size_t reached;
        struct err err;
        struct filter f = {0};
        struct blast b;

        for (size_t i = 0; i < p.nedges; i++) {
            rows[i].verdict = VERDICT_YES;
            rows[i].class = rows[i].class == CLASS_STRUCTURAL ? CLASS_HARD : rows[i].class;
            src[i] = rows[i].src;
            dst[i] = rows[i].dst;
            weight[i] = (double)lround(-1000 * log(kinds_class_probability(rows[i].class)));
        }
        p.edges = rows;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);
        AUTO(ig)
        other = ig_new(&(struct ig_edges){(uint32_t)p.nnodes, p.nedges, src, dst, weight}, &err);

        must(ig_bfs(other, 0, NULL, &reached, hops, NULL, &e));
        must(ig_dijkstra(other, 0, distance, &e));
        must(blast_radius(g, ix(g, &p, 0), false, &f, NULL, s, a, &b, &e));
        cr_assert_eq(b.count + 1, reached);
        for (size_t i = 0; i < b.count; i++) {
            unsigned v = 0;

            while (ix(g, &p, v) != b.hits[i].node)
                v++;
            cr_assert_eq(b.hits[i].hops, hops[v]);
            cr_assert_float_eq(b.hits[i].p, exp(-distance[v] / 1000), 1e-12);
        }
    }
}

/* a -> b -> c, and a -> c directly but hardly: the likely way is not the short one. */
static struct node_row shop[] = {
    {.key = "a", .kind = NODE_POD},
    {.key = "b", .kind = NODE_POD},
    {.key = "c", .kind = NODE_POD},
};
static struct edge_row shop_edges[] = {
    {0, 1, EDGE_POD_EXEC, CLASS_TRIVIAL, VERDICT_YES, EVIDENCE_NONE},
    {1, 2, EDGE_POD_EXEC, CLASS_TRIVIAL, VERDICT_YES, EVIDENCE_NONE},
    {0, 2, EDGE_CE_NSENTER, CLASS_RARE, VERDICT_YES, EVIDENCE_NONE},
};
static const struct part shop_part = {.cluster = "c",
                                      .nodes = shop,
                                      .edges = shop_edges,
                                      .nnodes = ARRAY_LEN(shop),
                                      .nedges = ARRAY_LEN(shop_edges)};

Test(blast, takes_the_best_way_that_the_hop_limit_allows)
{
    static const struct {
        const char *name;
        struct filter f;
        double p; /* of c; 0: not reached */
        uint32_t hops;
        bool complete;
        enum plane plane;
    } cases[] = {
        {"free", {0}, 0.98 * 0.98, 1, true, PLANE_WORKLOAD},
        {"two hops", {.max_hops = 2}, 0.98 * 0.98, 1, true, PLANE_WORKLOAD},
        {"one hop", {.max_hops = 1}, 0.05, 1, true, PLANE_ESCAPE},
        {"likely", {.min_probability = 0.9}, 0.98 * 0.98, 1, true, PLANE_WORKLOAD},
        {"likely, one hop", {.min_probability = 0.9, .max_hops = 1}, 0, 0, false, 0},
        {"very likely", {.min_probability = 0.97}, 0, 0, false, 0},
    };
    struct err err;
    AUTO(graph) g = graph_new(&shop_part, 1, NULL, &err);
    AUTO(scratch) s = scratch_new();
    node_ix c = graph_find(g, "c");

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        struct filter f = cases[i].f;
        struct blast b;
        struct path path;

        must(blast_radius(g, graph_find(g, "a"), false, &f, NULL, s, a, &b, &e));
        cr_expect_eq(b.complete, cases[i].complete, "%s", cases[i].name);
        if (cases[i].p == 0) {
            cr_expect_eq(b.count, 1, "%s", cases[i].name);
            must_fail(blast_path(g, s, c, a, &path, &e), ERR_MISSING, "no hit");
            continue;
        }
        const struct blast_hit *h = b.hits[1].node == c ? &b.hits[1] : &b.hits[0];
        cr_expect_eq(h->node, c, "%s", cases[i].name);
        cr_expect_float_eq(h->p, cases[i].p, 0.001, "%s: %g", cases[i].name, h->p);
        cr_expect_eq(h->hops, cases[i].hops, "%s: %u", cases[i].name, h->hops);
        cr_expect(b.by_plane[cases[i].plane] >= 1, "%s", cases[i].name);
    }
}

Test(blast, refuses_what_it_cannot_answer)
{
    struct err err;
    AUTO(graph) g = graph_new(&shop_part, 1, NULL, &err);
    AUTO(scratch) s = scratch_new();
    AUTO(arena) a = arena_new();
    struct filter f = {0}, over = {.min_probability = 1.5}, nan = {.min_probability = NAN};
    struct blast b;
    struct path path;

    must_fail(blast_path(g, s, 0, a, &path, &e), ERR_MISSING, "no hit of the last query");
    must_fail(blast_radius(g, 3, false, &f, NULL, s, a, &b, &e), ERR_MISSING, "node 3");
    must_fail(blast_radius(g, NODE_NONE, false, &f, NULL, s, a, &b, &e), ERR_MISSING, "node");
    must_fail(blast_radius(g, 0, false, &over, NULL, s, a, &b, &e), ERR_INPUT, "min_probability");
    must_fail(blast_radius(g, 0, false, &nan, NULL, s, a, &b, &e), ERR_INPUT, "min_probability");
}

/* A ladder of `n` rungs: long enough to be stopped on the way. */
static struct graph *ladder(struct arena *a, unsigned n, struct err *err)
{
    struct node_row *nodes = arena_calloc(a, n, sizeof(*nodes));
    struct edge_row *edges = arena_calloc(a, 2 * (size_t)n, sizeof(*edges));
    struct part p = {.cluster = "c", .nodes = nodes, .edges = edges, .nnodes = n};

    for (unsigned i = 0; i < n; i++) {
        nodes[i] = (struct node_row){.key = arena_printf(a, "%u", i), .kind = NODE_POD};
        for (unsigned step = 1; step <= 2; step++)
            edges[p.nedges++] = (struct edge_row){
                i, (i + step) % n, EDGE_POD_EXEC, CLASS_TRIVIAL, VERDICT_YES, EVIDENCE_NONE};
    }
    return graph_new(&p, 1, NULL, err);
}

Test(blast, stops_when_its_time_is_up_and_works_again_after)
{
    enum { RUNGS = 30000 };
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct err err;
    AUTO(graph) g = ladder(a, RUNGS, &err);
    struct budget past = {1};
    struct filter f = {0}, limited = {.max_hops = RUNGS};
    struct blast b;
    struct blast_set set;

    must_fail(blast_radius(g, 0, false, &f, &past, s, a, &b, &e), ERR_TIMEOUT, "time budget");
    must_fail(blast_radius(g, 0, false, &limited, &past, s, a, &b, &e), ERR_TIMEOUT, "budget");
    must_fail(blast_reach(g, 0, false, &f, &past, s, &set, &e), ERR_TIMEOUT, "budget");
    must(blast_reach(g, 0, false, &f, NULL, s, &set, &e));
    cr_expect_eq(set.count, RUNGS);
    must(blast_radius(g, 0, true, &f, NULL, s, a, &b, &e));
    cr_expect_eq(b.count, RUNGS - 1);
    cr_expect_eq(b.hits[RUNGS - 2].hops, RUNGS / 2);
    must(blast_radius(g, 0, false, &limited, NULL, s, a, &b, &e));
    cr_expect_eq(b.count, RUNGS - 1);
}

Test(blast, tells_whether_unknown_edges_matter)
{
    AUTO(arena) a = arena_new();
    AUTO(scratch) s = scratch_new();
    struct edge_row edges[ARRAY_LEN(shop_edges)];
    struct part p = shop_part;
    struct filter f = {0}, yes = {.yes_only = true};
    struct err err;
    struct blast b;

    memcpy(edges, shop_edges, sizeof(edges));
    edges[1].verdict = VERDICT_UNKNOWN;
    p.edges = edges;
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);
    must(blast_radius(g, graph_find(g, "a"), false, &f, NULL, s, a, &b, &e));
    cr_expect(b.unknown);
    must(blast_radius(g, graph_find(g, "a"), false, &yes, NULL, s, a, &b, &e));
    cr_expect_not(b.unknown);
    must(blast_radius(g, graph_find(g, "c"), false, &f, NULL, s, a, &b, &e));
    cr_expect_eq(b.count, 0);
    cr_expect_not(b.unknown);
}
