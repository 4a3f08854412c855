/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alert formats against their cases (tests/cases/alerts/<format>/<case>/: input.json and want.json,
 * a list of normal forms, or error, the beginning of the complaint), and what intake adds. */
#include <stdio.h>

#include <glib.h>
#include <jansson.h>

#include "graphd/alerts/intake.h"
#include "tests/support/alert_json.h"
#include "tests/test.h"

static const char *const formats[] = {
#define ALERT(name) #name,
#include "graphd/alerts/formats.def"
#undef ALERT
};

static char *slurp(const char *dir, const char *file, gsize *len)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, len, NULL) ? text : NULL;
}

static void check_case(const struct alert_format *f, const char *dir)
{
    AUTO(arena) a = arena_new();
    struct intake_batch batch;
    struct err e = {0};
    gsize len, n;
    g_autofree char *input = slurp(dir, "input.json", &len);
    g_autofree char *error = slurp(dir, "error", &n);
    g_autofree char *want = slurp(dir, "want.json", &n);

    cr_assert(input && !error == !!want, "%s: needs input.json and one of want.json and error",
              dir);
    bool ok = intake_parse(f, input, len, a, &batch, &e);
    if (error) {
        g_strchomp(error);
        cr_expect(!ok && g_str_has_prefix(e.msg, error), "%s: want \"%s\", got \"%s\"", dir, error,
                  ok ? "success" : e.msg);
        return;
    }
    cr_assert(ok, "%s: %s", dir, e.msg);
    json_auto_t *expect = json_loads(want, 0, NULL), *got = json_array();
    for (size_t i = 0; i < batch.count; i++)
        json_array_append_new(got, alert_json(&batch.alerts[i]));
    g_autofree char *shown = json_dumps(got, JSON_INDENT(1));
    cr_expect(json_equal(expect, got), "%s: got %s", dir, shown);
}

Test(intake, every_format_has_cases_and_reads_them)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const struct alert_format *f = intake_format(formats[i]);
        g_autofree char *root = g_build_filename("tests/cases/alerts", formats[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);
        size_t n = 0;

        cr_assert(f && strcmp(f->name, formats[i]) == 0);
        cr_assert(dir, "no folder %s", root);
        for (const char *name; (name = g_dir_read_name(dir)); n++) {
            g_autofree char *path = g_build_filename(root, name, NULL);
            check_case(f, path);
        }
        cr_expect_geq(n, 2, "%s has %zu cases", root, n);
    }
    cr_expect_null(intake_format("no such format"));
}

static const char event[] = "{\"rule\":\"r\",\"priority\":\"Debug\",\"source\":\"syscall\","
                            "\"time\":\"2026-01-01T00:00:00.%09dZ\",\"uuid\":\"%d\"}";

static const char *key_of(struct arena *a, int ns, int uuid)
{
    struct intake_batch b;
    const char *body = arena_printf(a, event, ns, uuid);

    must(intake_parse(intake_format("falco"), body, strlen(body), a, &b, &e));
    cr_expect(b.single);
    return b.alerts[0].dedup_key;
}

Test(intake, the_dedup_key_is_the_event_not_its_receipt)
{
    AUTO(arena) a = arena_new();

    cr_expect_str_eq(key_of(a, 1, 1), key_of(a, 1, 2), "a new uuid is the same event");
    cr_expect_str_neq(key_of(a, 1, 1), key_of(a, 2, 1), "a nanosecond later is another event");
    cr_expect_eq(strlen(key_of(a, 1, 1)), 64);
}

Test(intake, keeps_raw_within_its_limit_and_says_so)
{
    AUTO(arena) a = arena_new();
    struct intake_batch b;
    g_autoptr(GString) body =
        g_string_new("{\"rule\":\"r\",\"priority\":\"Debug\",\"source\":\"s\","
                     "\"time\":\"2026-01-01T00:00:00Z\",\"output\":\"");

    for (size_t i = 0; i < ALERT_MAX_RAW; i++)
        g_string_append(body, "\xc3\xa9");
    g_string_append(body, "\"}");
    must(intake_parse(intake_format("falco"), body->str, body->len, a, &b, &e));
    cr_expect(b.alerts[0].raw_cut);
    cr_expect_leq(strlen(b.alerts[0].raw), ALERT_MAX_RAW);
    cr_expect(g_utf8_validate(b.alerts[0].raw, -1, NULL));
    cr_expect(g_utf8_validate(b.alerts[0].message, -1, NULL));
}

Test(intake, a_request_has_an_end)
{
    AUTO(arena) a = arena_new();
    struct intake_batch b;
    g_autoptr(GString) body = g_string_new(NULL);

    for (int i = 0; i < INTAKE_MOST; i++)
        g_string_append_printf(body, event, i, i);
    must(intake_parse(intake_format("falco"), body->str, body->len, a, &b, &e));
    cr_expect_eq(b.count, INTAKE_MOST);
    g_string_append_printf(body, event, 1, 1);
    must_fail(intake_parse(intake_format("falco"), body->str, body->len, a, &b, &e), ERR_LIMIT,
              "more than 1000 alerts");
}
