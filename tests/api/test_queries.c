/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions over HTTP against slow, obvious answers from the rows themselves. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "base/fetch.h"
#include "tests/api/shop.h"

enum { MOST = 32 };

/* The service rounds -ln p of an edge to thousandths. */
static const double NEAR = 1e-3;

/* Best probabilities and fewest hops from `start`: relax every edge until nothing changes. */
struct oracle {
    double p[MOST];
    unsigned hops[MOST];
};

static double edge_p(const struct edge_row *e)
{
    double p = kinds_class_probability(e->class);

    return e->verdict == VERDICT_BLOCKED ? 0 : e->verdict == VERDICT_UNKNOWN ? p / 2 : p;
}

static struct oracle oracle_from(size_t start, bool reverse, bool yes_only)
{
    const struct part *part = shop_part();
    struct oracle o = {.p = {0}};

    for (size_t i = 0; i < MOST; i++)
        o.hops[i] = UINT32_MAX;
    o.p[start] = 1;
    o.hops[start] = 0;
    for (size_t round = 0; round < part->nnodes; round++)
        for (size_t i = 0; i < part->nedges; i++) {
            const struct edge_row *e = &part->edges[i];
            size_t from = reverse ? e->dst : e->src, to = reverse ? e->src : e->dst;
            unsigned step = e->class != CLASS_STRUCTURAL;
            if (o.p[from] == 0 || edge_p(e) == 0 || (yes_only && e->verdict != VERDICT_YES))
                continue;
            o.p[to] = fmax(o.p[to], o.p[from] * edge_p(e));
            if (o.hops[from] + step < o.hops[to])
                o.hops[to] = o.hops[from] + step;
        }
    return o;
}

static size_t row_of(const char *key)
{
    const struct part *part = shop_part();
    size_t i = 0;

    while (i < part->nnodes && strcmp(part->nodes[i].key, key) != 0)
        i++;
    cr_assert_lt(i, part->nnodes, "unknown key %s", key);
    return i;
}

static json_t *ask_about(const struct shop *s, const char *route, size_t node, const char *more)
{
    AUTO(arena) a = arena_new();
    const char *key = fetch_escape(a, shop_part()->nodes[node].key);

    return shop_ask(s, arena_printf(a, "/v1/%s?node=%s%s", route, key, more), NULL, 200);
}

/* A path must lead from start to end without a gap, and its steps multiply to its probability. */
static void check_path(const json_t *path, const char *from, const char *to, double p)
{
    double product = 1;

    for (size_t i = 0; i < json_array_size(path); i++) {
        const json_t *step = json_array_get(path, i);
        cr_expect_str_eq(shop_text(step, "from"), from);
        cr_expect_eq(json_array_size(shop_at(step, "edges")),
                     json_array_size(shop_at(step, "via")) + 1);
        from = shop_text(step, "to");
        product *= shop_number(step, "probability");
    }
    cr_expect_str_eq(from, to);
    cr_expect_float_eq(product, p, NEAR, "%s: %g, not %g", to, product, p);
}

static void check_hits(const json_t *doc, const struct oracle *o, size_t start, const char *what)
{
    const json_t *hits = shop_at(doc, "nodes");
    size_t want = 0;

    for (size_t i = 0; i < shop_part()->nnodes; i++)
        want += i != start && o->p[i] > 0;
    cr_expect_eq(json_array_size(hits), want, "%s of %s: %zu hits, not %zu", what,
                 shop_part()->nodes[start].key, json_array_size(hits), want);
    cr_expect_eq(shop_number(doc, "counts/total"), (double)want);
    for (size_t i = 0; i < json_array_size(hits); i++) {
        const json_t *hit = json_array_get(hits, i);
        size_t row = row_of(shop_text(hit, "key"));
        cr_expect_float_eq(shop_number(hit, "probability"), o->p[row], NEAR, "%s of %s: %s", what,
                           shop_part()->nodes[start].key, shop_text(hit, "key"));
        cr_expect_eq(shop_number(hit, "hops"), o->hops[row], "%s of %s: %s", what,
                     shop_part()->nodes[start].key, shop_text(hit, "key"));
    }
}

Test(queries_api, blast_radius_and_exposure_agree_with_the_oracle, .timeout = 60)
{
    struct shop s;

    db_test_need();
    shop_open(&s);
    for (size_t start = 0; start < shop_part()->nnodes; start++) {
        struct oracle out = oracle_from(start, false, false), in = oracle_from(start, true, false);
        struct oracle sure = oracle_from(start, false, true);
        json_auto_t *blast = ask_about(&s, "blast-radius", start, "");
        json_auto_t *certain = ask_about(&s, "blast-radius", start, "&verdict=yes");
        json_auto_t *exposure = ask_about(&s, "exposure", start, "");

        check_hits(blast, &out, start, "blast radius");
        check_hits(certain, &sure, start, "certain blast radius");
        check_hits(exposure, &in, start, "exposure");
        cr_expect_leq(shop_number(blast, "risk/lower"), shop_number(blast, "risk/score"));
        cr_expect_leq(shop_number(blast, "risk/score"), shop_number(blast, "risk/upper"));
        cr_expect_leq(shop_number(blast, "risk/upper"), 100);
        const json_t *jewels = shop_at(blast, "crown_jewels");
        for (size_t i = 0; i < json_array_size(jewels); i++) {
            const json_t *j = json_array_get(jewels, i);
            if (row_of(shop_text(j, "key")) != start)
                check_path(shop_at(j, "path"), shop_part()->nodes[start].key, shop_text(j, "key"),
                           shop_number(j, "probability"));
        }
        cr_expect(json_is_false(shop_at(blast, "coverage/complete")));
        cr_expect_str_eq(shop_text(blast, "coverage/missing/0/what"), "networkpolicies");
        cr_expect(json_is_false(shop_at(blast, "truncated")));
    }
    shop_close(&s);
}

static void check_pair(const json_t *answer, size_t from, size_t to)
{
    struct oracle any = oracle_from(from, false, false), sure = oracle_from(from, false, true);
    double p = sure.p[to] > 0 ? sure.p[to] : any.p[to];
    const char *want = sure.p[to] > 0 ? "yes" : any.p[to] > 0 ? "possible" : "no";

    cr_expect_str_eq(shop_text(answer, "reachable"), want, "%s -> %s: %s",
                     shop_text(answer, "from/key"), shop_text(answer, "to/key"),
                     shop_text(answer, "reachable"));
    cr_expect_float_eq(shop_number(answer, "probability"), p, NEAR, "%s -> %s: %g, not %g",
                       shop_text(answer, "from/key"), shop_text(answer, "to/key"),
                       shop_number(answer, "probability"), p);
    if (p > 0 && from != to)
        check_path(shop_at(answer, "path"), shop_part()->nodes[from].key,
                   shop_part()->nodes[to].key, p);
}

Test(queries_api, reachability_agrees_with_the_oracle_alone_and_in_a_batch, .timeout = 60)
{
    struct shop s;
    size_t n = shop_part()->nnodes;

    db_test_need();
    shop_open(&s);
    AUTO(arena) a = arena_new();
    json_auto_t *pairs = json_array();
    for (size_t i = 0; i < n * n; i++)
        json_array_append_new(pairs, json_pack("{s:s, s:s}", "from", shop_part()->nodes[i / n].key,
                                               "to", shop_part()->nodes[i % n].key));
    json_auto_t *body = json_pack("{s:O}", "pairs", pairs);
    g_autofree char *text = json_dumps(body, 0);
    json_auto_t *all = shop_ask(&s, "/v1/reachability", text, 200);
    cr_assert_eq(json_array_size(shop_at(all, "items")), n * n);
    for (size_t i = 0; i < n * n; i++) {
        const json_t *answer = json_array_get(shop_at(all, "items"), i);
        check_pair(answer, i / n, i % n);
        if (i % 7)
            continue; /* one by one for some: a connection each */
        json_auto_t *one = shop_ask(&s,
                                    arena_printf(a, "/v1/reachability?from=%s&to=%s",
                                                 fetch_escape(a, shop_part()->nodes[i / n].key),
                                                 fetch_escape(a, shop_part()->nodes[i % n].key)),
                                    NULL, 200);
        cr_expect(json_equal(shop_at(one, "path"), shop_at(answer, "path")));
        check_pair(one, i / n, i % n);
    }
    shop_close(&s);
}

Test(queries_api, folds_structure_and_hubs_into_real_steps, .timeout = 60)
{
    struct shop s;

    db_test_need();
    shop_open(&s);
    json_auto_t *doc =
        shop_ask(&s, "/v1/reachability?from=internet&to=k8s:t/secret/shop/db", NULL, 200);
    cr_expect_eq(json_array_size(shop_at(doc, "path")), 3);
    cr_expect_eq(shop_number(doc, "hops"), 3);
    cr_expect_str_eq(shop_text(doc, "path/0/edge"), "ENDPOINT_EXPLOIT");
    cr_expect_str_eq(shop_text(doc, "path/0/via/0"), "k8s:t/endpoint/web/front/80");
    cr_expect_str_eq(shop_text(doc, "path/1/edge"), "IDENTITY_ASSUME");
    cr_expect_str_eq(shop_text(doc, "path/2/edge"), "SECRET_READ");
    cr_expect_str_eq(shop_text(doc, "path/2/class"), "trivial");
    cr_expect_str_eq(shop_text(doc, "path/2/mitre/0"), "T1552.007");
    cr_expect_str_eq(shop_text(doc, "path/2/from"), "k8s:t/serviceaccount/web/front");
    cr_expect_str_eq(shop_text(doc, "path/2/to"), "k8s:t/secret/shop/db");
    cr_expect_str_eq(shop_text(doc, "path/2/via/1"), "k8s:t/secretset/shop/all");
    cr_expect_str_eq(shop_text(doc, "path/2/edges/2"), "HUB_MEMBER");
    cr_expect_str_eq(shop_text(doc, "path/2/evidence/0/object"), "RoleBinding shop/readers");
    cr_expect_str_eq(shop_text(doc, "path/2/evidence/1/object"), "Role shop/reader");

    json_auto_t *structure =
        shop_ask(&s, "/v1/reachability?from=worker&to=k8s:t/container/lab/load-0/load", NULL, 200);
    cr_expect_eq(json_array_size(shop_at(structure, "path")), 1);
    cr_expect_eq(shop_number(structure, "hops"), 0);
    cr_expect_str_eq(shop_text(structure, "path/0/class"), "structural");

    json_auto_t *exposure = shop_ask(&s, "/v1/exposure?node=k8s:t/secret/shop/db", NULL, 200);
    cr_expect_str_eq(shop_text(exposure, "internet/reachable"), "yes");
    cr_expect_eq(shop_number(exposure, "internet/hops"), 3);
    shop_close(&s);
}

Test(queries_api, filters_walk_less_and_report_less, .timeout = 60)
{
    static const struct {
        const char *query;
        double total;
        bool complete;
    } rows[] = {
        {"", 11, true},
        {"&planes=network", 2, true},
        {"&edge_kinds=IDENTITY_ASSUME", 1, true},
        {"&max_hops=1", 6, false},
        {"&min_probability=0.97", 2, false},
        {"&verdict=yes", 4, true},
        {"&kinds=secret,node", 2, true},
        {"&namespace=shop", 4, true},
        {"&cluster=t&namespace=lab", 2, true},
        {"&cluster=elsewhere", 0, true},
    };
    struct shop s;

    db_test_need();
    shop_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t from =
            row_of(i == 1 ? "internet" : "k8s:t/container/web/front-5d8c7f9b6d-abcde/front");
        json_auto_t *doc = ask_about(&s, "blast-radius", from, rows[i].query);
        cr_expect_eq(shop_number(doc, "counts/total"), rows[i].total, "%s: %g", rows[i].query,
                     shop_number(doc, "counts/total"));
        cr_expect_eq(json_is_true(shop_at(doc, "complete")), rows[i].complete, "%s", rows[i].query);
    }
    shop_close(&s);
}

Test(queries_api, refuses_bad_parameters_by_name, .timeout = 60)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *pointer, *says;
    } rows[] = {
        {"/v1/blast-radius", NULL, 400, "node", "node"},
        {"/v1/blast-radius?node=frnt", NULL, 404, "node", "front"},
        {"/v1/blast-radius?node=worker&as_of=3", NULL, 400, "as_of", "as_of"},
        {"/v1/blast-radius?node=worker&planes=space", NULL, 400, "planes", "there are escape"},
        {"/v1/blast-radius?node=worker&planes=escape,,data", NULL, 400, "planes", "no plane"},
        {"/v1/blast-radius?node=worker&edge_kinds=NOPE", NULL, 400, "edge_kinds", "NOPE"},
        {"/v1/blast-radius?node=worker&kinds=thing", NULL, 400, "kinds", "thing"},
        {"/v1/blast-radius?node=worker&verdict=blocked", NULL, 400, "verdict", "want yes"},
        {"/v1/blast-radius?node=worker&max_hops=0", NULL, 400, "max_hops", "max_hops"},
        {"/v1/blast-radius?node=worker&max_hops=-1", NULL, 400, "max_hops", "max_hops"},
        {"/v1/blast-radius?node=worker&min_probability=1.5", NULL, 400, "min_probability",
         "min_probability"},
        {"/v1/blast-radius?node=worker&min_probability=nan", NULL, 400, "min_probability",
         "min_probability"},
        {"/v1/blast-radius?node=worker&limit=100001", NULL, 400, "limit", "limit"},
        {"/v1/blast-radius?node=worker&cursor=AAAA", NULL, 400, "cursor", "cursor"},
        {"/v1/exposure?node=", NULL, 400, "node", "node"},
        {"/v1/node?key=nobody", NULL, 404, "key", "nobody"},
        {"/v1/nodes?kind=thing", NULL, 400, "kind", "thing"},
        {"/v1/snapshot?x=%27%22%3C", NULL, 400, "x", "x"},
        {"/v1/reachability?from=worker", NULL, 400, "to", "to"},
        {"/v1/reachability", "{\"pairs\":[]}", 422, "/pairs", "want 1 to 1000"},
        {"/v1/reachability", "[]", 422, "", "want {"},
        {"/v1/reachability", "{\"pairs\":{}}", 400, "/pairs", "want array"},
        {"/v1/reachability", "{\"pairs\":[{\"from\":\"worker\",\"to\":\"worker\"},{\"from\":7}]}",
         400, "/pairs/1/from", "want string"},
        {"/v1/reachability", "{\"pairs\":[{\"from\":\"worker\",\"to\":\"wrker\"}]}", 422,
         "/pairs/0/to", "worker"},
        {"/v1/reachability", "{\"pairs\":[{\"from\":\"worker\",\"to\":\"worker\",\"k\":1}]}", 422,
         "/pairs/0/k", "no such member"},
        {"/v1/reachability", "{\"pairs\":[{\"from\":\"worker\",\"to\":\"worker\"}],\"x\":1}", 422,
         "/x", "no such member"},
        {"/v1/reachability", "{\"pairs\":", 400, "", ""},
    };
    struct shop s;

    db_test_need();
    shop_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_auto_t *problem = shop_ask(&s, rows[i].path, rows[i].body, rows[i].status);
        const char *detail = shop_text(problem, "detail");
        cr_expect_str_eq(shop_text(problem, "errors/0/pointer"), rows[i].pointer, "%s %s: %s",
                         rows[i].path, rows[i].body ? rows[i].body : "", detail);
        cr_expect(strstr(detail, rows[i].says), "%s: %s", rows[i].path, detail);
    }
    shop_close(&s);
}

Test(queries_api, shows_what_is_loaded_and_finds_nodes, .timeout = 60)
{
    static const struct {
        const char *query;
        size_t n;
        const char *first;
    } rows[] = {
        {"limit=1000", 15, "internet"},
        {"kind=pod", 2, "k8s:t/pod/lab/load-0"},
        {"kind=pod,secret&namespace=shop", 1, "k8s:t/secret/shop/db"},
        {"q=FRONT&kind=serviceaccount", 1, "k8s:t/serviceaccount/web/front"},
        {"label=app", 2, "k8s:t/pod/lab/load-0"},
        {"label=app%3Dfront", 1, "k8s:t/pod/web/front-5d8c7f9b6d-abcde"},
        {"label=tier%3Dx", 0, ""},
        {"q=al%25ne", 1, "k8s:t/namespace//al%25ne"},
        {"cluster=other", 0, ""},
    };
    struct shop s;
    g_autofree char *cursor = NULL;
    g_autofree char *last = g_strdup("");
    size_t seen = 0;

    db_test_need();
    shop_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        g_autofree char *path = g_strdup_printf("/v1/nodes?%s", rows[i].query);
        json_auto_t *list = shop_ask(&s, path, NULL, 200);
        cr_expect_eq(json_array_size(shop_at(list, "items")), rows[i].n, "%s", path);
        cr_expect_str_eq(shop_text(list, "items/0/key"), rows[i].first, "%s", path);
    }
    do {
        g_autofree char *path =
            g_strdup_printf("/v1/nodes?limit=4&cursor=%s", cursor ? cursor : "");
        json_auto_t *list = shop_ask(&s, path, NULL, 200);
        const json_t *items = shop_at(list, "items");
        for (size_t i = 0; i < json_array_size(items); i++, seen++) {
            cr_expect_gt(strcmp(shop_text(json_array_get(items, i), "key"), last), 0);
            g_free(last);
            last = g_strdup(shop_text(json_array_get(items, i), "key"));
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(shop_at(list, "next")));
    } while (cursor);
    cr_expect_eq(seen, shop_part()->nnodes);

    json_auto_t *clusters = shop_ask(&s, "/v1/clusters", NULL, 200);
    cr_expect_str_eq(shop_text(clusters, "items/0/cluster"), "t");
    cr_expect_eq(shop_number(clusters, "items/0/generation"), 1);
    json_auto_t *snapshot = shop_ask(&s, "/v1/snapshot", NULL, 200);
    cr_expect_eq(shop_number(snapshot, "nodes/total"), (double)shop_part()->nnodes);
    cr_expect_eq(shop_number(snapshot, "nodes/by_kind/pod"), 2);
    cr_expect_eq(shop_number(snapshot, "edges/by_verdict/blocked"), 1);
    json_decref(shop_ask(&s, "/v1/node?key=lab/load-0/load", NULL, 404));
    json_auto_t *load = shop_ask(&s, "/v1/node?key=k8s:t/container/lab/load-0/load", NULL, 200);
    cr_expect_str_eq(shop_text(load, "out/items/0/verdict"), "blocked");
    cr_expect_str_eq(shop_text(load, "out/items/0/evidence/0/object"), "Namespace lab");
    cr_expect_eq(shop_number(load, "in/total"), 1);
    shop_close(&s);
}

Test(queries_api, pages_hits_and_knows_an_unchanged_snapshot, .timeout = 60)
{
    AUTO(arena) a = arena_new();
    struct shop s;
    struct api_reply r;
    size_t seen = 0;
    const char *cursor = "";

    db_test_need();
    shop_open(&s);
    while (cursor) {
        const char *more = arena_printf(a, "&limit=3&cursor=%s", cursor);
        json_auto_t *doc = ask_about(&s, "blast-radius", row_of("internet"), more);
        seen += json_array_size(shop_at(doc, "nodes"));
        cr_expect_eq(json_is_true(shop_at(doc, "truncated")), !json_is_null(shop_at(doc, "next")));
        cursor =
            json_is_null(shop_at(doc, "next")) ? NULL : arena_strdup(a, shop_text(doc, "next"));
    }
    json_auto_t *whole = ask_about(&s, "blast-radius", row_of("internet"), "");
    cr_expect_eq(seen, json_array_size(shop_at(whole, "nodes")));

    api_get(&s.api, a, "/v1/blast-radius?node=worker", "", &r);
    const char *etag = strstr(r.head, "ETag: ");
    cr_assert(etag, "%s", r.head);
    const char *known =
        arena_printf(a, "If-None-Match: %.*s\r\n", (int)strcspn(etag + 6, "\r"), etag + 6);
    api_get(&s.api, a, "/v1/blast-radius?node=worker", known, &r);
    cr_expect_eq(r.status, 304, "%s", r.head);
    shop_close(&s);
}
