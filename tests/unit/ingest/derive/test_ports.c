/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which port of a Service leads to which port of a pod, and what is said of it. */
#include "ingest/derive/ports.h"
#include "ingest/derive/rule.h"
#include "tests/support/evidence.h"
#include "tests/support/load.h"
#include "tests/test.h"

static const struct edge_row *edge_to(const struct part *p, enum edge_kind kind, const char *end)
{
    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].kind == kind && (strcmp(p->nodes[p->edges[i].dst].key, end) == 0 ||
                                         strcmp(p->nodes[p->edges[i].src].key, end) == 0))
            return &p->edges[i];
    return NULL;
}

Test(ports, a_slice_leads_from_the_port_of_its_name)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct part p = {0};

    cr_assert_eq(load_path(f, "tests/cases/rules/EXPOSE_LB/slice_ports_by_name/input.yaml"), 0);
    load_done(f);
    must(rule_derive(f, "expose_lb", a, &p, &e));

    static const struct {
        const char *end, *want;
    } cases[] = {
        {"k8s:c/endpoint/shop/web-0/tcp:8080", "port 80 leads to port 8080 of pod web-0"},
        {"k8s:c/endpoint/shop/web-0/tcp:8443", "port 443 leads to port 8443 of pod web-0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct edge_row *e = edge_to(&p, EDGE_EXPOSE_LB, cases[i].end);
        cr_assert(e, "%s", cases[i].end);
        cr_expect(strstr(evidence_of(&p, e, a), cases[i].want), "%s", evidence_of(&p, e, a));
    }
}

/* A pod is no kubelet, whatever number its port has. */
Test(ports, only_some_numbers_look_like_a_service_without_a_password)
{
    static const struct {
        int32_t number;
        enum edge_class want;
    } cases[] = {{2375, CLASS_MODERATE}, {10250, CLASS_HARD}, {10255, CLASS_HARD}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, "c");
        struct part p = {0};
        const struct fact_port port = {.name = "", .protocol = "TCP", .number = cases[i].number};
        const struct fact_container c = {.name = "main",
                                         .image = "app",
                                         .id = "",
                                         .apparmor = "",
                                         .seccomp = "",
                                         .ports = &port,
                                         .nports = 1};
        *FACTS_PUSH(f, pods) = (struct fact_pod){
            .meta = {.ns = "shop", .name = "p", .uid = "u", .owner_kind = "", .owner_name = ""},
            .node = "w1",
            .service_account = "default",
            .phase = "Running",
            .runtime_class = "",
            .pod_ip = "",
            .containers = &c,
            .ncontainers = 1,
            .workload_kind = "",
            .workload_name = "",
        };
        facts_index(f);
        must(rule_derive(f, "endpoint_exploit", a, &p, &e));
        const struct edge_row *e =
            edge_to(&p, EDGE_ENDPOINT_EXPLOIT, "k8s:c/container/shop/p/main");
        cr_assert(e, "%d", cases[i].number);
        cr_expect_eq(e->class, cases[i].want, "%d: %s", cases[i].number, evidence_of(&p, e, a));
    }
}
