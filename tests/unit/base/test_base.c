/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors, arenas, times, JSON in and out, node keys. */
#include "base/clock.h"
#include "base/jw.h"
#include "base/jx.h"
#include "schema/key.h"
#include "schema/kinds.h"
#include "tests/test.h"

Test(err, keeps_printable_utf8_only)
{
    struct err e;

    cr_expect_not(err_set(&e, ERR_INPUT,
                          "a\xff"
                          "b\n\x01 \xc3\xa9 %s",
                          "\xe2\x82"));
    cr_expect_str_eq(e.msg, "a?b?? \xc3\xa9 ??");
    cr_expect_not(err_wrap(&e, "pod %s", "x\ty"));
    cr_expect_str_eq(e.msg, "pod x?y: a?b?? \xc3\xa9 ??");
}

Test(err, a_character_cut_by_the_end_becomes_a_question_mark)
{
    struct err e;
    char long_text[300];

    memset(long_text, 'a', sizeof(long_text));
    memcpy(long_text + 254, "\xc3\xa9", 3);
    err_set(&e, ERR_INPUT, "%s", long_text);
    cr_expect_eq(strlen(e.msg), 255);
    cr_expect_eq(e.msg[254], '?');
}

Test(arena, aligns_and_zeroes)
{
    AUTO(arena) a = arena_new();

    for (size_t n = 1; n < 300000; n = n * 3 + 1) {
        char *p = arena_calloc(a, 1, n);
        cr_expect_eq((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(p[i], 0);
        memset(p, 1, n);
    }
    cr_expect_str_eq(arena_printf(a, "%s-%d", "x", 7), "x-7");
    cr_expect_str_eq(arena_strndup(a, "abc", 2), "ab");
}

Test(arena, text_and_structs_keep_apart)
{
    AUTO(arena) a = arena_new();
    const char *texts[5000];
    uint64_t *words[5000];

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        texts[i] = arena_printf(a, "text %zu", i * 7919);
        words[i] = arena_alloc(a, sizeof(*words[i]) * (1 + i % 9));
        for (size_t k = 0; k < 1 + i % 9; k++)
            words[i][k] = i;
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char want[32];
        snprintf(want, sizeof(want), "text %zu", i * 7919);
        cr_assert_str_eq(texts[i], want);
        for (size_t k = 0; k < 1 + i % 9; k++)
            cr_assert_eq(words[i][k], i);
    }
}

static void note(void *arg)
{
    unsigned *said = arg;

    *said = *said * 10 + 1 + *said % 10;
}

Test(arena, calls_what_was_deferred)
{
    struct arena *a = arena_new();
    unsigned said = 0;

    arena_defer(a, note, &said);
    arena_defer(a, note, &said);
    cr_expect_eq(said, 0);
    arena_free(a);
    cr_expect_eq(said, 12);
}

Test(clock, reads_and_writes_rfc3339)
{
    static const struct {
        const char *in, *out; /* out NULL: refused */
    } cases[] = {
        {"2026-06-23T13:45:30.250716318Z", "2026-06-23T13:45:30.250716Z"},
        {"2026-06-23T13:45:30Z", "2026-06-23T13:45:30.000000Z"},
        {"2026-06-23T15:45:30+02:00", "2026-06-23T13:45:30.000000Z"},
        {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"},
        {"2026-06-23", NULL},
        {"2026-06-23T13:45:30", NULL},
        {"yesterday", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        usec t;
        char text[CLOCK_TEXT];
        if (!cases[i].out) {
            must_fail(clock_parse(cases[i].in, &t, &e), ERR_INPUT, "RFC 3339");
            continue;
        }
        must(clock_parse(cases[i].in, &t, &e));
        cr_expect_str_eq(clock_text(t, text), cases[i].out);
    }
}

Test(jw, escapes_and_separates)
{
    AUTO(jw) w = jw_new();

    jw_obj(w);
    jw_key_str(w, "a\"", "x\n\x01\x7f\xff\xc3\xa9");
    jw_key(w, "b");
    jw_arr(w);
    jw_int(w, -5);
    jw_uint(w, 18446744073709551615u);
    jw_real(w, 0.5);
    jw_real(w, 3);
    jw_real(w, 0.0 / 1.0);
    jw_bool(w, true);
    jw_str(w, NULL);
    jw_obj(w);
    jw_end_obj(w);
    jw_end_arr(w);
    jw_end_obj(w);
    cr_expect_str_eq(jw_text(w), "{\"a\\\"\":\"x\\n\\u0001\\u007f\xef\xbf\xbd\xc3\xa9\",\"b\":[-5,"
                                 "18446744073709551615,0.5,3.0,0.0,true,null,{}]}");
}

Test(jx, names_the_way_to_what_is_wrong)
{
    json_auto_t *doc = json_loads("{\"items\":[{\"name\":7,\"n\":null}]}", 0, NULL);
    struct jx root = jx_root(doc), items, item;
    const char *s;
    bool b;

    must(jx_arr(&root, "items", &items, &e));
    must(jx_at_obj(&items, 0, &item, &e));
    must_fail(jx_str(&item, "name", &s, &e), ERR_INPUT, "/items/0/name: want string, got integer");
    must_fail(jx_str(&item, "gone", &s, &e), ERR_INPUT, "/items/0/gone: want string, got nothing");
    must(jx_opt_str(&item, "n", "dflt", &s, &e));
    cr_expect_str_eq(s, "dflt");
    must_fail(jx_opt_bool(&item, "name", false, &b, &e), ERR_INPUT, "want boolean");
}

Test(key, survives_hostile_names)
{
    static const char *const names[] = {"plain", "a/b", "%41", "new\nline", "\xf0\x9f\x98\x80",
                                        " x ",   "*"};
    AUTO(arena) a = arena_new();

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct key_parts p;
        const char *key = key_make(a, names[i], NODE_CONTAINER, names[i], names[i], names[i]);
        for (const char *c = key; *c; c++)
            cr_assert(*c > 0x20 && *c < 0x7f, "%s", key);
        must(key_parse(a, key, &p, &e));
        cr_expect(strcmp(p.cluster, names[i]) == 0 && strcmp(p.ns, names[i]) == 0 &&
                  strcmp(p.name, names[i]) == 0 && strcmp(p.sub, names[i]) == 0);
        cr_expect_eq(p.kind, NODE_CONTAINER);
    }
    cr_expect_str_eq(key_make(a, "prod", NODE_NODE, "", "ip-10-0-1-7", NULL),
                     "k8s:prod/node//ip-10-0-1-7");
}

Test(key, refuses_other_forms)
{
    static const char *const bad[] = {"",
                                      "pod",
                                      "k8s:",
                                      "k8s:a/pod/b",
                                      "k8s:a/nokind/b/c",
                                      "k8s:a/pod/b/%4",
                                      "k8s:a/pod/b/%00",
                                      "k8s:a/pod/b/%zz",
                                      "k8s:a/pod/b/c/d/e"};
    AUTO(arena) a = arena_new();
    struct key_parts p;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        must_fail(key_parse(a, bad[i], &p, &e), ERR_INPUT, "key");
}

Test(kinds, numbers_never_change)
{
    /* One line a kind once released: append, never edit. */
    cr_expect_eq(NODE_CLUSTER, 1);
    cr_expect_eq(NODE_POD_SLOTS, 30);
    cr_expect_eq(EDGE_POD_ATTACH, 1);
    cr_expect_eq(EDGE_SECRET_TOKEN, 30);
    cr_expect_eq(JEWEL_CUSTOMER, 7);
    for (unsigned i = 0; i < EDGE_KIND_LIMIT; i++)
        if (kinds_edge(i))
            cr_expect_eq(kinds_edge_by_name(kinds_edge(i)->label), i);
    for (unsigned i = 0; i < NODE_KIND_LIMIT; i++)
        if (kinds_node(i))
            cr_expect_eq(kinds_node_by_name(kinds_node(i)->name), i);
}
