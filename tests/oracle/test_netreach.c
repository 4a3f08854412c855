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

enum { CLUSTERS = 1000 };

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

/* What is sure is so; where policies contradict each other or cannot be evaluated it may be. */
static size_t check_port(const struct netpol_world *w, const struct said *s,
                         const bool *const reach[2], const struct fact_pod *from,
                         const struct fact_pod *to, const struct fact_port *port, gint32 seed)
{
    struct netpol_oracle o = {w->f, true, NULL};
    struct netpol_oracle_end src = netpol_oracle_pod(from), dst = netpol_oracle_pod(to);
    g_autofree char *protocol = g_ascii_strdown(port->protocol, -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", protocol, port->number);
    const char *key = key_make(w->a, "c", NODE_ENDPOINT, to->meta.ns, to->meta.name, sub);
    bool want = netpol_oracle_open(&o, &src, &dst, netports_protocol(port->protocol), port->number);

    uint32_t at = row_of(s, key);

    cr_assert(want ? reach[0][at] : !reach[1][at], "seed %d: %s/%s -> %s/%s %s: want %d", seed,
              from->meta.ns, from->meta.name, to->meta.ns, to->meta.name, sub, want);
    return reach[0][at] == reach[1][at];
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
        for (size_t k = 0; to != from && to->ncontainers && k < to->containers[0].nports; k++)
            asked += check_port(w, s, reach, from, to, &to->containers[0].ports[k], seed);
    }
    return asked;
}

static size_t try_seed(gint32 seed)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    g_autoptr(GRand) r = g_rand_new_with_seed((guint32)seed);
    struct netpol_world w = {f, a, r, true, NULL};
    struct part part = {0};
    struct said s = {.p = &part};
    size_t asked = 0;

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
        asked += try_seed(seed);
    printf("netreach oracle: %d clusters, %zu ports asked from pods, all the same\n", CLUSTERS,
           asked);
    cr_expect_gt(asked, 0);
}
