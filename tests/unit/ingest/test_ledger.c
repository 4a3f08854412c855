/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger: sorted, bounded, and honest about what is missing. */
#include <stdio.h>

#include <jansson.h>

#include "ingest/ledger.h"
#include "tests/test.h"

static json_t *written(const struct ledger *l)
{
    AUTO(jw) w = jw_new();

    ledger_write(l, w);
    json_t *doc = json_loads(jw_text(w), 0, NULL);
    cr_assert(doc, "%s", jw_text(w));
    return doc;
}

Test(ledger, records_kinds_gaps_and_files)
{
    AUTO(ledger) l = ledger_new();
    AUTO(jw) w = jw_new();

    cr_expect(ledger_complete(l));
    ledger_read(l, "pods", "a.json");
    ledger_read(l, "pods", "a.json");
    ledger_read(l, "pods", "b.json");
    ledger_skip(l, "pods", "item 3: broken");
    ledger_skip(l, "Lease (x/v1)", "no rule reads this kind");
    ledger_predicted(l, "pods", 2);
    ledger_predicted(l, "roles", 0);
    ledger_file(l, "README", "nothing in it");
    cr_expect(ledger_complete(l));
    ledger_gap(l, "nodes", "403 Forbidden", "nodes.json");
    ledger_answered(l, "pods", true, true);
    ledger_answered(l, "nodes", false, true);
    cr_expect(ledger_has_gap(l, "nodes") && !ledger_has_gap(l, "pods"));
    ledger_write(l, w);
    cr_expect_str_eq(
        jw_text(w),
        "{\"complete\":false,\"kinds\":["
        "{\"resource\":\"Lease (x/v1)\",\"read\":0,\"skipped\":1,\"files\":0,"
        "\"why\":\"no rule reads this kind\"},"
        "{\"resource\":\"pods\",\"read\":3,\"skipped\":1,\"predicted\":2,\"files\":2,"
        "\"file\":\"b.json\",\"why\":\"item 3: broken\"}],"
        "\"missing\":[{\"what\":\"nodes\",\"why\":\"403 Forbidden\",\"file\":\"nodes.json\"}],"
        "\"missing_count\":1,\"answered\":[\"pods\"],\"partial\":[\"pods\",\"nodes\"],"
        "\"other_files\":[{\"why\":\"nothing in it\",\"file\":\"README\"}],"
        "\"other_files_count\":1}",
        "%s", jw_text(w));
}

Test(ledger, a_flood_of_problems_does_not_make_it_grow)
{
    AUTO(ledger) l = ledger_new();
    char text[32];

    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "kind\xff%d", i);
        ledger_skip(l, text, "why");
        ledger_gap(l, text, "why", "file");
        ledger_file(l, text, "why");
    }
    json_auto_t *doc = written(l);
    cr_expect_eq(json_array_size(json_object_get(doc, "kinds")), 1001);
    cr_expect_eq(json_array_size(json_object_get(doc, "missing")), 100);
    cr_expect_eq(json_integer_value(json_object_get(doc, "missing_count")), 5000);
    cr_expect_eq(json_array_size(json_object_get(doc, "other_files")), 100);
    cr_expect_eq(ledger_gaps(l), 5000);
}
