/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Port pieces: sorted borders of each protocol; the pieces of all protocols are numbered in a row.
 */
#include "ingest/derive/netports.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { PROTOCOLS = 3, LAST = 65535, WORD = 64 };

/* In alphabetical order of their names. */
static const struct {
    enum net_protocol bit;
    const char *name;
} protocols_by_name[PROTOCOLS] = {{NET_SCTP, "SCTP"}, {NET_TCP, "TCP"}, {NET_UDP, "UDP"}};

struct netports {
    uint64_t cuts[PROTOCOLS][LAST / WORD + 1]; /* a bit for each port that begins a piece */
    GArray *starts[PROTOCOLS];                 /* int32_t: the same in order; the first is 1 */
    size_t first[PROTOCOLS + 1];               /* number of a protocol's first piece */
};

static void begin_at(struct netports *np, size_t i, int32_t port)
{
    np->cuts[i][port / WORD] |= UINT64_C(1) << port % WORD;
}

struct netports *netports_new(void)
{
    struct netports *np = must_calloc(1, sizeof(*np));

    for (size_t i = 0; i < PROTOCOLS; i++) {
        np->starts[i] = g_array_new(FALSE, FALSE, sizeof(int32_t));
        begin_at(np, i, 1);
    }
    return np;
}

void netports_free(struct netports *np)
{
    if (!np)
        return;
    for (size_t i = 0; i < PROTOCOLS; i++)
        g_array_free(np->starts[i], TRUE);
    free(np);
}

enum net_protocol netports_protocol(const char *name)
{
    return strcmp(name, "UDP") == 0 ? NET_UDP : strcmp(name, "SCTP") == 0 ? NET_SCTP : NET_TCP;
}

void netports_cut(struct netports *np, unsigned protocols, int32_t from, int32_t to)
{
    int32_t after = to + 1;

    for (size_t i = 0; i < PROTOCOLS; i++) {
        if (!(protocols & protocols_by_name[i].bit))
            continue;
        if (from > 1 && from <= LAST)
            begin_at(np, i, from);
        if (after > 1 && after <= LAST)
            begin_at(np, i, after);
    }
}

void netports_done(struct netports *np)
{
    for (size_t i = 0; i < PROTOCOLS; i++) {
        for (int32_t port = 1; port <= LAST; port++)
            if (np->cuts[i][port / WORD] >> port % WORD & 1)
                g_array_append_val(np->starts[i], port);
        np->first[i + 1] = np->first[i] + np->starts[i]->len;
    }
}

size_t netports_words(const struct netports *np)
{
    return (np->first[PROTOCOLS] + WORD - 1) / WORD;
}

/* The piece of protocol `i` that a port lies in. */
static size_t piece(const struct netports *np, size_t i, int32_t port)
{
    const int32_t *v = (const int32_t *)(const void *)np->starts[i]->data;
    size_t low = 0, high = np->starts[i]->len;

    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (v[mid] <= port)
            low = mid;
        else
            high = mid;
    }
    return np->first[i] + low;
}

void netports_add(const struct netports *np, uint64_t *set, unsigned protocols, int32_t from,
                  int32_t to)
{
    for (size_t i = 0; i < PROTOCOLS; i++) {
        if (!(protocols & protocols_by_name[i].bit) || from < 1)
            continue;
        size_t last = piece(np, i, to);
        for (size_t at = piece(np, i, from); at <= last; at++)
            set[at / WORD] |= UINT64_C(1) << at % WORD;
    }
}

void netports_all(const struct netports *np, uint64_t *set)
{
    size_t n = np->first[PROTOCOLS];

    memset(set, 0xff, n / WORD * sizeof(*set));
    if (n % WORD)
        set[n / WORD] = (UINT64_C(1) << n % WORD) - 1;
}

static bool has_piece(const uint64_t *set, size_t at)
{
    return set[at / WORD] >> at % WORD & 1;
}

bool netports_has(const struct netports *np, const uint64_t *set, enum net_protocol protocol,
                  int32_t port)
{
    for (size_t i = 0; i < PROTOCOLS; i++)
        if (protocols_by_name[i].bit == protocol)
            return has_piece(set, piece(np, i, port));
    return false;
}

static bool whole(const struct netports *np, const uint64_t *set)
{
    for (size_t at = 0; at < np->first[PROTOCOLS]; at++)
        if (!has_piece(set, at))
            return false;
    return true;
}

/* ";TCP:80,8000-8080" of one protocol, or nothing. */
static void protocol_text(const struct netports *np, const uint64_t *set, size_t i, GString *out)
{
    const int32_t *v = (const int32_t *)(const void *)np->starts[i]->data;
    size_t n = np->starts[i]->len;
    bool any = false;

    for (size_t k = 0; k < n; k++) {
        size_t from = k;
        if (!has_piece(set, np->first[i] + k))
            continue;
        while (k + 1 < n && has_piece(set, np->first[i] + k + 1))
            k++;
        int32_t last = k + 1 < n ? v[k + 1] - 1 : LAST;
        if (any)
            g_string_append_c(out, ',');
        else
            g_string_append_printf(out, "%s%s:", out->len ? ";" : "", protocols_by_name[i].name);
        any = true;
        if (v[from] == last)
            g_string_append_printf(out, "%d", last);
        else
            g_string_append_printf(out, "%d-%d", v[from], last);
    }
}

void netports_text(const struct netports *np, const uint64_t *set, GString *out)
{
    g_string_truncate(out, 0);
    if (whole(np, set)) {
        g_string_assign(out, "All");
        return;
    }
    for (size_t i = 0; i < PROTOCOLS; i++)
        protocol_text(np, set, i, out);
}
