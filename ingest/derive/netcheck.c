/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two engines side by side: every point of the new one is a part of a point of the old one. */
#include "ingest/derive/netcheck.h"

#include <string.h>

#include "ingest/derive/selector.h"

struct facts *netcheck_with(const struct facts *f, const struct fact_netpol *policies, size_t n,
                            struct arena *a)
{
    struct facts *out = arena_memdup(a, f, sizeof(*f));
    struct fact_netpol *v = arena_calloc(a, f->netpols.n + n + 1, sizeof(*v));

    if (f->netpols.n)
        memcpy(v, f->netpols.v, f->netpols.n * sizeof(*v));
    memcpy(v + f->netpols.n, policies, n * sizeof(*v));
    out->netpols.v = v;
    out->netpols.n = out->netpols.room = f->netpols.n + n;
    return out;
}

/* A point of the new engine. */
struct point {
    uint32_t before;            /* of the old engine */
    const struct fact_pod *pod; /* NULL: an address */
    const struct netclass_range *range;
    bool from, to, selected, skipped;
};

struct check {
    const struct facts *f;
    const struct netcheck_wish *wish;
    const struct netpol *old, *now;
    struct point *points;
    size_t n;
    uint64_t *was, *closed, *is, *want; /* in the ports of the new engine; `was` of the old */
};

static uint32_t old_address(const struct netpol *old, const struct netclass_range *at)
{
    size_t n, len = at->v6 ? 16 : 4;
    const struct netclass_range *r = netclass_ranges(netpol_classes(old), &n);

    for (size_t i = 0; i < n; i++)
        if (r[i].v6 == at->v6 && memcmp(r[i].first, at->first, len) <= 0 &&
            memcmp(r[i].last, at->first, len) >= 0)
            return r[i].point;
    return 0;
}

static bool within(const struct netend *end, const struct netclass_range *r)
{
    size_t n;
    const struct fact_cidr *home = netend_private(&n);

    if (end->internet)
        return !netend_any_holds(home, n, r->first, r->v6);
    return netend_any_holds(end->blocks, end->nblocks, r->first, r->v6);
}

static void find_addresses(struct check *c)
{
    size_t n;
    const struct netclass_range *r = netclass_ranges(netpol_classes(c->now), &n);

    for (size_t i = 0; i < n; i++) {
        struct point *p = &c->points[r[i].point];
        if (p->range)
            continue;
        p->range = &r[i];
        p->before = old_address(c->old, &r[i]);
        p->from = within(c->wish->from, &r[i]);
        p->to = within(c->wish->to, &r[i]);
        p->skipped = netend_any_holds(c->wish->ours, c->wish->nours, r[i].first, r[i].v6);
    }
}

static bool selects(const struct fact_netpol *p, const struct fact_pod *pod)
{
    return !pod->host_network && strcmp(p->meta.ns, pod->meta.ns) == 0 &&
           selector_matches(&p->subject.pods, pod->meta.labels, pod->meta.nlabels);
}

static void find_pods(struct check *c, const struct fact_netpol *policies, size_t n)
{
    const struct netclass *now = netpol_classes(c->now);

    for (size_t i = 0; i < c->f->pods.n; i++) {
        struct point *p = &c->points[netclass_of_pod(now, i)];
        p->pod = &c->f->pods.v[i];
        p->before = netclass_of_pod(netpol_classes(c->old), i);
        p->skipped = p->pod->host_network; /* it is its node, which is checked as an address */
        for (size_t k = 0; k < n; k++)
            p->selected |= selects(&policies[k], p->pod);
    }
    for (size_t i = 0; i < c->wish->from->npods; i++)
        c->points[netclass_of_pod(now, c->wish->from->pods[i])].from = true;
    for (size_t i = 0; i < c->wish->to->npods; i++)
        c->points[netclass_of_pod(now, c->wish->to->pods[i])].to = true;
}

/* A set of the old engine's ports in those of the new one, which cuts wherever the old one does. */
struct convert {
    const struct netports *ports;
    uint64_t *out;
};

static void convert_range(void *arg, unsigned protocol, int32_t from, int32_t to)
{
    const struct convert *c = arg;

    netports_add(c->ports, c->out, protocol, from, to);
}

static const char *point_name(const struct point *p, struct arena *a)
{
    if (p->pod)
        return arena_printf(a, "%s/%s", p->pod->meta.ns, p->pod->meta.name);
    struct fact_cidr c = {.v6 = p->range->v6, .bits = p->range->v6 ? 128 : 32};
    memcpy(c.addr, p->range->first, sizeof(c.addr));
    return netend_text(a, &c);
}

static bool complain(const struct check *c, const struct point *p, const struct point *q,
                     bool asked, struct err *e)
{
    AUTO(arena) a = arena_new();
    g_autoptr(GString) now = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);

    netports_text(netpol_ports(c->now), c->is, now);
    netports_text(netpol_ports(c->now), c->want, want);
    if (asked)
        return err_set(e, ERR_SEMANTIC, "with it %s still reaches %s: %.80s", point_name(p, a),
                       point_name(q, a), now->str);
    return err_set(e, ERR_SEMANTIC, "it would change %s to %s from %.80s to %.80s",
                   point_name(p, a), point_name(q, a), want->len ? want->str : "none",
                   now->len ? now->str : "none");
}

static bool check_pair(struct check *c, uint32_t src, uint32_t dst, struct err *e)
{
    const struct point *p = &c->points[src], *q = &c->points[dst];
    struct convert to = {netpol_ports(c->now), c->want};
    size_t words = netports_words(to.ports);
    bool asked = p->from && q->to;

    netpol_pair(c->old, p->before, q->before, c->was);
    memset(c->want, 0, words * sizeof(*c->want));
    netports_each(netpol_ports(c->old), c->was, convert_range, &to);
    for (size_t w = 0; asked && w < words; w++)
        c->want[w] &= ~c->closed[w];
    netpol_pair(c->now, src, dst, c->is);
    if (memcmp(c->is, c->want, words * sizeof(*c->is)) == 0)
        return true;
    return complain(c, p, q, asked, e);
}

static bool check_all(struct check *c, struct err *e)
{
    for (uint32_t i = 0; i < c->n; i++)
        for (uint32_t k = 0; k < c->n; k++) {
            const struct point *p = &c->points[i], *q = &c->points[k];
            bool told = p->selected || q->selected || (p->from && q->to);

            if (told && !p->skipped && !q->skipped && (p->pod || q->pod) && !check_pair(c, i, k, e))
                return false;
        }
    return true;
}

static bool check_mode(const struct facts *f, const struct fact_netpol *policies, size_t n,
                       const struct netcheck_wish *wish, bool blocks_match_pods, struct err *e)
{
    AUTO(arena) a = arena_new();
    const struct facts *with = netcheck_with(f, policies, n, a);
    struct netprofile profile;

    netprofile_of(f, &profile);
    profile.blocks_match_pods = blocks_match_pods;
    AUTO(netpol) old = netpol_of(f, &profile, NULL, 0);
    AUTO(netpol) now = netpol_of(with, &profile, NULL, 0);
    const struct netports *ports = netpol_ports(now);
    size_t words = netports_words(ports) + 1;
    struct check c = {.f = f, .wish = wish, .old = old, .now = now};

    c.n = netclass_points(netpol_classes(now));
    c.points = arena_calloc(a, c.n + 1, sizeof(*c.points));
    c.was = arena_calloc(a, netports_words(netpol_ports(old)) + 1, sizeof(*c.was));
    c.closed = arena_calloc(a, words, sizeof(*c.closed));
    c.is = arena_calloc(a, words, sizeof(*c.is));
    c.want = arena_calloc(a, words, sizeof(*c.want));
    for (size_t i = 0; i < wish->nports; i++)
        netports_add(ports, c.closed, wish->ports[i].protocol, wish->ports[i].number,
                     wish->ports[i].number);
    if (!wish->nports)
        netports_all(ports, c.closed);
    find_addresses(&c);
    find_pods(&c, policies, n);
    return check_all(&c, e);
}

bool netcheck_cut(const struct facts *f, const struct fact_netpol *policies, size_t n,
                  const struct netcheck_wish *wish, struct err *e)
{
    return check_mode(f, policies, n, wish, true, e) && check_mode(f, policies, n, wish, false, e);
}
