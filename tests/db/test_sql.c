/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every statement of schema/sql owes: its head comment, and the indexes that it names. */
#include <glib.h>

#include "gen/sql.h"
#include "gen/sql_text.h"
#include "tests/db/db_test.h"

static struct db_test t;

static void start(void)
{
    db_test_need();
    db_test_init(&t, false);
}

static void stop(void)
{
    if (t.url)
        db_test_done(&t);
}

TestSuite(sql, .init = start, .fini = stop);

/* What stands behind `-- label:` in the head of a file; NULL if there is no such line. */
static char *head_line(const char *file, const char *label)
{
    const char *at = strstr(file, label);

    return at ? g_strstrip(g_strndup(at + strlen(label), strcspn(at + strlen(label), "\n"))) : NULL;
}

/* The plan that does not look at the size of the tables, as JSON. */
static char *explain(size_t i)
{
    GString *sql = g_string_new("set enable_seqscan = off; set enable_bitmapscan = off; "
                                "set plan_cache_mode = force_generic_plan; prepare it as ");
    g_string_append(sql, sql_text[i].text);
    g_string_append(sql, "explain (format json) execute it");
    for (int p = 0; p < sql_text[i].nparams; p++)
        g_string_append(sql, p ? ", null" : "(null");
    g_string_append(sql, sql_text[i].nparams ? ")" : "");
    char *plan = db_test_text(t.url, sql->str);
    g_string_free(sql, TRUE);
    return plan;
}

Test(sql, every_statement_has_a_head_and_uses_the_indexes_it_names)
{
    size_t planned = 0;

    for (size_t i = 0; i < ARRAY_LEN(sql_text); i++) {
        g_autofree char *path = g_strdup_printf("schema/sql/%s.sql", sql_text[i].name);
        g_autofree char *file = NULL;
        cr_assert(g_file_get_contents(path, &file, NULL, NULL), "%s", path);
        g_autofree char *params = head_line(file, "\n-- params:");
        g_autofree char *columns = head_line(file, "\n-- columns:");
        g_autofree char *plan = head_line(file, "\n-- plan:");
        cr_expect(g_str_has_prefix(file, "-- ") && params && columns, "%s: head", path);
        if (g_str_has_prefix(sql_text[i].name, "stage_"))
            continue; /* read whole tables by intent */
        cr_expect(plan || g_str_has_prefix(sql_text[i].text, "insert") ||
                      !strstr(sql_text[i].text, "\nfrom"),
                  "%s: no plan", path);
        if (!plan)
            continue;
        g_autofree char *got = explain(i);
        g_auto(GStrv) names = g_strsplit(plan, ", ", -1);
        for (char **name = names; *name; name++) {
            g_autofree char *want = g_strdup_printf("\"%s\"", *name);
            cr_expect(strstr(got, want), "%s: %s is not used:\n%s", path, *name, got);
            planned++;
        }
    }
    cr_expect_gt(planned, 5);
}
