/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generations: in, out, unchanged, changed, refused. */
#include <glib.h>
#include <jansson.h>

#include "schema/store.h"
#include "tests/db/db_test.h"
#include "tests/db/synthetic.h"
#include "tests/support/evidence.h"

static struct db_test t;
static struct arena *a;

static void start(void)
{
    db_test_need();
    db_test_init(&t, false);
    a = arena_new();
}

static void stop(void)
{
    if (!t.url)
        return;
    arena_free(a);
    db_test_done(&t);
}

TestSuite(store, .init = start, .fini = stop);

static bool same_json(const char *x, const char *y)
{
    json_auto_t *jx = json_loads(x, 0, NULL), *jy = json_loads(y, 0, NULL);

    return jx && jy && json_equal(jx, jy);
}

static const struct node_row *find(const struct part *p, const char *key)
{
    for (size_t i = 0; i < p->nnodes; i++)
        if (strcmp(p->nodes[i].key, key) == 0)
            return &p->nodes[i];
    return NULL;
}

static const struct edge_row *find_edge(const struct part *p, const char *src, const char *dst,
                                        unsigned kind)
{
    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].kind == kind && strcmp(p->nodes[p->edges[i].src].key, src) == 0 &&
            strcmp(p->nodes[p->edges[i].dst].key, dst) == 0)
            return &p->edges[i];
    return NULL;
}

/* Every row of `want` is in `got`, and there are no others. */
static void expect_same(const struct part *want, const struct part *got)
{
    cr_assert_eq(got->nnodes, want->nnodes);
    cr_assert_eq(got->nedges, want->nedges);
    for (size_t i = 0; i < want->nnodes; i++) {
        const struct node_row *w = &want->nodes[i], *g = find(got, w->key);
        cr_assert(g, "node %s is gone", w->key);
        cr_expect_str_eq(g->ns, w->ns);
        cr_expect_str_eq(g->name, w->name);
        cr_expect_str_eq(g->uid, w->uid);
        cr_expect(same_json(g->labels, w->labels), "%s: %s", w->key, g->labels);
        cr_expect(same_json(g->props, w->props), "%s: %s, want %s", w->key, g->props, w->props);
        cr_expect_eq(g->kind, w->kind);
        cr_expect_eq(g->jewel, w->jewel);
        cr_expect_float_eq(g->weight, w->weight, 0);
    }
    for (size_t i = 0; i < want->nedges; i++) {
        const struct edge_row *w = &want->edges[i];
        const struct edge_row *g =
            find_edge(got, want->nodes[w->src].key, want->nodes[w->dst].key, w->kind);
        cr_assert(g, "edge %zu is gone", i);
        cr_expect_eq(g->class, w->class);
        cr_expect_eq(g->verdict, w->verdict);
        cr_expect(same_json(evidence_of(got, g, a), evidence_of(want, w, a)), "%s",
                  evidence_of(got, g, a));
    }
}

/* Rows of every table, one text: whatever is written shows. */
static char *row_counts(void)
{
    return db_test_text(
        t.url, "select (select count(*) from generation) || ' ' || (select count(*) from node) ||"
               " ' ' || (select count(*) from edge) || ' ' || (select count(*) from object) || ' '"
               " || (select count(*) from node where valid_to is not null) || ' ' ||"
               " (select count(*) from edge where valid_to is not null) || ' ' ||"
               " (select count(*) from object where valid_to is not null)");
}

static void expect_rows(const char *want)
{
    g_autofree char *got = row_counts();

    cr_expect_str_eq(got, want);
}

static struct part shop(unsigned round)
{
    struct synthetic s = {"shop", 40, 100, 10, 10, round};

    return synthetic_part(a, &s);
}

Test(store, gives_back_what_it_was_given)
{
    struct part want = shop(0), got;
    struct store_result r;

    want.coverage = "{\"complete\": false, \"missing\": [{\"what\": \"pods\", \"why\": \"403\"}]}";
    must(store_write(t.db, &want, &r, &e));
    cr_expect(r.changed);
    cr_expect_eq(r.generation, 1);
    cr_expect_eq(r.nodes.added, 40);
    cr_expect_eq(r.edges.added, 100);
    cr_expect_eq(r.objects.added, 10);
    must(store_read(t.db, "shop", a, &got, &e));
    expect_same(&want, &got);
    cr_expect_str_eq(got.cluster, "shop");
    cr_expect_str_eq(got.source, "synthetic");
    cr_expect(same_json(got.coverage, want.coverage));
    cr_expect_eq(got.generation, 1);
    cr_expect_eq(got.taken_at, want.taken_at);
    for (size_t i = 1; i < got.nnodes; i++)
        cr_expect_lt(strcmp(got.nodes[i - 1].key, got.nodes[i].key), 0);
    for (size_t i = 1; i < got.nedges; i++) {
        const struct edge_row *x = &got.edges[i - 1], *y = &got.edges[i];
        cr_expect(
            x->src < y->src ||
            (x->src == y->src && (x->dst < y->dst || (x->dst == y->dst && x->kind < y->kind))));
    }
    /* Objects come out by SQL only, so far. */
    cr_expect_eq(db_test_int(t.url,
                             "select count(*) from object where trimmed #>> "
                             "'{spec,serviceAccountName}' = 'checkout' and resource = 'pods'"),
                 10);
}

Test(store, an_identical_part_writes_no_row)
{
    struct part p = shop(0);
    struct store_result r;
    struct store_cluster *all;
    size_t n;

    must(store_write(t.db, &p, &r, &e));
    expect_rows("1 40 100 10 0 0 0");
    p.taken_at += 5000000;
    must(store_write(t.db, &p, &r, &e));
    cr_expect_not(r.changed);
    cr_expect_eq(r.generation, 1);
    cr_expect_eq(r.nodes.same, 40);
    cr_expect_eq(r.edges.same, 100);
    cr_expect_eq(r.objects.same, 10);
    cr_expect_eq(r.nodes.added + r.edges.added + r.objects.added, 0);
    expect_rows("1 40 100 10 0 0 0");
    must(store_clusters(t.db, a, &all, &n, &e));
    cr_expect_eq(all[0].taken_at, p.taken_at, "it was seen, though");
}

Test(store, changed_rows_are_closed_and_written_anew)
{
    struct part first = shop(0), second = shop(1), got;
    struct store_result r;

    must(store_write(t.db, &first, &r, &e));
    must(store_write(t.db, &second, &r, &e));
    cr_expect_eq(r.generation, 2);
    cr_expect_eq(r.nodes.changed, 4);
    cr_expect_eq(r.edges.changed, 10);
    cr_expect_eq(r.objects.changed, 1);
    cr_expect_eq(r.nodes.removed + r.edges.removed + r.objects.removed, 0);
    cr_expect_eq(r.nodes.same, 36);
    expect_rows("2 44 110 11 4 10 1");
    must(store_read(t.db, "shop", a, &got, &e));
    expect_same(&second, &got);
    must(store_read_at(t.db, "shop", 1, a, &got, &e));
    expect_same(&first, &got);
    cr_expect_eq(got.generation, 1);
    cr_expect_eq(got.taken_at, first.taken_at);
    must_fail(store_read_at(t.db, "shop", 3, a, &got, &e), ERR_MISSING, "no generation 3");
}

Test(store, removed_rows_are_closed_and_may_come_back)
{
    struct part all = shop(0), fewer = all, got;
    struct store_result r;

    fewer.nedges = 60;
    fewer.nobjects = 7;
    must(store_write(t.db, &all, &r, &e));
    must(store_write(t.db, &fewer, &r, &e));
    cr_expect_eq(r.edges.removed, 40);
    cr_expect_eq(r.objects.removed, 3);
    expect_rows("2 40 100 10 0 40 3");
    must(store_write(t.db, &all, &r, &e));
    cr_expect_eq(r.edges.added, 40);
    const struct part *want[] = {&all, &fewer, &all};
    for (uint32_t g = 1; g <= 3; g++) {
        must(store_read_at(t.db, "shop", g, a, &got, &e));
        expect_same(want[g - 1], &got);
    }
}

/* Forty random generations of a small cluster, each read back as of its time. */
Test(store, every_generation_stays_readable)
{
    struct part parts[40], got;
    struct store_result r;
    uint32_t made = 0;

    srand(7);
    for (size_t g = 0; g < ARRAY_LEN(parts); g++) {
        struct synthetic s = {"shop", 5 + (size_t)rand() % 15,  (size_t)rand() % 30,
                              3,      1 + (unsigned)rand() % 4, (unsigned)rand() % 3};
        parts[made] = synthetic_part(a, &s);
        must(store_write(t.db, &parts[made], &r, &e));
        if (r.changed)
            cr_assert_eq(r.generation, ++made);
    }
    for (uint32_t g = 0; g < made; g++) {
        must(store_read_at(t.db, "shop", g + 1, a, &got, &e));
        expect_same(&parts[g], &got);
    }
    must(store_read(t.db, "shop", a, &got, &e));
    cr_expect_eq(got.generation, made);
}

static struct part pair(const struct node_row *nodes, const struct edge_row *edges, size_t nedges)
{
    return (struct part){.cluster = "pair",
                         .source = "test",
                         .coverage = "{}",
                         .nodes = nodes,
                         .nnodes = 2,
                         .edges = edges,
                         .nedges = nedges};
}

Test(store, edges_stay_when_a_node_changes_but_not_when_it_is_replaced)
{
    struct node_row nodes[] = {
        {"k8s:pair/pod/a/x", "a", "x", "uid-1", "{}", "{}", NODE_POD, JEWEL_NONE, 0},
        {"k8s:pair/container/a/x/c", "a", "c", "", "{}", "{}", NODE_CONTAINER, JEWEL_NONE, 0}};
    struct edge_row edge = {
        0, 1, EDGE_CONTAINER_ATTACH, CLASS_STRUCTURAL, VERDICT_YES, EVIDENCE_NONE};
    struct part p = pair(nodes, &edge, 1);
    struct store_result r;

    must(store_write(t.db, &p, &r, &e));
    nodes[0].labels = "{\"app\": \"x\"}";
    must(store_write(t.db, &p, &r, &e));
    cr_expect_eq(r.nodes.changed, 1);
    cr_expect_eq(r.edges.same, 1);
    nodes[0].uid = "uid-2";
    must(store_write(t.db, &p, &r, &e));
    cr_expect_eq(r.nodes.changed, 1);
    cr_expect_eq(r.edges.same, 0);
    cr_expect_eq(r.edges.added, 1);
    cr_expect_eq(r.edges.removed, 1);
    cr_expect_eq(db_test_int(t.url, "select count(distinct id) from node where kind = 5"), 2);
    cr_expect_eq(db_test_int(t.url, "select count(*) from node where kind = 5"), 3);
}

/* Each of these would be stored, and read back, byte for byte. */
Test(store, hostile_text_survives)
{
    char longest[3001];

    memset(longest, 'n', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    const char *const names[] = {"it's",
                                 "\"quoted\"",
                                 "100%s%n",
                                 "line\nbreak\ttab",
                                 "\xf0\x9f\x92\xa3 bomb",
                                 "\\x00\\N\\.",
                                 "'); drop table node; --",
                                 "\x01\x1f\x7f",
                                 "$1 :a {}",
                                 longest};
    struct node_row nodes[ARRAY_LEN(names)];
    struct edge_row edges[ARRAY_LEN(names)];
    struct object_row objects[ARRAY_LEN(names)];
    struct evidence_table *evidence = evidence_new(a);
    struct store_result r;
    struct part got;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_auto_t *j = json_pack("{s:s}", "v", names[i]);
        json_auto_t *l = json_pack("[{s:s}]", "reason", names[i]);
        char *object = json_dumps(j, JSON_COMPACT), *array = json_dumps(l, JSON_COMPACT);
        const char *text = arena_strdup(a, object);
        nodes[i] = (struct node_row){
            .key = key_make(a, "it's", NODE_USER, names[i], names[i], NULL),
            .ns = names[i],
            .name = names[i],
            .uid = names[i],
            .labels = text,
            .props = text,
            .kind = NODE_USER,
        };
        edges[i] =
            (struct edge_row){(uint32_t)i,     (uint32_t)(i + 1) % ARRAY_LEN(names),
                              EDGE_MEMBER_OF,  CLASS_EASY,
                              VERDICT_UNKNOWN, evidence_json(evidence, array, strlen(array))};
        objects[i] = (struct object_row){"users", names[i], names[i], names[i], text};
        free(object);
        free(array);
    }
    struct part p = {.cluster = "it's \"100%\"",
                     .source = names[6],
                     .coverage = "{\"complete\": true}",
                     .nodes = nodes,
                     .nnodes = ARRAY_LEN(names),
                     .edges = edges,
                     .evidence = evidence,
                     .nedges = ARRAY_LEN(names),
                     .objects = objects,
                     .nobjects = ARRAY_LEN(names)};
    must(store_write(t.db, &p, &r, &e));
    must(store_read(t.db, p.cluster, a, &got, &e));
    expect_same(&p, &got);
    cr_expect_str_eq(got.source, names[6]);
    must(store_write(t.db, &p, &r, &e));
    cr_expect_not(r.changed);
    cr_expect_eq(db_test_int(t.url, "select count(*) from object where length(name) = 3000"), 1);
}

Test(store, a_broken_part_is_refused_and_nothing_is_stored)
{
    const struct node_row good[] = {
        {"k8s:pair/pod/a/x", "a", "x", "", "{}", "{}", NODE_POD, JEWEL_NONE, 0},
        {"k8s:pair/pod/a/y", "a", "y", "", "{}", "{}", NODE_POD, JEWEL_NONE, 0}};
    const struct edge_row e1 = {0, 1, EDGE_HUB_MEMBER, CLASS_EASY, VERDICT_YES, EVIDENCE_NONE};
    static const struct {
        const char *name, *error;
        struct node_row node; /* in place of the second; kind 0: unchanged */
        struct edge_row edge; /* beside the good one */
        const char *evidence; /* of it, as JSON; NULL: no such edge */
        enum err_kind kind;
    } cases[] = {
        {"edge to nowhere",
         "edge 1: 0 to 2, but there are 2 nodes",
         {0},
         {0, 2, 1, 0, 0, 0},
         "[]",
         ERR_INPUT},
        {"edge twice",
         "HUB_MEMBER from k8s:pair/pod/a/x to k8s:pair/pod/a/y is there twice",
         {0},
         {0, 1, EDGE_HUB_MEMBER, 0, 0, 0},
         "[]",
         ERR_INPUT},
        {"edge of no kind",
         "no such kind, class or verdict: 200",
         {0},
         {0, 1, 200, 0, 0, 0},
         "[]",
         ERR_INPUT},
        {"edge of no class",
         "no such kind, class or verdict",
         {0},
         {0, 1, 1, CLASS_COUNT, 0, 0},
         "[]",
         ERR_INPUT},
        {"evidence no array", "edge_evidence_check", {0}, {1, 0, 1, 0, 0, 0}, "{}", ERR_INPUT},
        {"evidence no JSON", "json", {0}, {1, 0, 1, 0, 0, 0}, "[}", ERR_INPUT},
        {"key twice",
         "its key is there twice: k8s:pair/pod/a/x",
         {"k8s:pair/pod/a/x", "a", "x", "", "{}", "{}", NODE_POD, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"node of no kind",
         "no such kind or jewel: 63",
         {"k", "a", "x", "", "{}", "{}", 63, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"jewel of no kind",
         "no such kind or jewel: 5, 15",
         {"k", "a", "x", "", "{}", "{}", NODE_POD, 15, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"weight",
         "weight 1.5",
         {"k", "a", "x", "", "{}", "{}", NODE_POD, 0, 1.5},
         {0},
         NULL,
         ERR_INPUT},
        {"not UTF-8",
         "encoding",
         {"k", "a", "\xff", "", "{}", "{}", NODE_POD, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"labels no object",
         "node_labels_check",
         {"k", "a", "x", "", "[]", "{}", NODE_POD, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"a NUL in JSON",
         "Unicode",
         {"k", "a", "x", "", "{}", "{\"a\": \"\\u0000\"}", NODE_POD, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
        {"no key",
         "node_key_check",
         {"", "a", "x", "", "{}", "{}", NODE_POD, 0, 0},
         {0},
         NULL,
         ERR_INPUT},
    };
    struct store_result r;
    struct part got;

    for (int stored = 0; stored < 2; stored++) {
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct node_row nodes[] = {good[0], cases[i].node.key ? cases[i].node : good[1]};
            struct edge_row edges[] = {e1, cases[i].edge};
            const char *json = cases[i].evidence;
            struct part p = pair(nodes, edges, json ? 2 : 1);
            struct evidence_table *evidence = evidence_new(a);
            struct err e = {0};

            edges[1].evidence = json ? evidence_json(evidence, json, strlen(json)) : EVIDENCE_NONE;
            p.evidence = evidence;
            cr_expect_not(store_write(t.db, &p, &r, &e), "%s", cases[i].name);
            cr_expect_eq(e.kind, cases[i].kind, "%s: %s", cases[i].name, e.msg);
            cr_expect(strstr(e.msg, cases[i].error), "%s: %s", cases[i].name, e.msg);
            expect_rows(stored ? "1 2 1 0 0 0 0" : "0 0 0 0 0 0 0");
        }
        struct part p = pair(good, &e1, 1);
        must(store_write(t.db, &p, &r, &e));
        must(store_read(t.db, "pair", a, &got, &e));
        expect_same(&p, &got);
    }
    struct part p = shop(0);
    p.cluster = "";
    must_fail(store_write(t.db, &p, &r, &e), ERR_INPUT, "cluster_name_check");
    p.cluster = "shop";
    p.coverage = "oops";
    must_fail(store_write(t.db, &p, &r, &e), ERR_INPUT, "json");
}

Test(store, an_empty_part_is_a_generation)
{
    struct part p = {.cluster = "void", .source = "", .coverage = "{}"}, got;
    struct part full = shop(0);
    struct store_result r;

    must(store_write(t.db, &p, &r, &e));
    cr_expect(r.changed);
    must(store_read(t.db, "void", a, &got, &e));
    cr_expect_eq(got.nnodes + got.nedges, 0);
    must_fail(store_read(t.db, "vod", a, &got, &e), ERR_MISSING, "no such cluster");
    full.cluster = "void";
    must(store_write(t.db, &full, &r, &e));
    must(store_write(t.db, &p, &r, &e));
    cr_expect_eq(r.nodes.removed, 40);
    cr_expect_eq(r.edges.removed, 100);
    must(store_read(t.db, "void", a, &got, &e));
    cr_expect_eq(got.nnodes + got.nedges, 0);
}

Test(store, clusters_do_not_touch_each_other)
{
    struct part shop1 = shop(0), other = shop(1), got;
    struct store_cluster *all;
    struct store_result r;
    size_t n;

    must(store_clusters(t.db, a, &all, &n, &e));
    cr_expect_eq(n, 0);
    must(store_write(t.db, &shop1, &r, &e));
    other.cluster = "Bank";
    other.nedges = 50;
    must(store_write(t.db, &other, &r, &e));
    cr_expect_eq(r.generation, 1);
    must(store_read(t.db, "shop", a, &got, &e));
    expect_same(&shop1, &got);
    must(store_read(t.db, "Bank", a, &got, &e));
    expect_same(&other, &got);
    must(store_clusters(t.db, a, &all, &n, &e));
    cr_assert_eq(n, 2);
    cr_expect_str_eq(all[0].name, "Bank");
    cr_expect_str_eq(all[1].name, "shop");
    cr_expect_eq(all[0].edges, 50);
    cr_expect_eq(all[1].edges, 100);
    cr_expect_eq(all[1].nodes, 40);
    cr_expect_eq(all[1].objects, 10);
    cr_expect_str_eq(all[1].source, "synthetic");
    cr_expect_eq(all[1].taken_at, shop1.taken_at);
}

Test(store, a_second_collector_is_refused_while_the_first_lives)
{
    struct part p = shop(0), other = shop(0), next = shop(1);
    struct store_result r;
    struct err err;

    must(store_write(t.db, &p, &r, &e));
    AUTO(db) second = db_open(t.url, &err);
    cr_assert(second);
    must_fail(store_write(second, &next, &r, &e), ERR_BUSY, "shop: another collector");
    expect_rows("1 40 100 10 0 0 0");
    other.cluster = "other";
    must(store_write(second, &other, &r, &e));
    must(store_write(t.db, &next, &r, &e)); /* the first goes on */
    db_free(TAKE(t.db));
    p.source = "second";
    for (int i = 0; i < 100; i++) { /* the server frees the lock when it sees the end */
        if (store_write(second, &p, &r, &err))
            return;
        cr_assert_eq(err.kind, ERR_BUSY, "%s", err.msg);
        g_usleep(50000);
    }
    cr_assert(false, "the lock is still held");
}

Test(store, listeners_hear_of_changes_only)
{
    struct part p = shop(0);
    struct store_result r;
    struct err err;
    bool got;

    AUTO(db) listener = db_open(t.url, &err);
    cr_assert(listener);
    must(db_listen(listener, "graph_changed", &e));
    must(db_wait_notify(listener, 0, &got, &e));
    cr_expect_not(got);
    must(store_write(t.db, &p, &r, &e));
    must(db_wait_notify(listener, 5000, &got, &e));
    cr_expect(got);
    must(store_write(t.db, &p, &r, &e));
    must(db_wait_notify(listener, 200, &got, &e));
    cr_expect_not(got, "nothing changed");
    p.coverage = "{\"complete\": false}";
    must(store_write(t.db, &p, &r, &e));
    cr_expect_not(r.changed);
    must(db_wait_notify(listener, 5000, &got, &e));
    cr_expect(got, "what could not be read has changed");
    expect_rows("1 40 100 10 0 0 0");
}
