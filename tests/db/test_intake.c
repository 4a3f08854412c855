/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts in the database: one row an event, counted, and back in the same normal form. */
#include <glib.h>

#include "graphd/alerts/intake.h"
#include "tests/db/db_test.h"
#include "tests/support/alert_json.h"

static const char event[] =
    "{\"rule\":\"Shell\",\"priority\":\"Warning\",\"source\":\"syscall\",\"hostname\":\"node-a\","
    "\"time\":\"2026-01-01T00:00:00.%09dZ\",\"uuid\":\"u%d\",\"output\":\"it's \\\"quoted\\\" %%\","
    "\"tags\":[\"T1059\",\"mitre_execution\"],\"output_fields\":{\"container.id\":\"host\","
    "\"k8s.pod.name\":\"web-0\",\"k8s.ns.name\":\"shop\",\"proc.cmdline\":\"a\\u0000\\\\ b\"}}";

static struct intake_batch parse(struct arena *a, const char *body)
{
    struct intake_batch b;

    must(intake_parse(intake_format("falco"), body, strlen(body), a, &b, &e));
    return b;
}

Test(intake_db, a_row_comes_back_as_the_normal_form_that_went_in)
{
    struct db_test t;
    struct alert back;

    db_test_need();
    db_test_init(&t, false);
    AUTO(arena) a = arena_new();
    struct intake_batch b = parse(a, arena_printf(a, event, 7, 1));
    json_auto_t *want = alert_json(&b.alerts[0]);
    json_object_set_new(want, "cluster", json_string("west"));
    must(intake_store(t.db, b.alerts, b.count, "west", a, &e));
    must(intake_get(t.db, b.alerts[0].id, a, &back, &e));
    json_auto_t *stored = alert_json(&b.alerts[0]), *got = alert_json(&back);
    g_autofree char *shown = json_dumps(got, 0);
    cr_expect(json_equal(want, got), "%s", shown);
    cr_expect(json_equal(stored, got), "what intake_store gives is what is read");
    cr_expect_eq(back.occurrences, 1);
    cr_expect_gt(back.received, 0);
    db_test_done(&t);
}

Test(intake_db, the_same_event_again_is_counted_not_kept)
{
    struct db_test t;
    struct alert *list;
    size_t n;
    bool more;

    db_test_need();
    db_test_init(&t, false);
    AUTO(arena) a = arena_new();
    struct intake_batch first = parse(a, arena_printf(a, event, 7, 1));
    must(intake_store(t.db, first.alerts, first.count, "", a, &e));
    const char *body = arena_printf(a, "[%s,%s,%s]", arena_printf(a, event, 7, 2),
                                    arena_printf(a, event, 8, 3), arena_printf(a, event, 7, 4));
    struct intake_batch again = parse(a, body);
    must(intake_store(t.db, again.alerts, again.count, "", a, &e));
    cr_expect_str_eq(again.alerts[0].id, first.alerts[0].id);
    cr_expect_str_eq(again.alerts[2].id, first.alerts[0].id);
    cr_expect_str_neq(again.alerts[1].id, first.alerts[0].id);
    cr_expect_eq(again.alerts[0].occurrences + again.alerts[2].occurrences, 2 + 3);
    cr_expect_str_eq(again.alerts[0].source_id, "u1", "the first receipt stays");
    cr_expect_eq(db_test_int(t.url, "select count(*) from alert"), 2);

    must(intake_newest(t.db, 1, a, &list, &n, &more, &e));
    cr_expect(n == 1 && more && strcmp(list[0].id, again.alerts[1].id) == 0);
    must(intake_newest(t.db, 10, a, &list, &n, &more, &e));
    cr_expect(n == 2 && !more);
    db_test_done(&t);
}

Test(intake_db, an_unknown_id_is_missing_whatever_it_is)
{
    static const char *const ids[] = {"", "17", "'; drop table alert; --",
                                      "00000000-0000-4000-8000-000000000000"};
    struct db_test t;
    struct alert al;

    db_test_need();
    db_test_init(&t, false);
    AUTO(arena) a = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        must_fail(intake_get(t.db, ids[i], a, &al, &e), ERR_MISSING, "no alert has the id");
    db_test_done(&t);
}
