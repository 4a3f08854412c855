/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored objects back to facts: what derives from them must be what was stored, edge for edge;
 * and whoever asks why one of those edges is missing must not be given a reason. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "ingest/derive/missing.h"
#include "ingest/derive/why.h"
#include "ingest/recall.h"
#include "schema/store.h"
#include "tests/support/http_agree.h"

enum { MOST_ASKED = 20000 };

static json_t *cluster_props(const struct part *p)
{
    for (size_t i = 0; i < p->nnodes; i++)
        if (p->nodes[i].kind == NODE_CLUSTER)
            return json_loads(p->nodes[i].props, 0, NULL);
    return NULL;
}

static const char *version_of(struct arena *a, const struct part *p)
{
    json_auto_t *props = cluster_props(p);
    const char *v = json_string_value(json_object_get(props, "version"));

    return v ? arena_strdup(a, v) : "";
}

/* The profile of the network is the same, be it by a setting of the run that stored the objects. */
static void same_network(const char *name, const struct part *stored, const struct part *again)
{
    json_auto_t *want = cluster_props(stored), *have = cluster_props(again);
    json_t *network = json_object_get(want, "network");
    const char *setting = getenv("GRAPHD_NETWORK");

    cr_expect(json_is_object(network), "%s: no profile of the network", name);
    cr_expect(json_equal(network, json_object_get(have, "network")), "%s: another network", name);
    if (setting) {
        cr_expect_str_eq(json_string_value(json_object_get(network, "plugin")), "flannel");
        cr_expect(json_is_true(json_object_get(network, "sctp")) == 0, "%s", setting);
    }
}

/* Without the evidence, whose pieces stand in the order in which the objects came. */
static char *edge_text(const struct part *p, const struct edge_row *e)
{
    return g_strdup_printf("%s %s %s %d %d", kinds_edge(e->kind)->label, p->nodes[e->src].key,
                           p->nodes[e->dst].key, e->class, e->verdict);
}

static GHashTable *edge_set(const struct part *p)
{
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < p->nedges; i++)
        g_hash_table_add(set, edge_text(p, &p->edges[i]));
    return set;
}

static void agree(const char *name, const struct part *stored, const struct part *again)
{
    GHashTable *want = edge_set(stored), *have = edge_set(again);
    GHashTableIter it;
    gpointer text;

    cr_expect_eq(stored->nnodes, again->nnodes, "%s: %zu nodes, recalled %zu", name, stored->nnodes,
                 again->nnodes);
    g_hash_table_iter_init(&it, want);
    while (g_hash_table_iter_next(&it, &text, NULL))
        cr_expect(g_hash_table_contains(have, text), "%s: not recalled: %s", name, (char *)text);
    g_hash_table_iter_init(&it, have);
    while (g_hash_table_iter_next(&it, &text, NULL))
        cr_expect(g_hash_table_contains(want, text), "%s: not stored: %s", name, (char *)text);
    g_hash_table_destroy(want);
    g_hash_table_destroy(have);
}

/* No precondition of an edge that is drawn fails; where one is said to hold, that is no denial. */
static size_t deny_nothing(const char *name, struct facts *f, const struct part *p)
{
    AUTO(missing) m = missing_new(f);
    AUTO(arena) a = arena_new();
    size_t step = p->nedges / MOST_ASKED + 1, asked = 0;

    for (size_t i = 0; i < p->nedges; i += step, asked++) {
        const struct edge_row *r = &p->edges[i];
        const char *from = p->nodes[r->src].key, *to = p->nodes[r->dst].key;
        struct rule_why why;

        must(missing_ask(m, from, to, r->kind, a, &why, &e));
        cr_expect(!why.specific || why.near >= WHY_HELD,
                  "%s: %s from %s to %s is drawn, and said to be missing: %s", name,
                  kinds_edge(r->kind)->label, from, to, why.ev.reason);
    }
    return asked;
}

static void check(const char *name, const char *path)
{
    AUTO(arena) a = arena_new();
    struct http_agree h;
    struct part stored, again;

    http_agree_init(&h);
    http_agree_store(&h, name, path);
    must(store_read(h.t.db, name, a, &stored, &e));
    struct recall_wish wish = {
        .cluster = name,
        .generation = 1,
        .coverage = stored.coverage,
        .version = version_of(a, &stored),
        .most_bytes = SIZE_MAX,
    };
    struct err e = {0};
    AUTO(recall) r = recall_new(h.t.db, &wish, &e);
    cr_assert(r, "%s", e.msg);
    cr_expect_eq(recall_failed(r), 0, "%s: %zu objects were not parsed", name, recall_failed(r));
    cr_assert(rule_derive(recall_facts(r), NULL, a, &again, &e), "%s", e.msg);
    agree(name, &stored, &again);
    same_network(name, &stored, &again);
    size_t asked = deny_nothing(name, recall_facts(r), &again);
    printf("recall %s: %zu objects, %zu nodes, %zu edges, %zu asked\n", name, recall_objects(r),
           again.nnodes, again.nedges, asked);

    AUTO(recall) none = NULL;
    wish.generation = 7;
    cr_expect_null(none = recall_new(h.t.db, &wish, &e));
    cr_expect_eq(e.kind, ERR_MISSING, "%s", e.msg);
    wish.generation = 1;
    wish.most_bytes = 1;
    cr_expect_null(none = recall_new(h.t.db, &wish, &e));
    cr_expect_eq(e.kind, ERR_LIMIT, "%s", e.msg);
    wish.most_bytes = SIZE_MAX;
    wish.deadline = 1;
    cr_expect_null(none = recall_new(h.t.db, &wish, &e));
    cr_expect_eq(e.kind, ERR_TIMEOUT, "%s", e.msg);
    db_test_done(&h.t);
}

Test(recall, the_sample, .timeout = 60)
{
    db_test_need();
    check("shop", "examples/shop");
}

Test(recall, the_sample_with_a_setting, .timeout = 60)
{
    db_test_need();
    setenv("GRAPHD_NETWORK", "plugin=flannel,sctp=no", 1);
    check("shop", "examples/shop");
}

static void recorded(const char *name)
{
    if (!test_fixtures())
        cr_skip_test("no recorded answers: GRAPHD_FIXTURES is not set");
    db_test_need();
    g_autofree char *path = g_build_filename(test_fixtures(), "clusters", name, "lists", NULL);
    check(name, path);
}

Test(recall, kubehound, .timeout = 120)
{
    recorded("kubehound");
}

Test(recall, goat, .timeout = 120)
{
    recorded("goat");
}

Test(recall, zoo, .timeout = 120)
{
    recorded("zoo");
}
