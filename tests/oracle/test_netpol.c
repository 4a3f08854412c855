/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network engine against a direct reading of the API's text: random clusters and policies,
 * every pair of ends, every port at a border.  The oracle knows no classes, no pieces and no order
 * but the one that the text gives. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/derive/netpol.h"
#include "tests/oracle/netpol_oracle.h"
#include "tests/support/netpol_world.h"
#include "tests/test.h"

enum { CLUSTERS = 10000, PROFILES = 3000 };

/* On, below and above every number that policies and pods of such a world speak of. */
static const int32_t asked_ports[] = {1,   2,   79,   80,   81,   82,    442,
                                      443, 444, 8079, 8080, 8081, 65534, 65535};

/* An end of a connection, as the oracle and as the engine name it. */
struct end {
    struct netpol_oracle_end what;
    uint32_t point;
};

/* All pods and nodes, and the first or the last address of each range outside. */
static GArray *ends_of(const struct netpol_world *w, const struct netpol *np)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct end));
    size_t n;
    const struct netclass_range *ranges = netclass_ranges(netpol_classes(np), &n);

    for (size_t i = 0; i < w->f->pods.n; i++) {
        struct end x = {netpol_oracle_pod(&w->f->pods.v[i]),
                        netclass_of_pod(netpol_classes(np), i)};
        g_array_append_val(all, x);
    }
    for (size_t i = 0; i < w->f->nodes.n; i++) {
        if (w->f->nodes.v[i].addresses.n < 2)
            continue; /* only a pod names it */
        const char *ip = strchr(w->f->nodes.v[i].addresses.v[1], '=') + 1;
        uint8_t byte[16] = {0};
        inet_pton(AF_INET, ip, byte);
        struct end x = {netpol_oracle_address(byte, false),
                        netclass_of_address(netpol_classes(np), ip)};
        g_array_append_val(all, x);
    }
    for (size_t i = 0; i < n; i++) {
        bool last = g_rand_boolean(w->r);
        struct end x = {
            netpol_oracle_address(last ? ranges[i].last : ranges[i].first, ranges[i].v6),
            ranges[i].point};
        g_array_append_val(all, x);
    }
    return all;
}

static const char *name_of(const struct end *x)
{
    return x->what.pod ? x->what.pod->meta.name : "outside";
}

/* A third of all ports: a pair meets others than its neighbours. */
static size_t check_pair(const struct netpol_world *w, const struct netpol *np,
                         const struct end *src, const struct end *dst, uint64_t *set, gint32 seed)
{
    struct netpol_oracle o = {w->f, w->blocks_match_pods, w->profile};
    size_t asked = 0;

    netpol_pair(np, src->point, dst->point, set);
    for (size_t i = (size_t)g_rand_int_range(w->r, 0, 3); i < 3 * ARRAY_LEN(asked_ports);
         i += 3, asked++) {
        enum net_protocol protocol = (enum net_protocol)(1u << i / ARRAY_LEN(asked_ports));
        int32_t port = asked_ports[i % ARRAY_LEN(asked_ports)];
        bool want = netpol_oracle_open(&o, &src->what, &dst->what, protocol, port);
        bool got = netports_has(netpol_ports(np), set, protocol, port);

        cr_assert_eq(got, want, "seed %d: %s -> %s, protocol %d, port %d: %d, want %d", seed,
                     name_of(src), name_of(dst), (int)protocol, port, got, want);
    }
    return asked;
}

static size_t try_seed(gint32 seed, const struct netprofile *profile)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    g_autoptr(GRand) r = g_rand_new_with_seed((guint32)seed);
    struct netpol_world w = {f,       a,    r, profile ? profile->blocks_match_pods : seed % 2 == 0,
                             profile, false};
    size_t asked = 0;

    netpol_world_make(&w);
    AUTO(netpol) np = profile ? netpol_of(f, profile, NULL, 0) : netpol_new(f, w.blocks_match_pods);
    g_autofree uint64_t *set = g_new0(uint64_t, netports_words(netpol_ports(np)));
    g_autoptr(GArray) ends = ends_of(&w, np);
    for (guint i = 0; i < ends->len; i++)
        for (guint k = 0; k < ends->len; k++) {
            const struct end *src = &g_array_index(ends, struct end, i),
                             *dst = &g_array_index(ends, struct end, k);
            if (i != k && (src->what.pod || dst->what.pod))
                asked += check_pair(&w, np, src, dst, set, seed);
        }
    return asked;
}

/* GRAPHD_NETPOL_CLUSTERS is how many; every second seed, so that two cores share them. */
static void try_seeds(gint32 first)
{
    const char *n = getenv("GRAPHD_NETPOL_CLUSTERS");
    gint32 clusters = n ? (gint32)strtol(n, NULL, 10) : CLUSTERS;
    size_t asked = 0;

    for (gint32 seed = first; seed <= clusters; seed += 2)
        asked += try_seed(seed, NULL);
    printf("netpol oracle: %d clusters, %zu questions, all the same\n", clusters / 2, asked);
    cr_expect_gt(asked, 0);
}

Test(netpol_oracle, says_the_same_without_blocks_for_pods, .timeout = 300)
{
    try_seeds(1);
}

Test(netpol_oracle, says_the_same_with_blocks_for_pods, .timeout = 300)
{
    try_seeds(2);
}

/* Nodes as peers, labels of the subject, and the switches of a plugin in all their ways. */
Test(netpol_oracle, says_the_same_of_every_profile, .timeout = 300)
{
    size_t asked = 0;

    for (gint32 seed = 1; seed <= PROFILES; seed++) {
        const struct netprofile p = {.plugin = "",
                                     .said_by = "",
                                     .enforced = true,
                                     .blocks_match_pods = seed & 1,
                                     .blocks_match_nodes = seed & 2,
                                     .selects_host_network = seed & 4,
                                     .end_port = true,
                                     .sctp = true,
                                     .admin_tiers = true};
        asked += try_seed(seed, &p);
    }
    printf("netpol oracle: %d clusters with profiles, %zu questions\n", PROFILES, asked);
}
