/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The draft graph: one node an identity, one edge a triple, the best evidence, the same bytes. */
#include <stdio.h>
#include <time.h>

#include "ingest/derive/draft.h"
#include "schema/key.h"
#include "tests/support/evidence.h"
#include "tests/test.h"

static const struct evidence because = {.object = "Pod a/b", .uid = "u1", .field = "spec.x"};

Test(draft, interns_nodes_by_kind_namespace_name_and_sub)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    char name[] = "web";
    uint32_t pod = draft_node(d, NODE_POD, "shop", name);

    name[0] = 'X'; /* the draft keeps its own copy */
    cr_expect_eq(draft_node(d, NODE_POD, "shop", "web"), pod);
    cr_expect_eq(draft_find(d, NODE_POD, "shop", "web"), pod);
    cr_expect_neq(draft_node(d, NODE_POD, "shop2", "web"), pod);
    cr_expect_neq(draft_node(d, NODE_SECRET, "shop", "web"), pod);
    cr_expect_neq(draft_node_sub(d, NODE_POD, "shop", "web", ""), pod);
    cr_expect_eq(draft_find(d, NODE_POD, "shop", "gone"), UINT32_MAX);
    cr_expect_eq(draft_nodes(d), 4);
    cr_expect_eq(draft_kind(d, pod), NODE_POD);
}

/* What comes of drawing one edge twice. */
static const struct {
    const char *name;
    enum edge_class class[2];
    enum verdict verdict[2];
    enum edge_class want_class;
    enum verdict want_verdict;
    const char *want;
} merges[] = {
    {"the stronger verdict wins over the easier class",
     {CLASS_TRIVIAL, CLASS_HARD},
     {VERDICT_UNKNOWN, VERDICT_YES},
     CLASS_HARD,
     VERDICT_YES,
     "[{\"object\":\"two\"}]"},
    {"the weaker verdict is forgotten",
     {CLASS_EASY, CLASS_EASY},
     {VERDICT_UNKNOWN, VERDICT_BLOCKED},
     CLASS_EASY,
     VERDICT_UNKNOWN,
     "[{\"object\":\"one\"}]"},
    {"then the easier class wins",
     {CLASS_HARD, CLASS_EASY},
     {VERDICT_YES, VERDICT_YES},
     CLASS_EASY,
     VERDICT_YES,
     "[{\"object\":\"two\"}]"},
    {"equal ones add their evidence",
     {CLASS_EASY, CLASS_EASY},
     {VERDICT_BLOCKED, VERDICT_BLOCKED},
     CLASS_EASY,
     VERDICT_BLOCKED,
     "[{\"object\":\"one\"},{\"object\":\"two\"}]"},
};

Test(draft, merges_what_is_drawn_twice)
{
    static const struct evidence one = {.object = "one"}, two = {.object = "two"};

    for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
        AUTO(arena) a = arena_new();
        AUTO(draft) d = draft_new(a, "c");
        uint32_t c = draft_node_sub(d, NODE_CONTAINER, "s", "p", "c"),
                 n = draft_node(d, NODE_NODE, "", "n");
        struct part part = {0};

        draft_edge(d, c, n, EDGE_CE_PRIV_MOUNT, merges[i].class[0], merges[i].verdict[0], &one, 1);
        draft_edge(d, c, n, EDGE_CE_PRIV_MOUNT, merges[i].class[1], merges[i].verdict[1], &two, 1);
        draft_finish(d, &part);
        cr_assert_eq(part.nedges, 1, "%s", merges[i].name);
        cr_expect_eq(part.edges[0].class, merges[i].want_class, "%s", merges[i].name);
        cr_expect_eq(part.edges[0].verdict, merges[i].want_verdict, "%s", merges[i].name);
        cr_expect_str_eq(evidence_of(&part, &part.edges[0], a), merges[i].want, "%s",
                         merges[i].name);
    }
}

Test(draft, keeps_sixteen_pieces_of_evidence_and_counts_the_rest)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    uint32_t c = draft_node_sub(d, NODE_CONTAINER, "s", "p", "c"),
             n = draft_node(d, NODE_NODE, "", "n");
    struct part part = {0};

    for (int i = 0; i < 20; i++) {
        char object[16];
        snprintf(object, sizeof(object), "o%d", i);
        struct evidence ev[2] = {{.object = object}, {.object = object}}; /* said twice: once */
        draft_edge(d, c, n, EDGE_CE_PRIV_MOUNT, CLASS_EASY, VERDICT_YES, ev, 2);
    }
    draft_finish(d, &part);
    const char *text = evidence_of(&part, &part.edges[0], a);
    cr_expect(strstr(text, "{\"object\":\"o15\"},{\"more\":8}]"), "%s", text);
    cr_expect_not(strstr(text, "o16"), "%s", text);
}

Test(draft, says_why_in_json_that_hostile_names_cannot_break)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    struct evidence ev = {.object = "Role \"x\"\n\xff", .reason = "a\\b"};
    struct part part = {0};

    draft_set_rule(d, "containment", 3);
    draft_edge_yes(d, draft_node(d, NODE_NODE, "", "n"), draft_node(d, NODE_POD, "s", "p"),
                   EDGE_POD_ATTACH, &ev);
    draft_finish(d, &part);
    cr_expect_str_eq(evidence_of(&part, &part.edges[0], a),
                     "[{\"object\":\"Role \\\"x\\\"\\n\xef\xbf\xbd\",\"rule\":\"containment.3\","
                     "\"reason\":\"a\\\\b\"}]");
}

Test(draft, ignores_self_loops)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    uint32_t g = draft_node(d, NODE_GROUP, "", "g");

    draft_edge_yes(d, g, g, EDGE_MEMBER_OF, &because);
    cr_expect_eq(draft_edges(d), 0);
}

Test(draft, ranks_jewels)
{
    static const struct {
        enum jewel jewel[2];
        double weight[2];
        enum jewel want;
        double want_weight;
    } cases[] = {
        {{JEWEL_NODE_ANY, JEWEL_CONTROL_PLANE}, {0.5, 1.0}, JEWEL_CONTROL_PLANE, 1.0},
        {{JEWEL_CONTROL_PLANE, JEWEL_NODE_ANY}, {1.0, 0.5}, JEWEL_CONTROL_PLANE, 1.0},
        {{JEWEL_DATA_STORE, JEWEL_CUSTOMER}, {0.7, 0.2}, JEWEL_CUSTOMER, 0.2},
        {{JEWEL_CUSTOMER, JEWEL_DATA_STORE}, {0.2, 0.7}, JEWEL_CUSTOMER, 0.2},
        {{JEWEL_DATA_STORE, JEWEL_CUSTOMER}, {0.7, 0.0}, JEWEL_NONE, 0.0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        AUTO(draft) d = draft_new(a, "c");
        uint32_t n = draft_node(d, NODE_NODE, "", "n");
        struct part part = {0};

        draft_set_jewel(d, n, cases[i].jewel[0], cases[i].weight[0]);
        draft_set_jewel(d, n, cases[i].jewel[1], cases[i].weight[1]);
        draft_finish(d, &part);
        cr_expect_eq(part.nodes[0].jewel, cases[i].want, "row %zu", i);
        cr_expect_float_eq(part.nodes[0].weight, cases[i].want_weight, 1e-9, "row %zu", i);
    }
}

/* The same graph, drawn forwards or backwards. */
static void draw_grid(struct arena *a, bool backwards, struct part *out)
{
    AUTO(draft) d = draft_new(a, "prod/1");
    struct label label = {"app", "w\"eb"};

    for (int k = 0; k < 200; k++) {
        int i = backwards ? 199 - k : k;
        char pod[16], node[16];
        snprintf(pod, sizeof(pod), "p%d", i);
        snprintf(node, sizeof(node), "n%d", i % 7);
        uint32_t p = draft_node(d, NODE_POD, "s", pod), n = draft_node(d, NODE_NODE, "", node);
        draft_set_uid(d, p, pod);
        draft_set_labels(d, p, &label, 1);
        draft_edge_yes(d, n, p, EDGE_POD_ATTACH, &because);
    }
    draft_finish(d, out);
}

Test(draft, writes_the_same_bytes_whatever_the_order_of_drawing)
{
    AUTO(arena) a = arena_new();
    struct part x = {0}, y = {0};

    draw_grid(a, false, &x);
    draw_grid(a, true, &y);
    cr_assert_eq(x.nnodes, 207);
    cr_assert_eq(x.nnodes, y.nnodes);
    cr_assert_eq(x.nedges, y.nedges);
    for (size_t i = 0; i < x.nnodes; i++) {
        cr_assert_str_eq(x.nodes[i].key, y.nodes[i].key);
        cr_assert_str_eq(x.nodes[i].uid, y.nodes[i].uid);
        cr_assert_str_eq(x.nodes[i].labels, y.nodes[i].labels);
        cr_assert(i == 0 || strcmp(x.nodes[i - 1].key, x.nodes[i].key) < 0);
    }
    for (size_t i = 0; i < x.nedges; i++) {
        const struct edge_row *ex = &x.edges[i], *ey = &y.edges[i];
        cr_assert(ex->src == ey->src && ex->dst == ey->dst && ex->kind == ey->kind);
        cr_assert(i == 0 || ex[-1].src < ex->src ||
                  (ex[-1].src == ex->src && ex[-1].dst < ex->dst));
        cr_assert_eq(x.nodes[ex->src].kind, NODE_NODE);
        cr_assert_eq(ex->evidence, x.edges[0].evidence, "one number for the same evidence");
    }
}

Test(draft, draws_a_million_edges)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    struct part part = {0};

    for (int i = 0; i < 100000; i++) {
        char pod[32], node[32];
        snprintf(pod, sizeof(pod), "web-6d5f7b9c4-%05d", i);
        snprintf(node, sizeof(node), "ip-10-0-0-%d", i / 100);
        struct evidence ev = {.object = pod, .uid = pod, .field = "spec.nodeName"};
        uint32_t n = draft_node(d, NODE_NODE, "", node), p = draft_node(d, NODE_POD, "s", pod);
        draft_edge_yes(d, n, p, EDGE_POD_ATTACH, &ev);
        for (int k = 0; k < 5; k++) {
            char name[16];
            snprintf(name, sizeof(name), "c%d", k);
            uint32_t c = draft_node_sub(d, NODE_CONTAINER, "s", pod, name);
            draft_edge_yes(d, p, c, EDGE_CONTAINER_ATTACH, &ev);
            draft_edge_yes(d, c, n, EDGE_CE_PRIV_MOUNT, &ev);
        }
    }
    draft_finish(d, &part);
    cr_expect_eq(part.nedges, 1100000);
}
