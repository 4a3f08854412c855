/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules as operations on sets of points. */
#include "ingest/derive/netpeers.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netpol_inside.h"

enum { WORD = 64 };

static size_t words_of(const struct netpol *np)
{
    return (netclass_points(np->classes) + WORD - 1) / WORD;
}

static void set_bit(uint64_t *set, size_t i)
{
    set[i / WORD] |= UINT64_C(1) << i % WORD;
}

static bool has_bit(const uint64_t *set, size_t i)
{
    return set[i / WORD] >> i % WORD & 1;
}

/* Everybody. */
static void fill(const struct netpol *np, uint64_t *points)
{
    size_t n = netclass_points(np->classes);

    memset(points, 0xff, words_of(np) * sizeof(*points));
    if (n % WORD)
        points[n / WORD] = (UINT64_C(1) << n % WORD) - 1;
}

/* A question about one port at one end. */
struct asking {
    const struct netpol *np;
    enum net_way way;
    uint32_t at;
    enum net_protocol protocol;
    int32_t port;
    uint64_t *peers; /* of the rule at hand */
};

/* Whether one of a rule's port names means the port on a class of pods. */
static bool means(const struct asking *q, const struct netrule *r, uint32_t point)
{
    for (size_t i = 0; i < r->fact->nports; i++) {
        const struct fact_netport *want = &r->fact->ports[i];
        const GArray *list = *want->name ? g_hash_table_lookup(q->np->named, want->name) : NULL;

        for (guint k = 0; list && k < list->len; k++) {
            const struct named_port *have = &g_array_index(list, struct named_port, k);
            if (have->point == point && have->protocol == q->protocol &&
                want->protocols & have->protocol && have->number == q->port)
                return true;
        }
    }
    return false;
}

/* Adds the peers of a rule on which one of its port names means the port. */
static void add_named(struct asking *q, const struct netrule *r)
{
    for (size_t i = 0; i < r->fact->nports; i++) {
        const struct fact_netport *want = &r->fact->ports[i];
        const GArray *list = *want->name ? g_hash_table_lookup(q->np->named, want->name) : NULL;

        for (guint k = 0; list && k < list->len; k++) {
            const struct named_port *have = &g_array_index(list, struct named_port, k);
            if (have->protocol == q->protocol && want->protocols & have->protocol &&
                have->number == q->port && (!r->peers || has_bit(r->peers, have->point)))
                set_bit(q->peers, have->point);
        }
    }
}

static bool numbers_have(const struct asking *q, const struct netrule *r)
{
    return netports_has(q->np->ports, r->ports, q->protocol, q->port);
}

/* The points that a rule speaks of on this port, in q->peers.  Returns: false for none. */
static bool hits(struct asking *q, const struct netrule *r)
{
    size_t n = words_of(q->np);

    if (numbers_have(q, r) || (r->named && q->way == NET_INGRESS && means(q, r, q->at))) {
        if (r->peers)
            memcpy(q->peers, r->peers, n * sizeof(*q->peers));
        else
            fill(q->np, q->peers);
        return true;
    }
    if (!r->named || q->way == NET_INGRESS)
        return false;
    memset(q->peers, 0, n * sizeof(*q->peers));
    add_named(q, r);
    return true;
}

/* A tier whose rules decide in order; what is passed on stays in `left`. */
static void ask_ordered(struct asking *q, const GArray *list, uint64_t *open, uint64_t *left)
{
    size_t n = words_of(q->np);
    uint64_t *passed = must_calloc(n, sizeof(*passed));

    for (guint i = 0; list && i < list->len; i++) {
        const struct netpolicy *p = netpol_policy(q->np, q->way, g_array_index(list, uint32_t, i));

        for (size_t k = 0; k < p->nrules; k++) {
            enum net_action action = p->rules[k].action;
            if (!hits(q, &p->rules[k]))
                continue;
            for (size_t w = 0; w < n; w++) {
                uint64_t hit = q->peers[w] & left[w];
                left[w] &= ~hit;
                open[w] |= action == NET_ALLOW ? hit : 0;
                passed[w] |= action == NET_PASS ? hit : 0;
            }
        }
    }
    for (size_t w = 0; w < n; w++)
        left[w] |= passed[w];
    free(passed);
}

static void ask_union(struct asking *q, const GArray *list, uint64_t *open, uint64_t *left)
{
    size_t n = words_of(q->np);

    for (guint i = 0; i < list->len; i++) {
        const struct netpolicy *p = netpol_policy(q->np, q->way, g_array_index(list, uint32_t, i));

        for (size_t k = 0; k < p->nrules; k++) {
            if (!hits(q, &p->rules[k]))
                continue;
            for (size_t w = 0; w < n; w++)
                open[w] |= q->peers[w] & left[w];
        }
    }
    memset(left, 0, n * sizeof(*left));
}

bool netpeers_selected(const struct netpol *np, enum net_way way, uint32_t at)
{
    if (at >= netclass_pod_points(np->classes))
        return false;
    const struct selected *s = &np->by_point[way][at];
    return s->admin || s->namespaced || s->baseline;
}

void netpeers_of(const struct netpol *np, enum net_way way, uint32_t at, enum net_protocol protocol,
                 int32_t port, uint64_t *points)
{
    fill(np, points);
    if (!netpeers_selected(np, way, at))
        return;

    const struct selected *s = &np->by_point[way][at];
    size_t n = words_of(np);
    uint64_t *room = must_calloc(2 * n, sizeof(*room)), *left = room + n;
    struct asking q = {np, way, at, protocol, port, room};
    uint64_t *open = must_calloc(n, sizeof(*open));

    fill(np, left);
    ask_ordered(&q, s->admin, open, left);
    if (s->namespaced)
        ask_union(&q, s->namespaced, open, left);
    else
        ask_ordered(&q, s->baseline, open, left);
    for (size_t w = 0; w < n; w++)
        points[w] = open[w] | left[w];
    free(open);
    free(room);
}

/* Whether a rule speaks of one connection. */
static bool speaks(const struct asking *q, const struct netrule *r, uint32_t other, uint32_t dst)
{
    return (!r->peers || has_bit(r->peers, other)) &&
           (numbers_have(q, r) || (r->named && means(q, r, dst)));
}

/* The first rule of a list that speaks of the connection. */
static bool first(const struct asking *q, const GArray *list, uint32_t other, uint32_t dst,
                  struct netpeers_decision *out)
{
    for (guint i = 0; list && i < list->len; i++) {
        const struct netpolicy *p = netpol_policy(q->np, q->way, g_array_index(list, uint32_t, i));

        for (size_t k = 0; k < p->nrules; k++)
            if (speaks(q, &p->rules[k], other, dst)) {
                enum net_action action = p->rules[k].action;
                *out = (struct netpeers_decision){p->fact, p->rules[k].fact, k, action,
                                                  action == NET_ALLOW};
                return true;
            }
    }
    return false;
}

void netpeers_decide(const struct netpol *np, enum net_way way, uint32_t src, uint32_t dst,
                     enum net_protocol protocol, int32_t port, struct netpeers_decision *out)
{
    uint32_t at = way == NET_INGRESS ? dst : src, other = way == NET_INGRESS ? src : dst;
    struct asking q = {np, way, at, protocol, port, NULL};

    *out = (struct netpeers_decision){.open = true};
    if (at >= netclass_pod_points(np->classes))
        return;
    const struct selected *s = &np->by_point[way][at];
    if (first(&q, s->admin, other, dst, out) && out->action != NET_PASS)
        return;
    *out = (struct netpeers_decision){.open = true};
    if (s->namespaced) {
        if (!first(&q, s->namespaced, other, dst, out))
            out->policy = netpol_policy(np, way, g_array_index(s->namespaced, uint32_t, 0))->fact;
        out->open = out->rule != NULL;
        return;
    }
    if (first(&q, s->baseline, other, dst, out) && out->action == NET_PASS)
        *out = (struct netpeers_decision){.open = true};
}
