/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses are public, and by which ways Services are reached from outside. */
#include "ingest/derive/netoutside.h"
#include "ingest/derive/published.h"
#include "tests/test.h"

Test(published, addresses_that_the_internet_routes)
{
    static const struct {
        const char *address;
        bool public;
    } cases[] = {
        {"198.51.100.7", true},
        {"2001:db8::1", true},
        {"lb.example.com", true},
        {"k8s-web.elb.eu-west-1.amazonaws.com", true},
        {"9.255.255.255", true},
        {"11.0.0.0", true},
        {"172.15.255.255", true},
        {"172.32.0.0", true},
        {"100.63.255.255", true},
        {"100.128.0.0", true},
        {"223.255.255.255", true},
        {"10.0.0.1", false},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"192.168.1.1", false},
        {"100.64.0.1", false},
        {"127.0.0.1", false},
        {"169.254.169.254", false},
        {"224.0.0.1", false},
        {"240.0.0.1", false},
        {"fd00::1", false},
        {"fe80::1", false},
        {"::1", false},
        {"localhost", false},
        {"internal-a1.elb.amazonaws.com", false},
        {"lb.corp.internal", false},
        {"printer.local", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        cr_expect_eq(published_is_public(cases[i].address), cases[i].public, "\"%s\"",
                     cases[i].address);
}

/* As a parser leaves it, but for what a case sets. */
static struct fact_service plain(const char *type)
{
    static const struct fact_service_port port = {
        .name = "", .protocol = "TCP", .target_name = "", .port = 80, .target = 80, .node_port = 0};

    return (struct fact_service){
        .meta = {.ns = "shop", .name = "web", .uid = ""},
        .type = type,
        .cluster_ip = "",
        .external_name = "",
        .lb_class = "",
        .lb_ip = "",
        .ports = &port,
        .nports = 1,
    };
}

static enum published_open ask(const struct fact_service *s, enum netreach_who who)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    const char *const addresses[] = {"InternalIP=10.0.0.1"};
    struct published_answer out;

    *FACTS_PUSH(f, nodes) = (struct fact_node){.meta = {.ns = "", .name = "w1", .uid = "u"},
                                               .addresses = {addresses, 1}};
    f->listed[FACTS_NODES] = true;
    struct published_nodes pn = published_nodes(f);
    published_service(&pn, s, who, a, &out);
    cr_expect(out.ev.object && out.ev.field && out.ev.reason);
    return out.open;
}

/* The widest way counts, whichever it is. */
Test(published, a_service_is_reached_by_any_of_its_ways)
{
    static const char *const public[] = {"198.51.100.7"}, *const own[] = {"10.0.0.1"};
    struct fact_service s = plain("ClusterIP");

    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_NO);
    cr_expect_eq(ask(&s, NETREACH_LAN), PUBLISHED_NO);
    s.external_ips = (struct texts){public, 1};
    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_MAYBE);
    cr_expect_eq(ask(&s, NETREACH_LAN), PUBLISHED_NO);
    s.external_ips = (struct texts){own, 1};
    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_NO);
    cr_expect_eq(ask(&s, NETREACH_LAN), PUBLISHED_YES);
    s = plain("NodePort");
    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_NO);
    cr_expect_eq(ask(&s, NETREACH_LAN), PUBLISHED_YES);
    s = plain("LoadBalancer");
    s.lb_ingress = (struct texts){public, 1};
    s.lb_node_ports = TRI_NO;
    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_YES);
    cr_expect_eq(ask(&s, NETREACH_LAN), PUBLISHED_NO);
    s = plain("ExternalName");
    s.external_ips = (struct texts){public, 1};
    cr_expect_eq(ask(&s, NETREACH_INTERNET), PUBLISHED_NO);
}

Test(published, a_port_may_be_bound_to_one_address)
{
    static const struct {
        const char *address;
        enum published_open internet, lan;
    } cases[] = {
        {"", PUBLISHED_YES, PUBLISHED_YES},        {"0.0.0.0", PUBLISHED_YES, PUBLISHED_YES},
        {"::", PUBLISHED_YES, PUBLISHED_YES},      {"198.51.100.7", PUBLISHED_YES, PUBLISHED_YES},
        {"10.0.0.1", PUBLISHED_NO, PUBLISHED_YES}, {"127.0.0.1", PUBLISHED_NO, PUBLISHED_NO},
        {"127.9.9.9", PUBLISHED_NO, PUBLISHED_NO}, {"::1", PUBLISHED_NO, PUBLISHED_NO},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cr_expect_eq(published_bound(cases[i].address, NETREACH_INTERNET), cases[i].internet, "%s",
                     cases[i].address);
        cr_expect_eq(published_bound(cases[i].address, NETREACH_LAN), cases[i].lan, "%s",
                     cases[i].address);
    }
}
