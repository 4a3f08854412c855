/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods and address blocks to points. */
#include "ingest/derive/netend.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/must.h"

enum { ADDR = 16 };

/* Adds points that are not there yet. */
struct collector {
    uint32_t *points;
    size_t n;
    bool *seen;
};

static void collect(struct collector *c, uint32_t point)
{
    if (c->seen[point])
        return;
    c->seen[point] = true;
    c->points[c->n++] = point;
}

static struct collector collector_of(const struct netpol *np, struct arena *a)
{
    size_t n = netclass_points(netpol_classes(np)) + 1;

    return (struct collector){.points = arena_calloc(a, n, sizeof(uint32_t)),
                              .seen = arena_calloc(a, n, sizeof(bool))};
}

void netend_pods(const struct netpol *np, const uint32_t *pods, size_t n, struct arena *a,
                 struct netend *out)
{
    struct collector c = collector_of(np, a);

    for (size_t i = 0; i < n; i++)
        collect(&c, netclass_of_pod(netpol_classes(np), pods[i]));
    *out = (struct netend){.points = c.points,
                           .npoints = c.n,
                           .pods = arena_memdup(a, pods, n * sizeof(*pods)),
                           .npods = n};
}

/* The last address of a block. */
static void last_of(const struct fact_cidr *c, uint8_t out[ADDR])
{
    memcpy(out, c->addr, ADDR);
    for (size_t bit = c->bits; bit < (c->v6 ? 128U : 32U); bit++)
        out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static bool overlaps(const struct netclass_range *r, const struct fact_cidr *c)
{
    uint8_t last[ADDR];
    size_t len = c->v6 ? ADDR : 4;

    last_of(c, last);
    return r->v6 == c->v6 && memcmp(r->first, last, len) <= 0 && memcmp(r->last, c->addr, len) >= 0;
}

void netend_blocks(const struct netpol *np, const struct fact_cidr *blocks, size_t n,
                   struct arena *a, struct netend *out)
{
    struct collector c = collector_of(np, a);
    size_t nranges;
    const struct netclass_range *r = netclass_ranges(netpol_classes(np), &nranges);

    for (size_t i = 0; i < nranges; i++)
        for (size_t k = 0; k < n; k++)
            if (overlaps(&r[i], &blocks[k]))
                collect(&c, r[i].point);
    *out = (struct netend){.points = c.points,
                           .npoints = c.n,
                           .blocks = arena_memdup(a, blocks, n * sizeof(*blocks)),
                           .nblocks = n};
}

/* RFC 1918, 6598, 3927, 4193, and loopback. */
static const struct fact_cidr private_blocks[] = {
    {.addr = {10}, .bits = 8},
    {.addr = {100, 64}, .bits = 10},
    {.addr = {127}, .bits = 8},
    {.addr = {169, 254}, .bits = 16},
    {.addr = {172, 16}, .bits = 12},
    {.addr = {192, 168}, .bits = 16},
    {.addr = {0xfc}, .bits = 7, .v6 = true},
    {.addr = {0xfe, 0x80}, .bits = 10, .v6 = true},
};

/* The rest of the unicast addresses, in blocks. */
static const struct fact_cidr public_blocks[] = {
    {.addr = {1}, .bits = 8},         {.addr = {2}, .bits = 7},
    {.addr = {4}, .bits = 6},         {.addr = {8}, .bits = 7},
    {.addr = {11}, .bits = 8},        {.addr = {12}, .bits = 6},
    {.addr = {16}, .bits = 4},        {.addr = {32}, .bits = 3},
    {.addr = {64}, .bits = 3},        {.addr = {96}, .bits = 6},
    {.addr = {100}, .bits = 10},      {.addr = {100, 128}, .bits = 9},
    {.addr = {101}, .bits = 8},       {.addr = {102}, .bits = 7},
    {.addr = {104}, .bits = 5},       {.addr = {112}, .bits = 5},
    {.addr = {120}, .bits = 6},       {.addr = {124}, .bits = 7},
    {.addr = {126}, .bits = 8},       {.addr = {128}, .bits = 3},
    {.addr = {160}, .bits = 5},       {.addr = {168}, .bits = 8},
    {.addr = {169}, .bits = 9},       {.addr = {169, 128}, .bits = 10},
    {.addr = {169, 192}, .bits = 11}, {.addr = {169, 224}, .bits = 12},
    {.addr = {169, 240}, .bits = 13}, {.addr = {169, 248}, .bits = 14},
    {.addr = {169, 252}, .bits = 15}, {.addr = {169, 255}, .bits = 16},
    {.addr = {170}, .bits = 7},       {.addr = {172}, .bits = 12},
    {.addr = {172, 32}, .bits = 11},  {.addr = {172, 64}, .bits = 10},
    {.addr = {172, 128}, .bits = 9},  {.addr = {173}, .bits = 8},
    {.addr = {174}, .bits = 7},       {.addr = {176}, .bits = 4},
    {.addr = {192}, .bits = 9},       {.addr = {192, 128}, .bits = 11},
    {.addr = {192, 160}, .bits = 13}, {.addr = {192, 169}, .bits = 16},
    {.addr = {192, 170}, .bits = 15}, {.addr = {192, 172}, .bits = 14},
    {.addr = {192, 176}, .bits = 12}, {.addr = {192, 192}, .bits = 10},
    {.addr = {193}, .bits = 8},       {.addr = {194}, .bits = 7},
    {.addr = {196}, .bits = 6},       {.addr = {200}, .bits = 5},
    {.addr = {208}, .bits = 4},       {.addr = {0x20}, .bits = 3, .v6 = true},
};

const struct fact_cidr *netend_private(size_t *n)
{
    *n = ARRAY_LEN(private_blocks);
    return private_blocks;
}

void netend_internet(const struct netpol *np, struct arena *a, struct netend *out)
{
    netend_blocks(np, public_blocks, ARRAY_LEN(public_blocks), a, out);
    out->internet = true;
}

bool netend_parse(const char *text, struct fact_cidr *out)
{
    const char *slash = strchr(text, '/');
    g_autofree char *ip = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
    guint64 bits;

    *out = (struct fact_cidr){.v6 = strchr(ip, ':') != NULL};
    guint64 most = out->v6 ? 128 : 32;
    if (inet_pton(out->v6 ? AF_INET6 : AF_INET, ip, out->addr) != 1)
        return false;
    bits = most;
    if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, most, &bits, NULL))
        return false;
    out->bits = (uint8_t)bits;
    for (size_t bit = bits; bit < most; bit++)
        out->addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    return true;
}

const char *netend_text(struct arena *a, const struct fact_cidr *c)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(c->v6 ? AF_INET6 : AF_INET, c->addr, text, sizeof(text));
    return arena_printf(a, "%s/%u", text, c->bits);
}

bool netend_holds(const struct fact_cidr *block, const uint8_t addr[16], bool v6)
{
    for (size_t bit = 0; bit < block->bits; bit++)
        if ((addr[bit / 8] ^ block->addr[bit / 8]) & 0x80 >> bit % 8)
            return false;
    return block->v6 == v6;
}

bool netend_any_holds(const struct fact_cidr *v, size_t n, const uint8_t addr[16], bool v6)
{
    for (size_t i = 0; i < n; i++)
        if (netend_holds(&v[i], addr, v6))
            return true;
    return false;
}

bool netend_has(const struct netend *end, uint32_t pod)
{
    for (size_t i = 0; i < end->npods; i++)
        if (end->pods[i] == pod)
            return true;
    return false;
}

void netend_between(const struct netpol *np, const struct netend *from, const struct netend *to,
                    uint64_t *all, uint64_t *some)
{
    const struct netports *ports = netpol_ports(np);
    size_t words = netports_words(ports);
    g_autofree uint64_t *one = g_new0(uint64_t, words + 1);

    netports_all(ports, all);
    if (some)
        memset(some, 0, words * sizeof(*some));
    for (size_t i = 0; i < from->npoints; i++)
        for (size_t k = 0; k < to->npoints; k++) {
            netpol_pair(np, from->points[i], to->points[k], one);
            for (size_t w = 0; w < words; w++) {
                all[w] &= one[w];
                if (some)
                    some[w] |= one[w];
            }
        }
}
