/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as YAML: every document that is not refused is JSON, and not much larger. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "ingest/sources/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    const uint8_t *p;
    size_t left;
};

static ssize_t read_text(void *arg, char *buf, size_t room, struct err *e)
{
    struct text *t = arg;
    size_t n = t->left < room ? t->left : room;

    (void)e;
    memcpy(buf, t->p, n);
    t->p += n;
    t->left -= n;
    return (ssize_t)n;
}

/* Pieces of one document, up to its newline. */
static bool on_json(void *arg, const char *bytes, size_t len, struct err *e)
{
    GString *doc = arg;
    json_error_t why;

    (void)e;
    g_string_append_len(doc, bytes, (gssize)len);
    if (!len || bytes[len - 1] != '\n')
        return true;
    json_auto_t *v = json_loadb(doc->str, doc->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!v && json_error_code(&why) != json_error_numeric_overflow)
        abort();
    g_string_truncate(doc, 0);
    return true;
}

static bool on_broken(void *arg, const char *problem, struct err *e)
{
    (void)e;
    if (!g_str_has_prefix(problem, "line "))
        abort();
    g_string_truncate(arg, 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) doc = g_string_new(NULL);
    struct text t = {data, size};
    struct reader in = {&t, read_text};
    struct yaml_limits limits = {.item_bytes = 1 << 16, .depth = 40, .alias_bytes = 4096};
    struct yaml_sink sink = {doc, on_json, on_broken};
    struct err e;

    if (!yaml_read(&in, &limits, &sink, &e))
        abort();
    return 0;
}
