/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence by number: the same list is the same number, and JSON comes out as it should. */
#include <glib.h>

#include "schema/evidence.h"
#include "tests/test.h"

static struct evidence_piece says(struct evidence_table *t, const char *object, const char *reason)
{
    return (struct evidence_piece){.object = text_intern(evidence_texts(t), object),
                                   .uid = EVIDENCE_UNSAID,
                                   .rule = EVIDENCE_UNSAID,
                                   .field = EVIDENCE_UNSAID,
                                   .reason = reason ? text_intern(evidence_texts(t), reason)
                                                    : EVIDENCE_UNSAID};
}

Test(evidence, lists_grow_and_share_their_beginning)
{
    AUTO(arena) a = arena_new();
    AUTO(jw) buf = jw_new();
    struct evidence_table *t = evidence_new(a);
    struct evidence_piece x = says(t, "x", NULL), y = says(t, "y", ""), z = says(t, "x", "z");
    uint32_t one = evidence_with(t, EVIDENCE_NONE, &x), two = evidence_with(t, one, &y),
             other = evidence_with(t, one, &z);

    cr_expect_eq(evidence_with(t, EVIDENCE_NONE, &x), one, "the same list, the same number");
    cr_expect_eq(evidence_with(t, two, &x), two, "a piece comes once");
    evidence_seal(t);
    cr_expect_str_eq(evidence_text(t, EVIDENCE_NONE, buf), "[]");
    cr_expect_str_eq(evidence_text(t, one, buf), "[{\"object\":\"x\"}]");
    cr_expect_str_eq(evidence_text(t, two, buf),
                     "[{\"object\":\"x\"},{\"object\":\"y\",\"reason\":\"\"}]");
    cr_expect_str_eq(evidence_text(t, other, buf),
                     "[{\"object\":\"x\"},{\"object\":\"x\",\"reason\":\"z\"}]");
}

Test(evidence, members_stand_in_their_order)
{
    AUTO(arena) a = arena_new();
    AUTO(jw) buf = jw_new();
    struct evidence_table *t = evidence_new(a);
    struct text *s = evidence_texts(t);
    struct evidence_piece p = {text_intern(s, "Pod a/b"), text_intern(s, "u-1"),
                               text_intern(s, "r.2"), text_intern(s, "spec"),
                               text_intern(s, "it \"does\"")};

    cr_expect_str_eq(evidence_text(t, evidence_with(t, EVIDENCE_NONE, &p), buf),
                     "[{\"object\":\"Pod a/b\",\"uid\":\"u-1\",\"rule\":\"r.2\",\"field\":\"spec\","
                     "\"reason\":\"it \\\"does\\\"\"}]");
}

Test(evidence, what_is_not_kept_is_counted)
{
    AUTO(arena) a = arena_new();
    AUTO(jw) buf = jw_new();
    struct evidence_table *t = evidence_new(a);
    uint32_t list = EVIDENCE_NONE;

    for (int i = 0; i < EVIDENCE_MOST + 3; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "o%d", i);
        struct evidence_piece p = says(t, name, NULL);
        list = evidence_with(t, list, &p);
        cr_expect_eq(strstr(evidence_text(t, list, buf), "more") != NULL, i >= EVIDENCE_MOST);
    }
    cr_expect(g_str_has_suffix(evidence_text(t, list, buf), "{\"object\":\"o15\"},{\"more\":3}]"));
    struct evidence_piece first = says(t, "o0", NULL);
    cr_expect_eq(evidence_with(t, list, &first), list, "one that is kept is not counted");
}

Test(evidence, json_is_kept_as_it_is)
{
    static const char json[] = "[{\"more\": 7}] and so on";
    AUTO(arena) a = arena_new();
    AUTO(jw) buf = jw_new();
    struct evidence_table *t = evidence_new(a);
    uint32_t list = evidence_json(t, json, strlen("[{\"more\": 7}]"));

    cr_expect_eq(evidence_json(t, "[{\"more\": 7}]", strlen("[{\"more\": 7}]")), list);
    cr_expect_neq(evidence_json(t, "[{}]", 4), list);
    evidence_seal(t);
    cr_expect_str_eq(evidence_text(t, list, buf), "[{\"more\": 7}]");
}
