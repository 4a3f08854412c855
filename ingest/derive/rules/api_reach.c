/* SPDX-License-Identifier: GPL-3.0-or-later */
/* API_REACH: which segments may connect to the API server, so that a token in them is worth
 * something there. */
#include <string.h>

#include "ingest/derive/netreach.h"
#include "ingest/derive/nettargets.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

enum { KUBEADM_PORT = 6443 };

/* One way to the API server. */
struct address {
    const char *text;
    int32_t port;
    struct evidence ev; /* who says so */
};

static void add(GArray *all, const char *text, int32_t port, const struct evidence *ev)
{
    struct address a = {text, port, *ev};

    for (guint i = 0; i < all->len; i++)
        if (g_array_index(all, struct address, i).port == port &&
            strcmp(g_array_index(all, struct address, i).text, text) == 0)
            return;
    g_array_append_val(all, a);
}

static void add_endpoints(struct rule_ctx *c, const struct fact_endpoints *e, GArray *all)
{
    for (size_t i = 0; i < e->nendpoints; i++)
        for (size_t k = 0; k < e->endpoints[i].addresses.n; k++)
            for (size_t p = 0; p < e->nports; p++) {
                const char *text = e->endpoints[i].addresses.v[k];
                struct evidence ev = {
                    .object =
                        arena_printf(c->scratch, "%s default/%s",
                                     e->subset < 0 ? "EndpointSlice" : "Endpoints", e->meta.name),
                    .uid = e->meta.uid,
                    .reason = arena_printf(c->scratch, "the API server answers at %s, port %d",
                                           text, e->ports[p].number),
                };

                if (strcmp(e->ports[p].protocol, "TCP") == 0)
                    add(all, text, e->ports[p].number, &ev);
            }
}

/* A static pod of the API server answers at the address of its node. */
static void add_pod(struct rule_ctx *c, const struct fact_pod *p, GArray *all)
{
    const char *text = p->on ? nettargets_address(p->on) : NULL;
    struct evidence ev;

    if (!nodes_pod_runs(p) || !p->host_network || !nodes_control_plane_pod(p, c->scratch, &ev))
        return;
    text = text ? text : p->pod_ip;
    for (size_t k = 0; k < p->ncontainers && *text; k++)
        if (strcmp(p->containers[k].name, "kube-apiserver") == 0)
            add(all, text, KUBEADM_PORT, &ev);
}

static GArray *addresses(struct rule_ctx *c)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct address));

    for (size_t i = 0; i < c->f->endpoints.n; i++) {
        const struct fact_endpoints *e = &c->f->endpoints.v[i];

        if (strcmp(e->meta.ns, "default") == 0 && strcmp(e->service, "kubernetes") == 0)
            add_endpoints(c, e, all);
    }
    for (size_t i = 0; all->len == 0 && i < c->f->pods.n; i++)
        add_pod(c, &c->f->pods.v[i], all);
    return all;
}

/* What is best for who sends, of several ways. */
static bool better(const struct netreach_answer *a, const struct netreach_answer *than)
{
    bool yes = a->open == NETREACH_OPEN && a->sure;

    return than->open == NETREACH_CLOSED ? a->open != NETREACH_CLOSED
                                         : yes && (than->open != NETREACH_OPEN || !than->sure);
}

/* Two ports that API servers have, where nobody says at which address. */
static void ask_anywhere(const struct netreach *nr, uint32_t segment, struct netreach_answer *out)
{
    struct netreach_answer other = {0};

    netreach_anywhere(nr, segment, NET_TCP, 443, out);
    netreach_anywhere(nr, segment, NET_TCP, KUBEADM_PORT, &other);
    if (out->open != other.open)
        out->open = NETREACH_SOME;
    out->sure = out->sure && other.sure;
    if (out->open != NETREACH_SOME)
        return;
    out->sure = false;
    out->ev.reason = "the address of the API server is not known, and policies let the pod connect "
                     "to some addresses only";
}

/* The best way of a segment; *way stays NULL where no address is known. */
static void ask(const struct netreach *nr, uint32_t segment, const GArray *ways,
                struct netreach_answer *out, const struct address **way)
{
    *way = NULL;
    if (ways->len == 0)
        ask_anywhere(nr, segment, out);
    for (guint i = 0; i < ways->len; i++) {
        const struct address *a = &g_array_index(ways, struct address, i);
        struct netreach_answer one = {0};

        netreach_address_untold(nr, segment, a->text, NET_TCP, a->port, &one);
        if (*way && !better(&one, out))
            continue;
        *out = one;
        *way = a;
    }
}

static void derive(struct rule_ctx *c)
{
    struct netreach *nr = hubs_net(c->hubs);
    g_autoptr(GArray) ways = addresses(c);

    for (uint32_t s = 0; s < netreach_segments(nr); s++) {
        struct netreach_answer a = {0};
        const struct address *way;

        ask(nr, s, ways, &a, &way);
        if (a.open == NETREACH_CLOSED)
            continue;
        struct evidence ev[] = {a.ev, way ? way->ev : a.ev};
        draft_edge(
            c->d, netreach_segment_node(nr, s), c->as->cluster, EDGE_API_REACH, CLASS_STRUCTURAL,
            a.open == NETREACH_OPEN && a.sure ? VERDICT_YES : VERDICT_UNKNOWN, ev, way ? 2 : 1);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_segment_named(nr, q->from.ns, q->from.name);
    g_autoptr(GArray) ways = addresses(c);
    struct netreach_answer a = {0};
    const struct address *way;

    if (segment == NETREACH_NONE)
        return false;
    ask(nr, segment, ways, &a, &way);
    return a.open == NETREACH_CLOSED &&
           why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
}

const struct rule rule_api_reach = {
    .name = "api_reach",
    .version = 1,
    .kinds = {EDGE_API_REACH},
    .derive = derive,
    .missing = missing,
};
