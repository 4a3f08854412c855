/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting keys, finding uids, guessing what a person meant. */
#include "queries/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queries/graph_inside.h"

/* Keys share long prefixes, so a range is compared by the eight bytes behind its common prefix;
 * what is still equal goes on the stack of ranges. */
struct chunk {
    uint64_t bytes; /* big-endian: compares like the text */
    uint32_t key;
};

struct range {
    uint32_t lo, hi, depth;
};

static int by_bytes(const void *a, const void *b)
{
    const struct chunk *x = a, *y = b;

    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static uint64_t load_chunk(const char *key)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < 8; i++) {
        bytes = bytes << 8 | (unsigned char)*key;
        key += *key != '\0';
    }
    return bytes;
}

/* Length of the prefix that all keys of the range share, at least `depth`. */
static uint32_t common(const char *const *keys, const struct chunk *c, struct range r)
{
    const char *first = keys[c[r.lo].key];
    size_t shared = strlen(first);

    for (uint32_t i = r.lo + 1; i < r.hi && shared > r.depth; i++) {
        const char *key = keys[c[i].key];
        size_t j = r.depth;

        while (j < shared && key[j] == first[j])
            j++;
        shared = j;
    }
    return (uint32_t)shared;
}

void names_sort(const char *const *keys, uint32_t n, uint32_t *out)
{
    struct chunk *c = must_malloc(n * sizeof(*c));
    struct range *stack = must_malloc(((size_t)n / 2 + 1) * sizeof(*stack));
    size_t depth = 0;

    for (uint32_t i = 0; i < n; i++)
        c[i].key = i;
    if (n > 1)
        stack[depth++] = (struct range){0, n, 0};
    /* Ranges on the stack are disjoint and hold two keys or more: n / 2 of them at most. */
    while (depth) {
        struct range r = stack[--depth];
        uint32_t from = common(keys, c, r);

        for (uint32_t i = r.lo; i < r.hi; i++)
            c[i].bytes = load_chunk(keys[c[i].key] + from);
        qsort(c + r.lo, r.hi - r.lo, sizeof(*c), by_bytes);
        for (uint32_t lo = r.lo, hi; lo < r.hi; lo = hi) {
            for (hi = lo + 1; hi < r.hi && c[hi].bytes == c[lo].bytes;)
                hi++;
            /* A chunk that ends in NUL ends its keys: they are equal. */
            if (hi - lo > 1 && (c[lo].bytes & 0xff) != 0)
                stack[depth++] = (struct range){lo, hi, from + 8};
        }
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = c[i].key;
    free(c);
    free(stack);
}

enum { STEM = 12 };

size_t names_uid_stem(const char *uid)
{
    return strnlen(uid, STEM);
}

static bool all_hex(const char *s)
{
    return s[strspn(s, "0123456789abcdef")] == '\0';
}

size_t names_find_uid(const struct graph *g, const char *uid, node_ix *out, size_t max)
{
    size_t prefixes = 0, exact = 0, at = SIZE_MAX, len = strlen(uid);
    bool may_prefix = len >= STEM && all_hex(uid);
    uint32_t hash = probe_hash(&g->uids, uid, names_uid_stem(uid)), v;

    while (len && (v = probe_next(&g->uids, hash, &at)) != PROBE_NONE) {
        const char *have = text_get(&g->text, g->uid[v]);
        if (strcmp(have, uid) == 0) {
            if (exact++ < max)
                out[exact - 1] = v;
        } else if (may_prefix && !exact && strncmp(have, uid, len) == 0) {
            if (prefixes++ < max)
                out[prefixes - 1] = v;
        }
    }
    return exact ? exact : prefixes;
}

/* What was typed, cut at its slashes. */
struct typed {
    const char *text, *first, *second, *third; /* third, second: NULL if there are fewer parts */
};

static struct typed cut(struct arena *a, const char *text)
{
    struct typed t = {.text = text, .first = arena_strdup(a, text)};
    char *slash = strchr(t.first, '/');

    if (slash) {
        *slash = '\0';
        t.second = slash + 1;
        slash = strchr(t.second, '/');
    }
    if (slash) {
        *slash = '\0';
        t.third = slash + 1;
    }
    return t;
}

enum match { MATCH_NONE, MATCH_LOOSE, MATCH_FULL };

/* A full match is one of the forms that graph_resolve names; a namespace with the name of another
 * kind than a pod is a loose one, which counts only if no full one exists. */
static enum match match(const struct graph *g, node_ix v, const struct typed *t)
{
    const char *ns = text_get(&g->text, g->ns[v]), *name = text_get(&g->text, g->name[v]);
    const char *kind = kinds_node(g->kind[v])->name;
    const char *last = t->third ? t->third : t->second ? t->second : t->first;

    if (strcmp(name, last) != 0)
        return MATCH_NONE;
    if (!t->second)
        return MATCH_FULL;
    if (t->third)
        return strcmp(ns, t->first) == 0 && strcmp(kind, t->second) == 0 ? MATCH_FULL : MATCH_NONE;
    if (strcmp(kind, t->first) == 0 || (g->kind[v] == NODE_POD && strcmp(ns, t->first) == 0))
        return MATCH_FULL;
    return strcmp(ns, t->first) == 0 ? MATCH_LOOSE : MATCH_NONE;
}

/* Letter pairs of a text as a set of 256 bits. */
struct pairs {
    uint64_t bits[4];
};

static void pairs_add(struct pairs *p, unsigned char *last, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)tolower((unsigned char)*text);
        unsigned bit = (*last * 31u + c * 7u) & 255;

        if (*last)
            p->bits[bit >> 6] |= UINT64_C(1) << (bit & 63);
        *last = c;
    }
}

/* Share of common letter pairs, 0 to 1. */
static double alike(const struct pairs *a, const struct pairs *b)
{
    int both = 0, all = 0;

    for (unsigned i = 0; i < 4; i++) {
        both += __builtin_popcountll(a->bits[i] & b->bits[i]);
        all += __builtin_popcountll(a->bits[i]) + __builtin_popcountll(b->bits[i]);
    }
    return all ? 2.0 * both / all : 0;
}

enum { NEAR = 3 };

struct near {
    node_ix node[NEAR];
    double score[NEAR];
};

static void near_offer(struct near *n, node_ix v, double score)
{
    unsigned at = NEAR;

    while (at > 0 && score > n->score[at - 1])
        at--;
    if (at == NEAR)
        return;
    for (unsigned i = NEAR - 1; i > at; i--) {
        n->node[i] = n->node[i - 1];
        n->score[i] = n->score[i - 1];
    }
    n->node[at] = v;
    n->score[at] = score;
}

/* One pass in order of key: names (and namespaces, if one was typed), or keys if a key was typed.
 */
static bool missing(const struct graph *g, const struct typed *t, struct err *e)
{
    const double least = 0.4;
    struct near near = {.score = {least, least, least}, .node = {NODE_NONE, NODE_NONE, NODE_NONE}};
    struct pairs want = {0};
    unsigned char last = 0;
    char list[192] = "";
    size_t used = 0;
    bool key = strchr(t->text, ':') != NULL;

    pairs_add(&want, &last, t->text);
    for (uint32_t i = 0; i < g->n; i++) {
        node_ix v = g->by_rank[i];
        struct pairs have = {0};

        last = 0;
        if (key) {
            pairs_add(&have, &last, text_get(&g->text, g->key[v]));
        } else {
            if (t->second) {
                pairs_add(&have, &last, text_get(&g->text, g->ns[v]));
                pairs_add(&have, &last, "/");
            }
            pairs_add(&have, &last, text_get(&g->text, g->name[v]));
        }
        near_offer(&near, v, alike(&want, &have));
    }
    for (unsigned i = 0; i < NEAR && near.node[i] != NODE_NONE; i++) {
        const char *k = text_get(&g->text, g->key[near.node[i]]);

        if (used + strlen(k) + 3 < sizeof(list))
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", k);
    }
    return used ? err_set(e, ERR_MISSING, "no node \"%.48s\"; near: %s", t->text, list)
                : err_set(e, ERR_MISSING, "no node \"%.200s\"", t->text);
}

bool names_resolve(const struct graph *g, const char *text, node_ix *out, struct err *e)
{
    AUTO(arena) a = arena_new();
    node_ix first[MATCH_FULL + 1][2];
    size_t count[MATCH_FULL + 1] = {0};

    *out = graph_find(g, text);
    if (*out != NODE_NONE)
        return true;
    struct typed t = cut(a, text);
    for (uint32_t i = 0; i < g->n && *text; i++) {
        enum match m = match(g, g->by_rank[i], &t);

        if (m != MATCH_NONE && count[m]++ < 2)
            first[m][count[m] - 1] = g->by_rank[i];
    }
    enum match best = count[MATCH_FULL] ? MATCH_FULL : MATCH_LOOSE;
    if (!count[best])
        return missing(g, &t, e);
    if (count[best] > 1)
        return err_set(e, ERR_CONFLICT, "\"%.40s\" is %zu nodes, such as %s and %s", text,
                       count[best], text_get(&g->text, g->key[first[best][0]]),
                       text_get(&g->text, g->key[first[best][1]]));
    *out = first[best][0];
    return true;
}
