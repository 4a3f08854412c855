/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections from outside of the cluster, by ranges of addresses. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netreach_inside.h"

enum { WORD = 64, V4 = 4, V6 = 16 };

/* What the internet does not route. */
static const struct {
    const char *first, *last;
} private_nets[] = {
    {"0.0.0.0", "0.255.255.255"},
    {"10.0.0.0", "10.255.255.255"},
    {"100.64.0.0", "100.127.255.255"},
    {"127.0.0.0", "127.255.255.255"},
    {"169.254.0.0", "169.254.255.255"},
    {"172.16.0.0", "172.31.255.255"},
    {"192.168.0.0", "192.168.255.255"},
    {"224.0.0.0", "255.255.255.255"},
    {"::", "::1"},
    {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"fe80::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

struct span {
    uint8_t first[V6], last[V6];
    bool v6;
};

static struct span span_of(size_t net)
{
    struct span s = {.v6 = strchr(private_nets[net].first, ':') != NULL};
    int family = s.v6 ? AF_INET6 : AF_INET;

    inet_pton(family, private_nets[net].first, s.first);
    inet_pton(family, private_nets[net].last, s.last);
    return s;
}

static bool meets(const struct netclass_range *r, const struct span *s)
{
    size_t n = r->v6 ? V6 : V4;

    return r->v6 == s->v6 && memcmp(r->first, s->last, n) <= 0 && memcmp(s->first, r->last, n) <= 0;
}

static bool inside(const struct netclass_range *r, const struct span *s)
{
    size_t n = r->v6 ? V6 : V4;

    return r->v6 == s->v6 && memcmp(s->first, r->first, n) <= 0 && memcmp(r->last, s->last, n) <= 0;
}

/* Whether some address of the range is one of theirs. */
static bool holds(enum netreach_who who, const struct netclass_range *r)
{
    bool any = false, all = false;

    for (size_t i = 0; i < ARRAY_LEN(private_nets); i++) {
        struct span s = span_of(i);
        any |= meets(r, &s);
        all |= inside(r, &s);
    }
    return who == NETREACH_LAN ? any : !all;
}

/* Whether the pod has addresses of the family; a pod of which none is known has IPv4. */
static bool speaks(const struct fact_pod *p, bool v6)
{
    bool any = false;

    for (size_t i = 0; i < p->pod_ips.n; i++) {
        any = true;
        if ((strchr(p->pod_ips.v[i], ':') != NULL) == v6)
            return true;
    }
    return !any && !v6;
}

/* Nodes tell better than all private addresses who is near. */
static bool has_node_address(const struct netreach *nr)
{
    for (size_t i = 0; i < nr->f->nodes.n; i++)
        if (nettargets_address(&nr->f->nodes.v[i]))
            return true;
    return false;
}

struct count {
    const uint64_t *open;
    uint32_t example; /* some point of theirs: an open one if there is one */
    size_t in, all;
};

static void count(struct count *c, uint32_t point)
{
    bool open = c->open[point / WORD] >> point % WORD & 1;

    if (c->all == 0 || (open && c->in == 0))
        c->example = point;
    c->in += open;
    c->all++;
}

static void count_ranges(const struct netreach *nr, enum netreach_who who,
                         const struct fact_pod *to, struct count *c)
{
    size_t n;
    const struct netclass_range *r = netclass_ranges(netpol_classes(nr->np), &n);

    for (size_t i = 0; i < n; i++)
        if (speaks(to, r[i].v6) && holds(who, &r[i]))
            count(c, r[i].point);
}

static void count_nodes(const struct netreach *nr, struct count *c)
{
    for (size_t i = 0; i < nr->f->nodes.n; i++) {
        const char *a = nettargets_address(&nr->f->nodes.v[i]);
        if (a)
            count(c, netclass_of_address(netpol_classes(nr->np), a));
    }
}

void netreach_outside(const struct netreach *nr, enum netreach_who who, const struct fact_pod *to,
                      enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    uint32_t dst = netclass_of_pod(netpol_classes(nr->np), (size_t)(to - nr->f->pods.v));
    size_t words = netclass_points(netpol_classes(nr->np)) / WORD + 1;
    uint64_t *open = must_calloc(words, sizeof(*open));
    struct count c = {.open = open};
    struct netpol_decision d;

    netpol_peers(nr->np, NET_INGRESS, dst, protocol, port, open);
    if (who == NETREACH_LAN && has_node_address(nr))
        count_nodes(nr, &c);
    else
        count_ranges(nr, who, to, &c);
    free(open);

    *out = (struct netreach_answer){.sure = true};
    out->open = c.in == 0 ? NETREACH_CLOSED : c.in < c.all ? NETREACH_SOME : NETREACH_OPEN;
    netpol_decide(nr->np, NET_INGRESS, c.example, dst, protocol, port, &d);
    netreach_explain(nr, NET_INGRESS, &d, &out->ev);
    if (netmatrix_end(nr->np, NET_INGRESS, dst, c.in > 0) != NETMATRIX_UNSURE)
        return;
    out->sure = false;
    if (c.in > 0) {
        netdoubt_may_close(netpol_doubts(nr->np), NET_INGRESS, dst, &out->ev);
    } else {
        out->open = NETREACH_SOME;
        netdoubt_may_open(netpol_doubts(nr->np), NET_INGRESS, dst, &out->ev);
    }
}
