/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot: joining, numbering, look-ups, refusals. */
#include <glib.h>

#include "queries/graph.h"
#include "tests/unit/queries/random_part.h"

/* One line an edge, by keys: what a graph holds, whatever its numbers are. */
static char *edges_text(struct arena *a, const struct graph *g)
{
    GString *s = g_string_new("");

    for (size_t i = 0; i < graph_nodes(g); i++) {
        node_ix v = graph_by_key(g, i);
        for (size_t j = 0; j < graph_out_count(g, v); j++) {
            struct graph_edge x = graph_edge(g, graph_out(g, v, j));
            g_string_append_printf(s, "%u %s %s %d %d %d %s\n", v, graph_node(g, x.src).key,
                                   graph_node(g, x.dst).key, x.kind, x.class, x.verdict,
                                   x.evidence);
        }
    }
    char *text = arena_strdup(a, s->str);
    g_string_free(s, TRUE);
    return text;
}

/* The same part with its rows in another order. */
static struct part shuffled(struct arena *a, const struct part *p, uint64_t seed)
{
    struct node_row *nodes = arena_memdup(a, p->nodes, p->nnodes * sizeof(*nodes));
    struct edge_row *edges = arena_memdup(a, p->edges, p->nedges * sizeof(*edges));
    unsigned place[ORACLE_NODES];
    struct part out = *p;

    for (unsigned i = 0; i < p->nnodes; i++)
        place[i] = i;
    for (unsigned i = (unsigned)p->nnodes; i > 1; i--) {
        unsigned j = random_below(&seed, i), swap = place[i - 1];
        place[i - 1] = place[j];
        place[j] = swap;
    }
    for (unsigned i = 0; i < p->nnodes; i++)
        nodes[place[i]] = p->nodes[i];
    for (size_t i = 0; i < p->nedges; i++) {
        size_t at = (i * 7 + 3) % p->nedges;
        edges[i] = p->edges[p->nedges % 7 ? at : i];
        edges[i].src = place[edges[i].src];
        edges[i].dst = place[edges[i].dst];
    }
    out.nodes = nodes;
    out.edges = edges;
    return out;
}

Test(graph, is_whole_and_does_not_depend_on_the_order_of_rows)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        AUTO(arena) a = arena_new();
        struct part p = random_part(a, seed), q = shuffled(a, &p, seed);
        struct err err;
        AUTO(graph) g = graph_new(&p, 1, NULL, &err);
        AUTO(graph) h = graph_new(&q, 1, NULL, &err);

        must(graph_check(g, &e));
        must(graph_check(h, &e));
        cr_assert_eq(graph_nodes(g), p.nnodes);
        cr_assert_eq(graph_edges(g), p.nedges);
        cr_assert_str_eq(edges_text(a, g), edges_text(a, h), "seed %lu", (unsigned long)seed);
        for (node_ix v = 0; v < p.nnodes; v++)
            for (size_t i = 0; i < graph_in_count(g, v); i++)
                cr_assert_eq(graph_edge(g, graph_in(g, v, i)).dst, v);
    }
}

static struct node_row prod_nodes[] = {
    {.key = "internet", .kind = NODE_INTERNET, .name = "internet"},
    {.key = "k8s:prod/pod/shop/web",
     .kind = NODE_POD,
     .ns = "shop",
     .name = "web",
     .uid = "0b1c2d3e-aaaa-bbbb-cccc-000000000001"},
    {.key = "k8s:prod/container/shop/web/app",
     .kind = NODE_CONTAINER,
     .ns = "shop",
     .name = "app",
     .uid = "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899"},
    {.key = "k8s:prod/node//n1",
     .kind = NODE_NODE,
     .name = "n1",
     .jewel = JEWEL_NODE_ANY,
     .weight = 0.5},
    {.key = "k8s:prod/workload/shop/web", .kind = NODE_WORKLOAD, .ns = "shop", .name = "web"},
    {.key = "k8s:prod/container/shop/job/app",
     .kind = NODE_CONTAINER,
     .ns = "shop",
     .name = "app",
     .uid = "aabbccddeeff99112233445566778899aabbccddeeff00112233445566778899"},
    {.key = "k8s:prod/service/shop/lb", .kind = NODE_SERVICE, .ns = "shop", .name = "lb"},
};
static struct node_row test_nodes[] = {
    {.key = "k8s:test/pod/shop/web",
     .kind = NODE_POD,
     .ns = "shop",
     .name = "web",
     .jewel = JEWEL_CUSTOMER,
     .weight = 1},
    {.key = "internet", .kind = NODE_INTERNET, .name = "other", .props = "{\"x\":1}"},
};
static struct edge_row prod_edges[] = {
    {3, 1, EDGE_POD_ATTACH, CLASS_STRUCTURAL, VERDICT_YES, EVIDENCE_NONE},
    {1, 2, EDGE_CONTAINER_ATTACH, CLASS_STRUCTURAL, VERDICT_UNKNOWN, EVIDENCE_NONE},
    {2, 3, EDGE_CE_NSENTER, CLASS_TRIVIAL, VERDICT_BLOCKED, EVIDENCE_NONE},
};
static struct edge_row test_edges[] = {
    {1, 0, EDGE_ENDPOINT_EXPLOIT, CLASS_HARD, VERDICT_UNKNOWN, EVIDENCE_NONE},
};
static const struct part two[] = {
    {.cluster = "prod",
     .source = "a dump",
     .coverage = "{\"complete\":true}",
     .generation = 7,
     .nodes = prod_nodes,
     .edges = prod_edges,
     .nnodes = ARRAY_LEN(prod_nodes),
     .nedges = ARRAY_LEN(prod_edges)},
    {.cluster = "test",
     .generation = 2,
     .nodes = test_nodes,
     .edges = test_edges,
     .nnodes = ARRAY_LEN(test_nodes),
     .nedges = ARRAY_LEN(test_edges)},
};

Test(graph, joins_parts_by_key)
{
    const struct part other_way[] = {two[1], two[0]};
    struct part newer[] = {two[0], two[1]};
    struct graph_odds odds = {.class_p = {1, 0.9, 0.8, 0.7, 0.6, 0.5}, .unknown_factor = 0.1};
    struct err err;
    size_t n;

    struct part blinder[] = {two[0], two[1]}, another[] = {two[0], two[1]};

    newer[1].generation = 3;
    blinder[1].coverage = "{\"complete\":false,\"missing\":[]}";
    another[1].taken_at = two[1].taken_at + 1;
    AUTO(graph) g = graph_new(two, 2, NULL, &err);
    AUTO(graph) same = graph_new(other_way, 2, NULL, &err);
    AUTO(graph) later = graph_new(newer, 2, NULL, &err);
    AUTO(graph) blind = graph_new(blinder, 2, NULL, &err);
    AUTO(graph) other = graph_new(another, 2, NULL, &err);
    AUTO(graph) bold = graph_new(two, 2, &odds, &err);
    must(graph_check(g, &e));
    cr_expect_eq(graph_nodes(g), ARRAY_LEN(prod_nodes) + 1);
    cr_expect_eq(graph_edges(g), 4);
    cr_expect_str_eq(graph_id(g), graph_id(same));
    cr_expect_str_neq(graph_id(g), graph_id(later));
    cr_expect_str_neq(graph_id(g), graph_id(blind));
    cr_expect_str_neq(graph_id(g), graph_id(other), "a database made anew counts from 1 again");
    cr_expect_str_neq(graph_id(g), graph_id(bold), "other odds, other answers");
    cr_expect(graph_bytes(g) > 500);

    struct graph_node internet = graph_node(g, graph_find(g, "internet"));
    cr_expect_str_eq(internet.name, "internet");
    cr_expect_str_eq(internet.props, "{\"x\":1}");
    cr_expect_str_eq(internet.cluster, "prod");
    cr_expect_str_eq(internet.labels, "{}");
    cr_expect_str_eq(internet.uid, "");
    cr_expect_eq(graph_out_count(g, graph_find(g, "internet")), 1);

    const struct graph_part *parts = graph_parts(g, &n);
    cr_assert_eq(n, 2);
    cr_expect_str_eq(parts[0].cluster, "prod");
    cr_expect_str_eq(parts[0].source, "a dump");
    cr_expect_eq(parts[0].generation, 7);
    cr_expect_eq(parts[1].nodes, 2);

    const node_ix *jewels = graph_jewels(g, &n);
    cr_assert_eq(n, 2);
    cr_expect_eq(jewels[0], graph_find(g, "k8s:test/pod/shop/web"));
    cr_expect_eq(graph_node(g, jewels[1]).weight, 0.5);
}

Test(graph, tells_an_edge)
{
    static const char because[] = "[{\"field\":\"spec.nodeName\"}]";
    AUTO(arena) a = arena_new();
    struct part parts[] = {two[0], two[1]};
    struct edge_row *edges = arena_memdup(a, prod_edges, sizeof(prod_edges));
    struct evidence_table *evidence = evidence_new(a);
    struct err err;

    edges[0].evidence = evidence_json(evidence, because, strlen(because));
    parts[0].edges = edges;
    parts[0].evidence = evidence;
    AUTO(graph) g = graph_new(parts, 2, NULL, &err);
    node_ix node = graph_find(g, "k8s:prod/node//n1"), pod = graph_find(g, "k8s:prod/pod/shop/web");
    struct graph_edge x = graph_edge(g, graph_out(g, node, 0));

    cr_expect_eq(x.src, node);
    cr_expect_eq(x.dst, pod);
    cr_expect_eq(x.kind, EDGE_POD_ATTACH);
    cr_expect_eq(x.p, 1);
    cr_expect_str_eq(x.evidence, because);
    cr_expect_str_eq(graph_edge(g, graph_out(g, pod, 0)).evidence, "[]", "none");
    cr_expect_eq(graph_edge(g, graph_out(g, pod, 0)).p, 0.5);
    cr_expect_eq(graph_edge(g, graph_in(g, node, 0)).p, 0, "blocked");
    cr_expect_float_eq(graph_edge(g, graph_out(g, graph_find(g, "internet"), 0)).p, 0.1, 1e-12);
}

Test(graph, may_be_empty)
{
    struct err err;
    AUTO(graph) g = graph_new(NULL, 0, NULL, &err);
    node_ix v;

    must(graph_check(g, &e));
    cr_expect_eq(graph_find(g, "x"), NODE_NONE);
    cr_expect_eq(graph_find_uid(g, "x", &v, 1), 0);
    must_fail(graph_resolve(g, "x", &v, &e), ERR_MISSING, "no node");
}

Test(graph, is_freed_with_the_last_reference)
{
    struct err err;
    AUTO(graph) g = graph_new(two, 2, NULL, &err);
    struct graph *again = graph_ref(g);

    cr_expect_eq(again, g);
    graph_free(again);
    cr_expect_eq(graph_edges(g), 4);
    graph_free(NULL);
}

Test(graph, finds_uids)
{
    static const struct {
        const char *uid;
        size_t count;
    } cases[] = {
        {"0b1c2d3e-aaaa-bbbb-cccc-000000000001", 1},
        {"0b1c2d3e-aaa", 0}, /* a pod uid counts whole */
        {"aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899", 1},
        {"aabbccddeeff0", 1},
        {"aabbccddeeff", 2},
        {"aabbccddeef", 0}, /* too short */
        {"aabbccddeeff00112233445566778899aabbccddeeff001122334455667788990", 0},
        {"", 0},
        {"zzz", 0},
    };
    struct err err;
    AUTO(graph) g = graph_new(two, 2, NULL, &err);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        node_ix v[2] = {NODE_NONE, NODE_NONE};
        size_t n = graph_find_uid(g, cases[i].uid, v, 1);
        cr_expect_eq(n, cases[i].count, "%s: %zu", cases[i].uid, n);
        cr_expect_eq(v[1], NODE_NONE);
        if (n == 1)
            cr_expect_eq(strncmp(graph_node(g, v[0]).uid, cases[i].uid, 12), 0);
    }
}

Test(graph, resolves_what_people_type)
{
    static const struct {
        const char *text, *key; /* key NULL: refused */
        enum err_kind kind;
        const char *part;
    } cases[] = {
        {"internet", "internet", 0, NULL},
        {"k8s:prod/pod/shop/web", "k8s:prod/pod/shop/web", 0, NULL},
        {"n1", "k8s:prod/node//n1", 0, NULL},
        {"node/n1", "k8s:prod/node//n1", 0, NULL},
        {"workload/web", "k8s:prod/workload/shop/web", 0, NULL},
        {"shop/workload/web", "k8s:prod/workload/shop/web", 0, NULL},
        {"shop/lb", "k8s:prod/service/shop/lb", 0, NULL},
        {"shop/web", NULL, ERR_CONFLICT, "k8s:prod/pod/shop/web and k8s:test/pod/shop/web"},
        {"web", NULL, ERR_CONFLICT, "3 nodes"},
        {"shop/wbe", NULL, ERR_MISSING, "no node \"shop/wbe\""},
        {"k8s:prod/pod/shop/wep", NULL, ERR_MISSING, "near: k8s:prod/pod/shop/web"},
        {"shop/pod/webb", NULL, ERR_MISSING, "no node"},
        {"qqqqqq", NULL, ERR_MISSING, "no node \"qqqqqq\""},
        {"", NULL, ERR_MISSING, "no node"},
        {"/", NULL, ERR_MISSING, "no node"},
        {"//", NULL, ERR_MISSING, "no node"},
        {"a/b/c/d\xff", NULL, ERR_MISSING, "no node \"a/b/c/d?\""},
    };
    struct err err;
    AUTO(graph) g = graph_new(two, 2, NULL, &err);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        node_ix v = NODE_NONE;
        if (!cases[i].key) {
            must_fail(graph_resolve(g, cases[i].text, &v, &e), cases[i].kind, cases[i].part);
            continue;
        }
        must(graph_resolve(g, cases[i].text, &v, &e));
        cr_expect_str_eq(graph_node(g, v).key, cases[i].key);
    }
}

Test(graph, survives_long_texts_and_keys)
{
    char text[2000];
    struct node_row node = {.key = text, .kind = NODE_POD, .name = "n"};
    struct part p = {.cluster = "c", .nodes = &node, .nnodes = 1};
    struct err err;
    node_ix v;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    AUTO(graph) g = graph_new(&p, 1, NULL, &err);
    cr_assert(g);
    must(graph_resolve(g, text, &v, &e));
    text[0] = 'b';
    must_fail(graph_resolve(g, text, &v, &e), ERR_MISSING, "no node");
}

Test(graph, refuses_malformed_rows)
{
    static const struct {
        const char *name;
        struct node_row node;
        struct edge_row edge;
        const char *error;
    } cases[] = {
        {"no key", {.key = "", .kind = NODE_POD}, {.kind = 1}, "node 0 has no key"},
        {"null key", {.kind = NODE_POD}, {.kind = 1}, "node 0 has no key"},
        {"node kind", {.key = "k", .kind = 63}, {.kind = 1}, "unknown kind 63"},
        {"no node kind", {.key = "k"}, {.kind = 1}, "unknown kind 0"},
        {"jewel", {.key = "k", .kind = 1, .jewel = 99}, {.kind = 1}, "unknown jewel 99"},
        {"weight", {.key = "k", .kind = 1, .weight = 1.5}, {.kind = 1}, "weight 1.5"},
        {"nan", {.key = "k", .kind = 1, .weight = NAN}, {.kind = 1}, "not in 0..1"},
        {"end", {.key = "k", .kind = 1}, {.src = 1, .kind = 1}, "edge 0: 1 -> 0 is outside"},
        {"head", {.key = "k", .kind = 1}, {.dst = 9, .kind = 1}, "edge 0: 0 -> 9 is outside"},
        {"edge kind", {.key = "k", .kind = 1}, {.kind = 255}, "unknown kind 255"},
        {"class", {.key = "k", .kind = 1}, {.kind = 1, .class = 6}, "class 6"},
        {"verdict", {.key = "k", .kind = 1}, {.kind = 1, .verdict = 3}, "verdict 3"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct part p = {.cluster = "c",
                         .nodes = &cases[i].node,
                         .edges = &cases[i].edge,
                         .nnodes = 1,
                         .nedges = 1};
        must_fail(graph_new(&p, 1, NULL, &e), ERR_INPUT, cases[i].error);
    }
}

Test(graph, refuses_odds_that_are_none)
{
    struct graph_odds odds = {.class_p = {1, 1, 1, 1, 1, 1}, .unknown_factor = 0.5};
    struct err err;

    AUTO(graph) g = graph_new(two, 2, &odds, &err);
    cr_expect(g);
    odds.class_p[CLASS_HARD] = 0;
    must_fail(graph_new(two, 2, &odds, &e), ERR_INPUT, "probability of hard");
    odds.class_p[CLASS_HARD] = 1;
    odds.unknown_factor = 1.1;
    must_fail(graph_new(two, 2, &odds, &e), ERR_INPUT, "unknown");
    odds.unknown_factor = 1;
    odds.class_p[CLASS_STRUCTURAL] = 0.5;
    must_fail(graph_new(two, 2, &odds, &e), ERR_INPUT, "structural");
}

Test(graph, refuses_more_than_32_bits_can_number)
{
    struct part p[] = {{.cluster = "a", .nedges = (size_t)1 << 30},
                       {.cluster = "b", .nedges = (size_t)1 << 30}};

    must_fail(graph_new(p, 2, NULL, &e), ERR_LIMIT, "at most");
    p[0] = (struct part){.cluster = "a", .nnodes = SIZE_MAX};
    must_fail(graph_new(p, 2, NULL, &e), ERR_LIMIT, "at most");
}
