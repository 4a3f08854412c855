/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every node of the sample and of the recorded clusters: what graphd answers over HTTP against an
 * oracle that read nothing but what `graphd-ingest --dry-run` prints. */
#include <stdio.h>

#include "base/fetch.h"
#include "schema/kinds.h"
#include "tests/support/answer_check.h"
#include "tests/support/http_agree.h"

enum {
    ALL_PAIRS_BELOW = 300, /* nodes; larger clusters are asked about a sample of pairs */
    TARGETS = 200,
    POSSIBLE = 20, /* of them, reached over unknown edges only, which chance would seldom pick */
    SHOWN = 10,
    SEED = 20240607,
};

struct run {
    const char *cluster;
    struct http_agree h;
    struct json_oracle o;
    size_t n;                            /* nodes */
    size_t answers, differ, pairs_of[3]; /* pairs by answer: no, possible, yes */
};

static const char *const reach_words[] = {"no", "possible", "yes"};

static const char *key_of(const struct run *r, size_t i)
{
    return json_oracle_node(&r->o, i)->key;
}

static const char *text_at(const json_t *of, const char *member)
{
    const char *v = json_string_value(json_object_get(of, member));

    return v ? v : "";
}

/* One answer is compared: NULL, or what is wrong with it. */
static void count(struct run *r, const char *question, const char *wrong)
{
    r->answers++;
    if (wrong && r->differ++ < SHOWN)
        fprintf(stderr, "http agree %s: %s: %s\n", r->cluster, question, wrong);
}

/* A blast radius, or an exposure if the question is reversed. */
static void agree_hits(struct run *r, size_t start, const char *more, struct json_oracle_ask ask)
{
    AUTO(arena) a = arena_new();
    const char *route = ask.reverse ? "exposure" : "blast-radius";
    const char *path = arena_printf(a, "/v1/%s?node=%s&limit=100000%s", route,
                                    fetch_escape(a, key_of(r, start)), more);
    json_auto_t *doc = http_agree_ask(&r->h, path, NULL);

    count(r, path, answer_check_hits(&r->o, a, start, ask, doc));
}

/* Nodes to ask about from a source: all of a small cluster, else a sample. */
static size_t targets_of(const struct run *r, const struct answer_walk *any,
                         const struct answer_walk *sure, GRand *dice, uint32_t out[])
{
    size_t n = 0;

    if (r->n < ALL_PAIRS_BELOW) {
        while (n < r->n) {
            out[n] = (uint32_t)n;
            n++;
        }
        return n;
    }
    for (size_t v = 0; v < r->n && n < POSSIBLE; v++)
        if (any->cost[v] != JSON_ORACLE_FAR && sure->cost[v] == JSON_ORACLE_FAR)
            out[n++] = (uint32_t)v;
    while (n < TARGETS)
        out[n++] = (uint32_t)g_rand_int_range(dice, 0, (gint32)r->n);
    return n;
}

static void agree_pairs(struct run *r, size_t from, GRand *dice)
{
    AUTO(arena) a = arena_new();
    struct answer_walk any = answer_check_walk(&r->o, a, from, (struct json_oracle_ask){0});
    struct answer_walk sure =
        answer_check_walk(&r->o, a, from, (struct json_oracle_ask){.yes_only = true});
    uint32_t to[ALL_PAIRS_BELOW];
    size_t n = targets_of(r, &any, &sure, dice, to);
    json_auto_t *body = json_object();
    json_t *pairs = json_array();

    json_object_set_new(body, "pairs", pairs);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            pairs, json_pack("{s:s, s:s}", "from", key_of(r, from), "to", key_of(r, to[i])));
    json_auto_t *doc = http_agree_ask(&r->h, "/v1/reachability", body);
    const json_t *items = json_object_get(doc, "items");
    cr_assert_eq(json_array_size(items), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(items, i);
        const char *key = key_of(r, to[i]);
        const char *wrong =
            strcmp(text_at(json_object_get(item, "to"), "key"), key) != 0
                ? "another pair"
                : answer_check_reach(item, key_of(r, from), key, any.cost[to[i]], sure.cost[to[i]]);

        count(r, arena_printf(a, "%s -> %s", key_of(r, from), key), wrong);
        for (size_t k = 0; k < ARRAY_LEN(reach_words); k++)
            r->pairs_of[k] += strcmp(text_at(item, "reachable"), reach_words[k]) == 0;
    }
}

/* Every node is listed once, in the order of keys; pages are small so that there are many. */
static void agree_list(struct run *r)
{
    g_autofree char *cursor = g_strdup("");
    g_autofree char *last = g_strdup("");
    size_t seen = 0, unknown = 0;

    while (cursor) {
        AUTO(arena) a = arena_new();
        json_auto_t *page =
            http_agree_ask(&r->h, arena_printf(a, "/v1/nodes?limit=97&cursor=%s", cursor), NULL);
        const json_t *items = json_object_get(page, "items");

        for (size_t i = 0; i < json_array_size(items); i++, seen++) {
            const char *key = text_at(json_array_get(items, i), "key");
            unknown += json_oracle_find(&r->o, key) == JSON_ORACLE_FAR || strcmp(last, key) >= 0;
            g_free(last);
            last = g_strdup(key);
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(page, "next")));
    }
    count(r, "/v1/nodes", unknown || seen != r->n ? "other nodes" : NULL);
}

/* Loads a cluster both ways; nothing is asked yet. */
static void run_load(struct run *r, const char *cluster, const char *path)
{
    json_oracle_add(&r->o, http_agree_print(cluster, path));
    http_agree_store(&r->h, cluster, path);
    r->n = r->o.nodes->len;
}

static void run_init(struct run *r, const char *name)
{
    *r = (struct run){.cluster = name};
    json_oracle_init(&r->o);
    http_agree_init(&r->h);
}

static void run_done(struct run *r)
{
    fprintf(stderr,
            "http agree %s: %zu nodes, %zu answers compared, %zu differ"
            " (pairs: %zu no, %zu possible, %zu yes; %zu requests)\n",
            r->cluster, r->n, r->answers, r->differ, r->pairs_of[0], r->pairs_of[1], r->pairs_of[2],
            r->h.requests);
    cr_expect_eq(r->differ, 0, "%s: %zu of %zu answers differ", r->cluster, r->differ, r->answers);
    http_agree_done(&r->h);
    json_oracle_done(&r->o);
}

/* What is asked about every node, without a filter and over certain edges only. */
static void agree_plain(struct run *r, size_t every)
{
    GRand *dice = g_rand_new_with_seed(SEED);

    agree_list(r);
    for (size_t v = 0; v < r->n; v += every) {
        agree_hits(r, v, "", (struct json_oracle_ask){0});
        agree_hits(r, v, "&verdict=yes", (struct json_oracle_ask){.yes_only = true});
        agree_hits(r, v, "", (struct json_oracle_ask){.reverse = true});
        agree_pairs(r, v, dice);
    }
    g_rand_free(dice);
}

static void agree_hops(struct run *r)
{
    for (uint32_t most = 1; most <= 3; most++) {
        g_autofree char *more = g_strdup_printf("&max_hops=%u", most);

        for (size_t v = 0; v < r->n; v++) {
            agree_hits(r, v, more, (struct json_oracle_ask){.max_hops = most});
            agree_hits(r, v, more, (struct json_oracle_ask){.max_hops = most, .reverse = true});
        }
    }
}

/* Each plane alone, and each with its successor. */
static void agree_planes(struct run *r)
{
    for (unsigned p = 0; p < 2 * PLANE_COUNT; p++) {
        enum plane one = p % PLANE_COUNT, other = (p + (p >= PLANE_COUNT)) % PLANE_COUNT;
        g_autofree char *more =
            g_strdup_printf("&planes=%s%s%s", kinds_plane_name(one), one == other ? "" : ",",
                            one == other ? "" : kinds_plane_name(other));
        struct json_oracle_ask ask = {.planes = 1U << one | 1U << other};

        for (size_t v = 0; v < r->n; v++) {
            ask.reverse = false;
            agree_hits(r, v, more, ask);
            ask.reverse = true;
            agree_hits(r, v, more, ask);
        }
    }
}

Test(http_agree, sample)
{
    struct run r;

    db_test_need();
    run_init(&r, "shop");
    run_load(&r, "shop", "examples/shop");
    http_agree_serve(&r.h);
    agree_plain(&r, 1);
    agree_hops(&r);
    agree_planes(&r);
    for (size_t k = 0; k < ARRAY_LEN(reach_words); k++)
        cr_expect_gt(r.pairs_of[k], 0, "no pair is \"%s\"", reach_words[k]);
    run_done(&r);
}

static const char *const recorded[] = {"boutique", "boutique-ingress", "goat", "kubehound",
                                       "zoo",      "zoo-weird"};

static char *recorded_path(const char *cluster)
{
    return g_build_filename(test_fixtures(), "clusters", cluster, "lists", NULL);
}

#define NEEDS_FIXTURES()                                                                           \
    do {                                                                                           \
        if (!test_fixtures())                                                                      \
            cr_skip_test("GRAPHD_FIXTURES is not set");                                            \
    } while (0)

static void agree_recorded(const char *cluster, bool hops)
{
    struct run r;

    db_test_need();
    NEEDS_FIXTURES();
    g_autofree char *path = recorded_path(cluster);
    run_init(&r, cluster);
    run_load(&r, cluster, path);
    http_agree_serve(&r.h);
    agree_plain(&r, 1);
    if (hops)
        agree_hops(&r);
    run_done(&r);
}

/* A test each, so that they run side by side. */
Test(http_agree, kubehound)
{
    agree_recorded("kubehound", true);
}

Test(http_agree, goat)
{
    agree_recorded("goat", false);
}

Test(http_agree, zoo)
{
    agree_recorded("zoo", false);
}

Test(http_agree, zoo_weird)
{
    agree_recorded("zoo-weird", false);
}

Test(http_agree, boutique)
{
    agree_recorded("boutique", false);
}

Test(http_agree, boutique_ingress)
{
    agree_recorded("boutique-ingress", false);
}

/* The clusters in one database: the graphs meet in the internet.  Every 29th node is asked about.
 */
Test(http_agree, joined_clusters)
{
    struct run r;
    const char *folder;
    size_t folders = 0;

    db_test_need();
    NEEDS_FIXTURES();
    run_init(&r, "joined");
    run_load(&r, "shop", "examples/shop");
    for (size_t i = 0; i < ARRAY_LEN(recorded); i++) {
        g_autofree char *path = recorded_path(recorded[i]);
        run_load(&r, recorded[i], path);
    }
    cr_assert_str_eq(key_of(&r, 0), "internet");
    http_agree_serve(&r.h);
    agree_plain(&r, 29);
    run_done(&r);

    g_autofree char *all = g_build_filename(test_fixtures(), "clusters", NULL);
    GDir *dir = g_dir_open(all, 0, NULL);
    cr_assert(dir, "%s", all);
    while ((folder = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = recorded_path(folder);
        folders += g_file_test(path, G_FILE_TEST_IS_DIR) ? 1 : 0;
    }
    g_dir_close(dir);
    cr_expect_eq(folders, ARRAY_LEN(recorded), "a recorded cluster has no test here");
}
