/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as JSON text: the cutter gives the same items in pieces of any size, and what trimming
 * accepts is JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/arena.h"
#include "ingest/kind.h"
#include "ingest/sources/cut.h"
#include "ingest/tree.h"
#include "ingest/trim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool trim_item(void *arg, const struct cut_item *it, struct err *e)
{
    static struct trim *t;
    struct kind const *pod = kind_find("v1", "Pod");
    g_autoptr(GString) out = g_string_new(NULL);
    struct err why;

    (void)e;
    if (!t)
        t = trim_new(kind_common, pod->keep);
    g_string_append_printf(arg, "%llu %zu\n", (unsigned long long)it->byte, it->len);
    if (!trim_object(t, it->json, it->len, out, &why))
        return true;
    json_error_t said;
    json_auto_t *all = json_loadb(it->json, it->len, JSON_ALLOW_NUL, &said);
    json_auto_t *kept = json_loadb(out->str, out->len, JSON_REJECT_DUPLICATES, &said);
    json_auto_t *tree = tree_parse(out->str, out->len, &why);
    if (!tree != !kept || (tree && !json_equal(tree, kept)))
        abort();
    /* Numbers may be too large for a machine and still be JSON. */
    if ((!all || !kept) && json_error_code(&said) != json_error_numeric_overflow)
        abort();
    return true;
}

static bool list(void *arg, const char *api_version, const char *kind, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "list %s %s\n", api_version, kind);
    return true;
}

static bool broken(void *arg, const char *problem, struct err *e)
{
    (void)e;
    g_string_append_printf(arg, "%s\n", problem);
    return true;
}

static GString *cut(const uint8_t *data, size_t size, size_t piece)
{
    struct cut_limits limits = {.item_bytes = 300, .held_bytes = 400};
    GString *out = g_string_new(NULL);
    struct cut_sink sink = {out, trim_item, trim_item, list, broken};
    AUTO(cut) c = cut_new(&limits, &sink);
    struct err e;

    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = must_malloc(n);
        memcpy(copy, data + at, n);
        if (!cut_feed(c, copy, n, &e))
            abort();
        free(copy);
    }
    if (!cut_end(c, &e))
        abort();
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    GString *whole = cut(data, size, size), *pieces = cut(data, size, 1 + data[0] % 70);

    if (strcmp(whole->str, pieces->str) != 0)
        abort();
    g_string_free(whole, TRUE);
    g_string_free(pieces, TRUE);
    return 0;
}
