/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections from outside of the cluster, by ranges of addresses. */
#include "ingest/derive/netoutside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netpeers.h"
#include "ingest/derive/netreach_inside.h"

enum { WORD = 64, V4 = 4, V6 = 16 };

/* What the internet does not route. */
static const struct {
    int family;
    const char *net;
    unsigned bits;
} private_nets[] = {
#define PRIVATE_NET(family, net, bits, lan) {family, net, bits},
#include "ingest/derive/privatenets.def"
#undef PRIVATE_NET
};

struct span {
    uint8_t first[V6], last[V6];
    bool v6;
};

static struct span span_of(size_t net)
{
    struct span s = {.v6 = private_nets[net].family == AF_INET6};

    inet_pton(private_nets[net].family, private_nets[net].net, s.first);
    memcpy(s.last, s.first, sizeof(s.last));
    for (unsigned i = private_nets[net].bits; i < 8 * (s.v6 ? V6 : V4); i++)
        s.last[i / 8] |= (uint8_t)(0x80 >> i % 8);
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

/* Nodes tell better than all private addresses who is near. */
static void count_nodes(const struct netreach *nr, struct count *c)
{
    for (guint i = 0; i < nr->node_points->len; i++)
        count(c, g_array_index(nr->node_points, uint32_t, i));
}

void netoutside_ask(const struct netreach *nr, enum netreach_who who, const struct fact_pod *to,
                    enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    uint32_t dst = netclass_of_pod(netpol_classes(nr->np), (size_t)(to - nr->f->pods.v));
    size_t words = netclass_points(netpol_classes(nr->np)) / WORD + 1;
    uint64_t *open = must_calloc(words, sizeof(*open));
    struct count c = {.open = open};
    struct netpeers_decision d;

    netpeers_of(nr->np, NET_INGRESS, dst, protocol, port, open);
    if (who == NETREACH_LAN && nr->node_points->len > 0)
        count_nodes(nr, &c);
    else
        count_ranges(nr, who, to, &c);
    free(open);

    *out = (struct netreach_answer){.sure = true};
    out->open = c.in == 0 ? NETREACH_CLOSED : c.in < c.all ? NETREACH_SOME : NETREACH_OPEN;
    netpeers_decide(nr->np, NET_INGRESS, c.example, dst, protocol, port, &d);
    netreach_explain(nr, NET_INGRESS, &d, &out->ev);
    if (netmatrix_end(nr->np, NET_INGRESS, dst, c.example, c.in > 0) != NETMATRIX_UNSURE)
        return;
    out->sure = false;
    if (c.in > 0) {
        netdoubt_may_close(netpol_doubts(nr->np), NET_INGRESS, dst, &out->ev);
    } else {
        out->open = NETREACH_SOME;
        netdoubt_may_open(netpol_doubts(nr->np), NET_INGRESS, dst, false, &out->ev);
    }
}
