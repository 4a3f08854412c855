/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New pods that are tried: a share for each namespace, and what is beyond is counted. */
#include "ingest/derive/netslots.h"
#include "tests/test.h"

enum { NAMESPACES = 2000, SELECTORS = 70 };

/* Every namespace may have pods with each of the labels. */
static void add_policy(struct facts *f, struct arena *a)
{
    struct fact_netpeer *peers = arena_calloc(a, SELECTORS, sizeof(*peers));
    struct fact_netrule *rule = arena_calloc(a, 1, sizeof(*rule));
    struct fact_netpol p = {.kind = "NetworkPolicy", .tier = NET_NAMESPACED};

    for (size_t i = 0; i < SELECTORS; i++) {
        struct label *l = arena_calloc(a, 1, sizeof(*l));
        *l = (struct label){"role", arena_printf(a, "r%zu", i)};
        peers[i] = (struct fact_netpeer){.by_namespace = true, .by_pod = true};
        peers[i].pods.labels = l;
        peers[i].pods.nlabels = 1;
    }
    *rule = (struct fact_netrule){.name = "", .peers = peers, .npeers = SELECTORS};
    p.meta = (struct meta){.ns = "n0", .name = "p", .uid = ""};
    p.ingress = rule;
    p.ningress = 1;
    p.isolates_ingress = true;
    FACTS_ADD(f, netpols, p);
}

Test(netslots, every_namespace_has_its_share_and_the_rest_is_counted)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct netslots s;

    for (size_t i = 0; i < NAMESPACES; i++) {
        struct fact_namespace n = {.meta = {.name = arena_printf(a, "n%zu", i), .ns = ""}};
        FACTS_ADD(f, namespaces, n);
    }
    add_policy(f, a);
    netslots_of(f, a, &s);
    for (size_t i = 0; i < NAMESPACES; i++) {
        cr_assert_eq(s.first[i + 1] - s.first[i], NETSLOTS_SHARE);
        cr_assert_eq(s.pods[s.first[i]].meta.nlabels, 0, "the plain pod is there");
    }
    cr_expect_eq(s.left_out, NAMESPACES * (1 + SELECTORS - NETSLOTS_SHARE));
}
