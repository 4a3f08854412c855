/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cutter: the same objects however the bytes come in, and brackets counted like a child would.
 */
#include <glib.h>

#include "ingest/sources/cut.h"
#include "ingest/sources/scan.h"
#include "tests/test.h"

/* What was told, one line each; ' for " so that tables are readable. */
static bool on_item(void *arg, const struct cut_item *it, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "item %.*s %s/%s in %s/%s\n", (int)it->len, it->json,
                           it->api_version, it->kind, it->list_api_version, it->list_kind);
    return true;
}

static bool on_document(void *arg, const struct cut_item *it, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "doc %.*s %s/%s\n", (int)it->len, it->json, it->api_version,
                           it->kind);
    return true;
}

static bool on_list(void *arg, const char *api_version, const char *kind, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "list %s/%s\n", api_version, kind);
    return true;
}

static bool on_broken(void *arg, const char *problem, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "broken %s\n", problem);
    return true;
}

/* Cuts `text` in pieces of `size` bytes. */
static GString *cut_all(const char *text, size_t size, struct cut_limits limits)
{
    GString *out = g_string_new(NULL);
    struct cut_sink sink = {out, on_item, on_document, on_list, on_broken};
    AUTO(cut) c = cut_new(&limits, &sink);

    for (size_t at = 0, len = strlen(text); at < len; at += size) {
        size_t n = len - at < size ? len - at : size;
        char *piece = must_malloc(n); /* of its own, so that a look beyond it is seen */
        memcpy(piece, text + at, n);
        must(cut_feed(c, piece, n, &e));
        free(piece);
    }
    must(cut_end(c, &e));
    return out;
}

static const struct {
    const char *name, *text, *want;
} cases[] = {
    {
        "a typed list as the API server writes it",
        "{'kind':'PodList','apiVersion':'v1','metadata':{'x':'[{'},'items':[{'a':'}\\\\\\\\'},{'b':"
        "[1]}]}",
        "item {'a':'}\\\\\\\\'} / in v1/PodList\nitem {'b':[1]} / in v1/PodList\nlist v1/PodList\n",
    },
    {
        "a List as kubectl writes it: its kind comes last",
        "{'apiVersion':'v1','items':[{'apiVersion':'v1','kind':'Pod'},{'kind':'Role'}],'kind':'"
        "List'}",
        "item {'apiVersion':'v1','kind':'Pod'} v1/Pod in v1/\nitem {'kind':'Role'} /Role in "
        "v1/\nlist v1/List\n",
    },
    {
        "items without a kind wait for that of their list",
        "{'apiVersion':'v1','items':[{'a':1},{'b':2}],'kind':'PodList'}",
        "item {'a':1} / in v1/PodList\nitem {'b':2} / in v1/PodList\nlist v1/PodList\n",
    },
    {"no kind anywhere", "{'metadata':{},'items':[{'a':1}]}", "item {'a':1} / in /\nlist /\n"},
    {"items null", "{'kind':'PodList','apiVersion':'v1','items':null}",
     "doc {'kind':'PodList','apiVersion':'v1','items':null} v1/PodList\n"},
    {"empty list", "{'kind':'PodList','apiVersion':'v1','items':[ ]}", "list v1/PodList\n"},
    {"one object that has items", "{'kind':'Menu','apiVersion':'v1','items':[{'a':1}]}",
     "doc {'kind':'Menu','apiVersion':'v1','items':[{'a':1}]} v1/Menu\n"},
    {"several documents", " {'kind':'A'}\n\n{'kind':'B','n':1e3,'t':true}{}",
     "doc {'kind':'A'} /A\ndoc {'kind':'B','n':1e3,'t':true} /B\ndoc {} /\n"},
    {"an array of objects", "[{'kind':'A'}, {'x':{}}]",
     "item {'kind':'A'} /A in /\nitem {'x':{}} / in /\n"},
    {"strays among the items", "{'kind':'PodList','items':[1,{'a':1},'x,]',[{}],null,{'b':2}]}",
     "broken item 0 at byte 27: want an object, got '1'\nitem {'a':1} / in /PodList\n"
     "broken item 2 at byte 37: want an object, got '\"'\n"
     "broken item 3 at byte 43: want an object, got '['\n"
     "broken item 4 at byte 48: want an object, got 'n'\nitem {'b':2} / in /PodList\nlist "
     "/PodList\n"},
    {"cut off inside an item", "{'kind':'PodList','items':[{'a':1},{'b'",
     "item {'a':1} / in /PodList\nbroken truncated at byte 39, in item 1 of a list\n"},
    {"cut off while items wait", "{'items':[{'a':1},{'b'",
     "broken truncated at byte 22, in item 1 of a list\nitem {'a':1} / in /\n"},
    {"cut off inside an object",
     " {'a':", "broken truncated at byte 6, in the object that begins at byte 1\n"},
    {"broken, and found again on a new line", "{'a' 1}\n{'kind':'A'}\n",
     "broken byte 5: want ':', got '1'\ndoc {'kind':'A'} /A\n"},
    {"broken list", "{'kind':'PodList','items':[{'a':1} {'b':2}]}",
     "item {'a':1} / in /PodList\nbroken item 1: byte 35: want ',' or ']', got '{'\n"},
    {"a comma too many", "{'kind':'PodList','items':[{'a':1},]}",
     "item {'a':1} / in /PodList\nbroken item 1: byte 35: want an item, got ']'\n"},
    {"a kind with an escape counts as none", "{'kind':'\\\\u0050od'}",
     "doc {'kind':'\\\\u0050od'} /\n"},
    {"nothing", " \n\t ", ""},
};

Test(cut, gives_the_same_objects_for_every_size_of_pieces)
{
    struct cut_limits limits = {.item_bytes = 1000, .held_bytes = 1000};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        g_autofree char *text = g_strcompress(cases[i].text);
        g_autofree char *want = g_strcompress(cases[i].want);
        g_strdelimit(text, "'", '"');
        for (size_t size = 1; size <= strlen(text); size++) {
            GString *got = cut_all(text, size, limits);
            g_strdelimit(got->str, "\"", '\'');
            g_autofree char *plain = g_strdup(want);
            g_strdelimit(plain, "\"", '\'');
            cr_expect_str_eq(got->str, plain, "%s, %zu bytes at a time:\n%s", cases[i].name, size,
                             got->str);
            g_string_free(got, TRUE);
        }
    }
}

Test(cut, leaves_out_what_is_too_large_and_goes_on)
{
    struct cut_limits limits = {.item_bytes = 12, .held_bytes = 1000};
    const char *text =
        "{\"kind\":\"PodList\",\"items\":[{\"a\":1},{\"a\":\"too large\"},{\"b\":2}]}";

    /* The limit holds for the head as well: it is dropped before it counts. */
    for (size_t size = 1; size <= strlen(text); size++) {
        GString *got = cut_all(text, size, limits);
        cr_expect_str_eq(got->str,
                         "item {\"a\":1} / in /PodList\n"
                         "broken item 1 at byte 35: larger than 12 bytes\n"
                         "item {\"b\":2} / in /PodList\nlist /PodList\n",
                         "%zu bytes at a time:\n%s", size, got->str);
        g_string_free(got, TRUE);
    }
}

Test(cut, holds_no_more_than_its_limit)
{
    struct cut_limits limits = {.item_bytes = 100, .held_bytes = 20};
    GString *got = cut_all(
        "{\"items\":[{\"a\":1},{\"b\":2},{\"c\":3},{\"d\":4}],\"kind\":\"PodList\"}", 7, limits);

    cr_expect_str_eq(got->str,
                     "item {\"a\":1} / in /\nitem {\"b\":2} / in /\nitem {\"c\":3} / in /\n"
                     "item {\"d\":4} / in /\nlist /PodList\n",
                     "%s", got->str);
    g_string_free(got, TRUE);
}

static bool stop(void *arg, const struct cut_item *it, struct err *e)
{
    (void)arg;
    (void)it;
    return err_set(e, ERR_LIMIT, "enough");
}

Test(cut, a_callback_can_stop_it)
{
    struct cut_limits limits = {.item_bytes = 1000, .held_bytes = 1000};
    struct cut_sink sink = {NULL, stop, stop, NULL, NULL};
    AUTO(cut) c = cut_new(&limits, &sink);

    must_fail(cut_feed(c, "{}{}", 4, &e), ERR_LIMIT, "enough");
}

/* The oracle: one byte at a time. */
static const char *scan_slowly(struct scan *s, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (s->escaped)
            s->escaped = false;
        else if (s->in_string && *p == '\\')
            s->escaped = true;
        else if (*p == '"')
            s->in_string = !s->in_string;
        else if (!s->in_string && (*p == '{' || *p == '['))
            s->depth++;
        else if (!s->in_string && (*p == '}' || *p == ']') && --s->depth == 0)
            return p + 1;
    }
    return NULL;
}

Test(scan, agrees_with_the_oracle_on_random_text)
{
    static const char letters[] = "{}[]\"\"\\a,: ";
    char text[400];

    srand(20240601);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand() % sizeof(text), piece = 1 + (size_t)rand() % 150;
        bool inside = false;
        for (size_t i = 0; i < len; i++) { /* a backslash stands in strings only */
            do
                text[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
            while (text[i] == '\\' && !inside);
            if (text[i] == '\\' && i + 1 < len)
                text[++i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
            else if (text[i] == '"')
                inside = !inside;
        }
        struct scan fast = {.depth = 1 + (size_t)rand() % 5}, slow = fast;
        for (size_t at = 0; at < len; at += piece) {
            const char *end = text + (at + piece < len ? at + piece : len);
            const char *got = scan_nested(&fast, text + at, end);
            const char *want = scan_slowly(&slow, text + at, end);
            cr_assert_eq(got, want, "round %d: %.*s", round, (int)len, text);
            if (got)
                break;
            cr_assert(fast.depth == slow.depth && fast.in_string == slow.in_string &&
                          fast.escaped == slow.escaped,
                      "round %d at %zu: %.*s", round, at, (int)len, text);
        }
    }
}
