/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network in the graph against a direct reading of the API's text: random clusters, every
 * container, every port that a pod declares. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/netports.h"
#include "ingest/derive/rule.h"
#include "schema/key.h"
#include "tests/oracle/netpol_oracle.h"
#include "tests/support/netpol_world.h"
#include "tests/test.h"

enum { CLUSTERS = 1000, PROFILES = 1000 };

/* What a derived graph says, by keys. */
struct said {
    const struct part *p;
    GHashTable *node_by_key; /* key -> row + 1 */
};

static uint32_t row_of(const struct said *s, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(s->node_by_key, key)) - 1;
}

/* Marks what edges of a kind lead to from marked nodes; `sure`: only those that are. */
static void step(const struct said *s, enum edge_kind kind, bool sure, const bool *from, bool *to)
{
    for (size_t i = 0; i < s->p->nedges; i++) {
        const struct edge_row *e = &s->p->edges[i];
        if (e->kind == kind && from[e->src] && (!sure || e->verdict == VERDICT_YES))
            to[e->dst] = true;
    }
}

/* The nodes that the network leads to from a container; to be freed. */
static bool *reached(const struct said *s, const char *container, bool sure)
{
    bool *own = g_new0(bool, s->p->nnodes), *all = g_new0(bool, s->p->nnodes);
    bool *segments = g_new0(bool, s->p->nnodes);
    uint32_t at = row_of(s, container);

    cr_assert_lt(at, s->p->nnodes, "%s", container);
    own[at] = true;
    step(s, EDGE_NETNS_SHARE, false, own, segments);
    step(s, EDGE_NET_REACH, sure, segments, all);
    for (size_t i = 0; i < s->p->nedges; i++) {
        const struct edge_row *e = &s->p->edges[i];
        if (e->kind == EDGE_HUB_MEMBER && s->p->nodes[e->src].kind == NODE_ENDPOINTS)
            all[e->dst] |= all[e->src];
    }
    g_free(own);
    g_free(segments);
    return all;
}

/* What policies that are only seen do to one direction of a pod. */
struct seen {
    bool closes, opens;
};

static struct seen seen_by(const struct netpol_oracle *o, bool in,
                           const struct netpol_oracle_end *pod)
{
    struct seen out = {0};

    for (size_t i = 0; i < o->f->foreignpols.n; i++) {
        const struct fact_foreignpol *p = &o->f->foreignpols.v[i];

        if ((in ? p->ingress : p->egress) &&
            netpol_oracle_selects(o, &p->subject, p->meta.ns, pod)) {
            out.closes = true;
            out.opens |= p->may_open;
        }
    }
    return out;
}

/* Whether there is no more to doubt than what is seen: no policies of administrators, no peers that
 * cannot be evaluated. */
static bool is_plain(const struct facts *f)
{
    for (size_t i = 0; i < f->netpols.n; i++)
        if (f->netpols.v[i].tier != NET_NAMESPACED)
            return false;
    return true;
}

/* One port of one pod, from another. */
struct asked {
    const struct fact_pod *from, *to;
    const struct fact_port *port;
};

/* What is sure is so; what is so is there; where nothing is to doubt, nothing else is there. */
static void check_answer(const struct netpol_world *w, const struct asked *q, bool maybe, bool sure,
                         gint32 seed)
{
    struct netpol_oracle o = {w->f, w->profile ? w->profile->blocks_match_pods : true, w->profile};
    struct netpol_oracle_end src = netpol_oracle_pod(q->from), dst = netpol_oracle_pod(q->to);
    struct seen out = seen_by(&o, false, &src), in = seen_by(&o, true, &dst);
    enum net_protocol protocol = netports_protocol(q->port->protocol);
    bool sends = netpol_oracle_way(&o, false, &src, &dst, protocol, q->port->number);
    bool takes = netpol_oracle_way(&o, true, &src, &dst, protocol, q->port->number);
    bool enforced = !w->profile || w->profile->enforced;
    bool may_send = sends || out.opens || !enforced, may_take = takes || in.opens || !enforced;

    cr_assert(maybe || !(sends && takes), "seed %d: open, and no edge", seed);
    cr_assert(!sure || (sends && takes && !out.closes && !in.closes), "seed %d: not sure", seed);
    if (!is_plain(w->f))
        return;
    cr_assert_eq(maybe, may_send && may_take, "seed %d: %s/%s -> %s/%s %s:%d: edge %d", seed,
                 q->from->meta.ns, q->from->meta.name, q->to->meta.ns, q->to->meta.name,
                 q->port->protocol, q->port->number, maybe);
    cr_assert_eq(sure, sends && takes && !out.closes && !in.closes, "seed %d: sure %d", seed, sure);
}

static size_t check_port(const struct netpol_world *w, const struct said *s,
                         const bool *const reach[2], const struct asked *q, gint32 seed)
{
    g_autofree char *protocol = g_ascii_strdown(q->port->protocol, -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", protocol, q->port->number);
    uint32_t at =
        row_of(s, key_make(w->a, "c", NODE_ENDPOINT, q->to->meta.ns, q->to->meta.name, sub));
    /* a port that is open to nobody has no node */
    bool maybe = at < s->p->nnodes && reach[0][at], sure = at < s->p->nnodes && reach[1][at];

    check_answer(w, q, maybe, sure, seed);
    return maybe == sure;
}

static size_t check_pod(const struct netpol_world *w, const struct said *s,
                        const struct fact_pod *from, gint32 seed)
{
    const char *key = key_make(w->a, "c", NODE_CONTAINER, from->meta.ns, from->meta.name,
                               from->containers[0].name);
    g_autofree bool *maybe = reached(s, key, false), *sure = reached(s, key, true);
    const bool *const reach[2] = {maybe, sure};
    size_t asked = 0;

    for (size_t i = 0; i < w->f->pods.n; i++) {
        const struct fact_pod *to = &w->f->pods.v[i];
        for (size_t k = 0; to != from && to->ncontainers && k < to->containers[0].nports; k++) {
            struct asked q = {from, to, &to->containers[0].ports[k]};
            asked += check_port(w, s, reach, &q, seed);
        }
    }
    return asked;
}

/* `setting` is the profile in words. */
static size_t try_seed(gint32 seed, const struct netprofile *profile, const char *setting)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    g_autoptr(GRand) r = g_rand_new_with_seed((guint32)seed);
    struct netpol_world w = {f, a, r, true, profile, profile != NULL && seed % 4 != 0};
    struct part part = {0};
    struct said s = {.p = &part};
    size_t asked = 0;

    f->network = setting;
    netpol_world_make(&w);
    must(rule_derive(f, NULL, a, &part, &e));
    s.node_by_key = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < part.nnodes; i++)
        g_hash_table_insert(s.node_by_key, (gpointer)part.nodes[i].key, GUINT_TO_POINTER(i + 1));
    for (size_t i = 0; i < f->pods.n; i++)
        if (f->pods.v[i].ncontainers)
            asked += check_pod(&w, &s, &f->pods.v[i], seed);
    g_hash_table_destroy(s.node_by_key);
    return asked;
}

Test(netreach_oracle, the_graph_opens_what_policies_open, .timeout = 300)
{
    size_t asked = 0;

    for (gint32 seed = 1; seed <= CLUSTERS; seed++)
        asked += try_seed(seed, NULL, "");
    printf("netreach oracle: %d clusters, %zu ports asked from pods, all the same\n", CLUSTERS,
           asked);
    cr_expect_gt(asked, 0);
}

/* The switches of a plugin in all their ways, with policies that are only seen. */
Test(netreach_oracle, the_graph_knows_what_is_not_sure, .timeout = 300)
{
    size_t asked = 0;

    for (gint32 seed = 1; seed <= PROFILES; seed++) {
        const struct netprofile p = {.plugin = "",
                                     .said_by = "",
                                     .enforced = seed % 8 != 0,
                                     .blocks_match_pods = seed & 1,
                                     .blocks_match_nodes = seed & 2,
                                     .selects_host_network = seed & 4,
                                     .end_port = true,
                                     .sctp = true,
                                     .admin_tiers = true};
        g_autofree char *setting = g_strdup_printf(
            "plugin=other,enforced=%s,ipblock-pods=%s,ipblock-nodes=%s,host-network=%s",
            p.enforced ? "yes" : "no", p.blocks_match_pods ? "yes" : "no",
            p.blocks_match_nodes ? "yes" : "no", p.selects_host_network ? "yes" : "no");
        asked += try_seed(seed, &p, setting);
    }
    printf("netreach oracle: %d clusters with profiles, %zu ports that are sure\n", PROFILES,
           asked);
    cr_expect_gt(asked, 0);
}
