/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoding and decoding of node keys. */
#include "schema/key.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/must.h"

/* Returns: behind what was written, at most three times the part. */
static char *put_part(char *out, const char *part)
{
    static const char hex[] = "0123456789ABCDEF";

    for (const unsigned char *p = (const unsigned char *)part; *p; p++) {
        if (*p > 0x20 && *p < 0x7f && *p != '/' && *p != '%') {
            *out++ = (char)*p;
        } else {
            *out++ = '%';
            *out++ = hex[*p >> 4];
            *out++ = hex[*p & 15];
        }
    }
    return out;
}

const char *key_make(struct arena *a, const char *cluster, enum node_kind kind, const char *ns,
                     const char *name, const char *sub)
{
    static const char head[] = "k8s:";
    char small[1024], *large = NULL, *out;

    if (kind == NODE_INTERNET)
        return "internet";
    const char *word = kinds_node(kind)->name;
    size_t fixed = sizeof(head) + strlen(word) + strlen("////");
    size_t parts = strlen(cluster) + strlen(ns ? ns : "") + strlen(name) + strlen(sub ? sub : "");
    size_t most = fixed + 3 * parts;
    char *text = most <= sizeof(small) ? small : (large = must_malloc(most));

    memcpy(text, head, sizeof(head) - 1);
    out = put_part(text + sizeof(head) - 1, cluster);
    *out++ = '/';
    out = put_part(out, word);
    *out++ = '/';
    out = put_part(out, ns ? ns : "");
    *out++ = '/';
    out = put_part(out, name);
    if (sub) {
        *out++ = '/';
        out = put_part(out, sub);
    }
    const char *key = arena_strndup(a, text, (size_t)(out - text));
    free(large);
    return key;
}

static const char *get_part(struct arena *a, const char *from, size_t len)
{
    char *out = arena_alloc(a, len + 1), *q = out;

    for (size_t i = 0; i < len; i++) {
        if (from[i] != '%') {
            *q++ = from[i];
            continue;
        }
        if (i + 2 >= len)
            return NULL;
        int hi = g_ascii_xdigit_value(from[i + 1]), lo = g_ascii_xdigit_value(from[i + 2]);
        if (hi < 0 || lo < 0 || hi + lo == 0)
            return NULL;
        *q++ = (char)(hi * 16 + lo);
        i += 2;
    }
    *q = '\0';
    return out;
}

bool key_parse(struct arena *a, const char *key, struct key_parts *out, struct err *e)
{
    const char *part[5] = {NULL};
    size_t n = 0;

    if (strcmp(key, "internet") == 0) {
        *out =
            (struct key_parts){.cluster = "", .ns = "", .name = "internet", .kind = NODE_INTERNET};
        return true;
    }
    if (strncmp(key, "k8s:", 4) != 0)
        return err_set(e, ERR_INPUT, "key \"%.100s\" does not begin with k8s:", key);
    for (const char *p = key + 4;; n++) {
        size_t len = strcspn(p, "/");
        if (n == ARRAY_LEN(part))
            return err_set(e, ERR_INPUT, "key \"%.100s\" has more than five parts", key);
        part[n] = get_part(a, p, len);
        if (!part[n])
            return err_set(e, ERR_INPUT, "key \"%.100s\" has a broken percent escape", key);
        if (!p[len])
            break;
        p += len + 1;
    }
    if (n < 3)
        return err_set(e, ERR_INPUT, "key \"%.100s\" wants k8s:CLUSTER/KIND/NAMESPACE/NAME", key);
    enum node_kind kind = kinds_node_by_name(part[1]);
    if (!kind)
        return err_set(e, ERR_INPUT, "key \"%.100s\" names no node kind: \"%.40s\"", key, part[1]);
    *out = (struct key_parts){part[0], part[2], part[3], part[4], kind};
    return true;
}
