/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts the whole way: posted, stored once, tied to their node, ranked, listed. */
#include <stdio.h>

#include <glib.h>

#include "tests/api/shop.h"

#define LOUD(n)                                                                                    \
    "{\"rule\":\"Drop and execute\",\"priority\":\"Critical\",\"source\":\"syscall\","             \
    "\"time\":\"2026-01-01T00:00:0" n "Z\",\"tags\":[\"T1611\"],"                                  \
    "\"output_fields\":{\"container.id\":\"0123456789ab\"}}"
#define QUIET                                                                                      \
    "{\"rule\":\"Shell\",\"priority\":\"Notice\",\"source\":\"syscall\",\"uuid\":\"u1\","          \
    "\"time\":\"2026-01-01T00:00:05Z\",\"output_fields\":{\"container.full_id\":\"" SHOP_FRONT_ID  \
    "\",\"k8s.ns.name\":\"web\"}}"
#define LOST                                                                                       \
    "{\"rule\":\"Lost\",\"priority\":\"Error\",\"source\":\"syscall\","                            \
    "\"time\":\"2026-01-01T00:00:06Z\",\"output_fields\":{\"container.id\":\"ffffffffffff\"}}"

static void bounds(const json_t *alert)
{
    double lower = shop_number(alert, "risk/lower"), score = shop_number(alert, "risk/score");

    cr_expect(0 <= lower && lower <= score && score <= shop_number(alert, "risk/upper") &&
                  shop_number(alert, "risk/upper") <= 100,
              "%s: %g %g", shop_text(alert, "rule"), lower, score);
    cr_expect_float_eq(score,
                       100 * shop_number(alert, "risk/parts/likelihood") *
                           shop_number(alert, "risk/parts/impact") *
                           shop_number(alert, "risk/parts/context"),
                       1e-3);
}

Test(alerts_api, the_quiet_one_that_reaches_the_jewel_outranks_the_loud_dead_end, .timeout = 60)
{
    struct shop s;

    db_test_need();
    shop_open(&s);
    json_auto_t *loud = shop_ask(&s, "/v1/webhooks/falco", LOUD("1"), 200);
    json_auto_t *quiet = shop_ask(&s, "/v1/webhooks/falco", QUIET, 200);
    json_auto_t *lost = shop_ask(&s, "/v1/webhooks/falco", LOST, 200);

    cr_expect_str_eq(shop_text(loud, "match/key"), "k8s:t/container/lab/load-0/load");
    cr_expect_str_eq(shop_text(loud, "match/by"), "container_id");
    cr_expect_eq(shop_number(loud, "risk/score"), 0, "a blocked edge is no way");
    cr_expect_str_eq(shop_text(loud, "risk/reasons/0"), "reaches no crown jewel from here");
    cr_expect_str_eq(shop_text(quiet, "match/key"),
                     "k8s:t/container/web/front-5d8c7f9b6d-abcde/front");
    cr_expect_eq(shop_number(quiet, "match/confidence"), 0.99);
    cr_expect_gt(shop_number(quiet, "risk/score"), 30);
    cr_expect(strstr(shop_text(quiet, "risk/reasons/0"),
                     "reaches k8s:t/secret/shop/db (customer) in 2 steps with probability 0.96: "
                     "IDENTITY_ASSUME, SECRET_READ"),
              "%s", shop_text(quiet, "risk/reasons/0"));
    cr_expect_str_eq(shop_text(quiet, "crown_jewels/0/key"), "k8s:t/secret/shop/db");
    cr_expect_str_eq(shop_text(quiet, "crown_jewels/0/path/1/edge"), "SECRET_READ");
    cr_expect_str_eq(shop_text(quiet, "owner"), "team-web", "of the place");
    cr_expect(json_is_null(shop_at(loud, "owner")), "nobody said");
    cr_expect(json_is_null(shop_at(lost, "match")));
    cr_expect(json_is_null(shop_at(lost, "owner")));
    cr_expect_str_eq(shop_text(lost, "risk/basis"), "severity");
    cr_expect(json_is_false(shop_at(lost, "coverage/complete")));

    json_auto_t *list = shop_ask(&s, "/v1/alerts?sort=-risk", NULL, 200);
    static const char *const order[] = {"Shell", "Lost", "Drop and execute"};
    cr_expect_eq(json_array_size(shop_at(list, "items")), ARRAY_LEN(order));
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        const json_t *alert = json_array_get(shop_at(list, "items"), i);
        cr_expect_str_eq(shop_text(alert, "rule"), order[i], "place %zu", i);
        bounds(alert);
    }
    cr_expect(json_is_null(shop_at(list, "next")) && json_is_false(shop_at(list, "truncated")));

    g_autofree char *one = g_strdup_printf("/v1/alerts/%s", shop_text(quiet, "id"));
    json_auto_t *again = shop_ask(&s, one, NULL, 200);
    cr_expect(json_equal(shop_at(again, "risk"), shop_at(quiet, "risk")));
    cr_expect(json_equal(shop_at(again, "crown_jewels"), shop_at(quiet, "crown_jewels")));
    shop_close(&s);
}

Test(alerts_api, the_same_alert_again_is_one_row, .timeout = 60)
{
    struct shop s;

    db_test_need();
    shop_open(&s);
    json_auto_t *first = shop_ask(&s, "/v1/webhooks/falco", QUIET, 200);
    json_auto_t *second = shop_ask(&s, "/v1/webhooks/falco", QUIET, 200);
    cr_expect_str_eq(shop_text(first, "id"), shop_text(second, "id"));
    cr_expect_eq(shop_number(first, "occurrences"), 1);
    cr_expect_eq(shop_number(second, "occurrences"), 2);
    cr_expect_eq(db_test_int(s.t.url, "select count(*) from alert"), 1);

    json_auto_t *batch = shop_ask(&s, "/v1/webhooks/falco", QUIET "\n" LOST "\n", 200);
    cr_expect_eq(shop_number(batch, "items/0/occurrences"), 3);
    cr_expect_str_eq(shop_text(batch, "items/1/rule"), "Lost");
    shop_close(&s);
}

Test(alerts_api, pages_filters_and_orders, .timeout = 60)
{
    static const struct {
        const char *query;
        size_t n;
        const char *first;
    } rows[] = {
        {"resolved=true", 6, "Shell"}, {"resolved=false", 1, "Lost"},
        {"namespace=web", 1, "Shell"}, {"namespace=lab&cluster=t", 5, "Drop and execute"},
        {"cluster=elsewhere", 0, ""},  {"sort=-severity", 7, "Drop and execute"},
        {"sort=-received", 7, "Lost"},
    };
    struct shop s;
    size_t seen = 0;
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *cursor = NULL;

    db_test_need();
    shop_open(&s);
    json_decref(shop_ask(&s, "/v1/webhooks/falco", QUIET, 200));
    json_decref(shop_ask(&s, "/v1/webhooks/falco",
                         "[" LOUD("0") "," LOUD("1") "," LOUD("2") "," LOUD("3") "," LOUD("4") "]",
                         200));
    json_decref(shop_ask(&s, "/v1/webhooks/falco", LOST, 200));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        g_autofree char *path = g_strdup_printf("/v1/alerts?%s", rows[i].query);
        json_auto_t *list = shop_ask(&s, path, NULL, 200);
        cr_expect_eq(json_array_size(shop_at(list, "items")), rows[i].n, "%s", path);
        cr_expect_str_eq(shop_text(list, "items/0/rule"), rows[i].first, "%s", path);
    }
    do {
        g_autofree char *path =
            g_strdup_printf("/v1/alerts?limit=2&cursor=%s", cursor ? cursor : "");
        json_auto_t *list = shop_ask(&s, path, NULL, 200);
        const json_t *items = shop_at(list, "items");
        for (size_t i = 0; i < json_array_size(items); i++, seen++)
            cr_expect(g_hash_table_add(ids, g_strdup(shop_text(json_array_get(items, i), "id"))),
                      "an alert came twice");
        g_free(cursor);
        cursor = g_strdup(json_string_value(shop_at(list, "next")));
    } while (cursor);
    cr_expect_eq(seen, 7);

    json_auto_t *page = shop_ask(&s, "/v1/alerts?limit=2", NULL, 200);
    g_autofree char *other =
        g_strdup_printf("/v1/alerts?sort=-received&cursor=%s", shop_text(page, "next"));
    json_auto_t *refused = shop_ask(&s, other, NULL, 400);
    cr_expect_str_eq(shop_text(refused, "errors/0/pointer"), "cursor");
    shop_close(&s);
}

Test(alerts_api, refuses_with_a_reason_and_stores_nothing, .timeout = 60)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *pointer, *says;
    } rows[] = {
        {"/v1/webhooks/falco", "", 400, "", "body: is empty"},
        {"/v1/webhooks/falco", "{\"rule\":", 400, "", "body: line 1 column"},
        {"/v1/webhooks/falco", "05:06:07: Notice", 415, "", "json_output"},
        {"/v1/webhooks/falco", "[" QUIET ",{\"rule\":\"r\",\"priority\":\"Loud\"}]", 400,
         "/1/priority", "/1/priority: want emergency"},
        {"/v1/webhooks/falco?x=1", QUIET, 400, "x", "x"},
        {"/v1/alerts?sort=risk", NULL, 400, "sort", "want one of -risk"},
        {"/v1/alerts?resolved=maybe", NULL, 400, "resolved", "want one of any"},
        {"/v1/alerts?limit=0", NULL, 400, "limit", "limit"},
        {"/v1/alerts?as_of=1", NULL, 400, "as_of", "as_of"},
        {"/v1/alerts?cursor=abc", NULL, 400, "cursor", "cursor"},
        {"/v1/alerts/17", NULL, 404, "", "no alert has the id"},
        {"/v1/alerts/00000000-0000-4000-8000-000000000000", NULL, 404, "", "no alert has the id"},
    };
    struct shop s;

    db_test_need();
    shop_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_auto_t *problem = shop_ask(&s, rows[i].path, rows[i].body, rows[i].status);
        cr_expect_str_eq(shop_text(problem, "errors/0/pointer"), rows[i].pointer, "%s: %s",
                         rows[i].path, shop_text(problem, "detail"));
        cr_expect(strstr(shop_text(problem, "detail"), rows[i].says), "%s: %s", rows[i].path,
                  shop_text(problem, "detail"));
    }
    cr_expect_eq(db_test_int(s.t.url, "select count(*) from alert"), 0);
    shop_close(&s);
}

Test(alerts_api, without_a_database_the_sender_is_told_to_try_again, .timeout = 60)
{
    AUTO(arena) a = arena_new();
    struct shop s;
    struct api_reply r;

    api_start(&s.api, (const char *const[]){NULL});
    int fd = api_connect(&s.api);
    api_say(fd, arena_printf(a,
                             "POST /v1/webhooks/falco HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                             strlen(QUIET), QUIET));
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, 503, "%s", r.body);
    cr_expect(strstr(r.head, "Retry-After: "), "%s", r.head);
    cr_expect_eq(api_stop(&s.api, 15), 0, "%s", s.api.seen);
}
