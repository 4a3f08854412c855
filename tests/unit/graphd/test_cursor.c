/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cursors: back to the position, and to nothing else. */
#include "graphd/cursor.h"
#include "tests/test.h"

Test(cursor, comes_back_for_its_own_question_only)
{
    static const char *const positions[] = {"1", "k8s:a/pod/b/c%2F~?", "0x1.8p+1 x \xc3\xa9", "ab"};
    AUTO(arena) a = arena_new();
    const char *got;

    must(cursor_read(a, "list", NULL, &got, &e));
    cr_expect_str_eq(got, "");
    for (size_t i = 0; i < ARRAY_LEN(positions); i++) {
        const char *text = cursor_make(a, "list", positions[i]);
        cr_expect_eq(
            strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            strlen(text), "%s needs no escape in a URL", text);
        must(cursor_read(a, "list", text, &got, &e));
        cr_expect_str_eq(got, positions[i]);
        must_fail(cursor_read(a, "other", text, &got, &e), ERR_INPUT, "another list");
        must_fail(cursor_read(a, "lis", text, &got, &e), ERR_INPUT, "another list");
    }
}

Test(cursor, refuses_what_is_none)
{
    static const char *const texts[] = {
        "A", "AAAA", "!!!!", "====", "MDAwMDAwMDAwMDAwMDAwMA", "\xff\xff\xff\xff"};
    AUTO(arena) a = arena_new();
    const char *got;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        must_fail(cursor_read(a, "list", texts[i], &got, &e), ERR_INPUT, "cursor: ");
    char *huge = arena_calloc(a, CURSOR_MAX + 5, 1);
    memset(huge, 'A', CURSOR_MAX + 4);
    must_fail(cursor_read(a, "list", huge, &got, &e), ERR_INPUT, "none of ours");
}
