/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Borders are collected, sorted once, and made ranges. */
#include "ingest/derive/netranges.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { ADDR = 16 };

/* The first address of a range. */
struct border {
    uint8_t addr[ADDR];
    bool v6;
};

struct netranges {
    GArray *borders; /* struct border, until done */
    GArray *ranges;  /* struct netclass_range */
};

struct netranges *netranges_new(void)
{
    struct netranges *nr = must_calloc(1, sizeof(*nr));
    struct border v4 = {{0}, false}, v6 = {{0}, true};

    nr->borders = g_array_new(FALSE, FALSE, sizeof(struct border));
    nr->ranges = g_array_new(FALSE, TRUE, sizeof(struct netclass_range));
    g_array_append_val(nr->borders, v4);
    g_array_append_val(nr->borders, v6);
    return nr;
}

void netranges_free(struct netranges *nr)
{
    if (!nr)
        return;
    g_array_free(nr->borders, TRUE);
    g_array_free(nr->ranges, TRUE);
    free(nr);
}

/* The last address of a block. */
static void last_of(const struct fact_cidr *c, uint8_t out[ADDR])
{
    size_t len = c->v6 ? ADDR : 4;

    memcpy(out, c->addr, ADDR);
    for (size_t i = 0; i < len; i++) {
        size_t kept = c->bits > 8 * i ? c->bits - 8 * i : 0;
        if (kept < 8)
            out[i] |= (uint8_t)(0xff >> kept);
    }
}

/* The next address; false behind the last of the family. */
static bool next_of(const uint8_t addr[ADDR], bool v6, uint8_t out[ADDR])
{
    memcpy(out, addr, ADDR);
    for (size_t i = v6 ? ADDR : 4; i-- > 0;)
        if (++out[i])
            return true;
    return false;
}

void netranges_cut(struct netranges *nr, const struct fact_cidr *v, size_t n)
{
    uint8_t last[ADDR];

    for (size_t i = 0; i < n; i++) {
        struct border from = {.v6 = v[i].v6}, after = {.v6 = v[i].v6};
        memcpy(from.addr, v[i].addr, ADDR);
        g_array_append_val(nr->borders, from);
        last_of(&v[i], last);
        if (next_of(last, v[i].v6, after.addr))
            g_array_append_val(nr->borders, after);
    }
}

static int by_address(gconstpointer a, gconstpointer b)
{
    const struct border *x = a, *y = b;

    return x->v6 != y->v6 ? (int)x->v6 - (int)y->v6 : memcmp(x->addr, y->addr, ADDR);
}

void netranges_done(struct netranges *nr)
{
    GArray *b = nr->borders;

    g_array_sort(b, by_address);
    for (guint i = 0; i < b->len; i++) {
        const struct border *at = &g_array_index(b, struct border, i);
        struct netclass_range r = {.v6 = at->v6, .point = NETCLASS_NONE};

        if (i + 1 < b->len && by_address(at, at + 1) == 0)
            continue;
        memcpy(r.first, at->addr, ADDR);
        memset(r.last, 0xff, at->v6 ? ADDR : 4);
        if (i + 1 < b->len && at[1].v6 == at->v6) {
            memcpy(r.last, at[1].addr, ADDR);
            for (size_t k = at->v6 ? ADDR : 4; k-- > 0 && r.last[k]-- == 0;)
                ;
        }
        g_array_append_val(nr->ranges, r);
    }
    g_array_set_size(b, 0);
}

struct netclass_range *netranges_all(const struct netranges *nr, size_t *n)
{
    *n = nr->ranges->len;
    return (struct netclass_range *)(void *)nr->ranges->data;
}

/* Whether a range begins at an address or before. */
static bool begins_by(const struct netclass_range *r, const uint8_t addr[ADDR], bool v6)
{
    return r->v6 != v6 ? v6 : memcmp(r->first, addr, ADDR) <= 0;
}

/* The range that an address lies in. */
static size_t range_of(const struct netranges *nr, const uint8_t addr[ADDR], bool v6)
{
    size_t low = 0, high;
    const struct netclass_range *all = netranges_all(nr, &high);

    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;

        if (begins_by(&all[mid], addr, v6))
            low = mid;
        else
            high = mid;
    }
    return low;
}

void netranges_span(const struct netranges *nr, const struct fact_cidr *c, size_t *first,
                    size_t *last)
{
    uint8_t end[ADDR];

    last_of(c, end);
    *first = range_of(nr, c->addr, c->v6);
    *last = range_of(nr, end, c->v6);
}

bool netranges_one(const char *text, struct fact_cidr *out)
{
    *out = (struct fact_cidr){.v6 = strchr(text, ':') != NULL};
    out->bits = out->v6 ? 128 : 32;
    return inet_pton(out->v6 ? AF_INET6 : AF_INET, text, out->addr) == 1;
}

bool netranges_find(const struct netranges *nr, const char *text, size_t *range)
{
    bool v6 = strchr(text, ':') != NULL;
    uint8_t addr[ADDR] = {0};

    if (inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) != 1)
        return false;
    *range = range_of(nr, addr, v6);
    return true;
}
