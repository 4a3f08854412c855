/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kubernetes Goat, recorded on a real API server: its escapes and its cluster administrator. */
#include "tests/support/cluster.h"
#include "tests/support/evidence.h"
#include "tests/test.h"

#define DEFAULT "container/default/"

/* Edges from the first node whose key begins with `from`; pods have generated names. */
static const struct {
    const char *label, *from, *to;
    size_t want;
} counts[] = {
    /* system-monitor: privileged, hostPID, the node's root directory */
    {"CE_PRIV_MOUNT", DEFAULT "system-monitor-deployment-", "node/", 1},
    {"CE_NSENTER", DEFAULT "system-monitor-deployment-", "node/", 1},
    {"EXPLOIT_HOST_READ", "volume/default/system-monitor-deployment-", "node/", 1},
    {"EXPLOIT_HOST_WRITE", "volume/default/system-monitor-deployment-", "node/", 1},
    /* health-check: privileged, containerd's socket; no hostPID */
    {"CE_PRIV_MOUNT", DEFAULT "health-check-deployment-", "node/", 1},
    {"CE_NSENTER", DEFAULT "health-check-deployment-", "node/", 0},
    {"EXPLOIT_CONTAINERD_SOCK", DEFAULT "health-check-deployment-", "node/", 1},
    {"EXPLOIT_HOST_WRITE", "volume/default/health-check-deployment-", "node/", 0},
    /* docker-bench-security: a DaemonSet, on both workers */
    {"CE_PRIV_MOUNT", DEFAULT "docker-bench-security-", "node/", 2},
    {"CE_NSENTER", DEFAULT "docker-bench-security-", "node/", 2},
    {"EXPLOIT_HOST_READ", "volume/default/docker-bench-security-", "node/", 4},
    /* insecure-rbac: an account that is the administrator */
    {"PERMISSION_DISCOVER", "serviceaccount/kube-system/superadmin", "permissionset//superadmin",
     1},
    {"WILDCARD_ADMIN", "permissionset//superadmin", "clusteradmin//all", 1},
    /* internal-proxy: a port of nodes that have private addresses only */
    {"EXPOSE_NODEPORT", "lan//lan", "endpoint/default/internal-proxy-", 1},
    {"EXPOSE_NODEPORT", "lan//nodeports", "endpoint/default/internal-proxy-", 1},
    {"EXPOSE_NODEPORT", "", "", 2},
    {"EXPOSE_API_SERVER", "lan//lan", "cluster//c", 1},
    {"EXPOSE_API_SERVER", "internet", "", 0},
    {"ENDPOINT_EXPLOIT", "", "container/secure-middleware/cache-store-deployment-", 1},
    /* everything else keeps to itself */
    {"CE_NSENTER", "", "", 3},
    {"CE_PRIV_MOUNT", "container/default/", "", 4},
};

Test(goat, shows_its_escapes_and_its_administrator)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("goat", a);

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        size_t got = cluster_count(&p, counts[i].label, counts[i].from, counts[i].to);
        cr_expect_eq(got, counts[i].want, "%s %s -> %s: %zu, want %zu", counts[i].label,
                     counts[i].from, counts[i].to, got, counts[i].want);
        if (got != counts[i].want)
            cluster_show(&p, counts[i].label);
    }
}

/* docker.sock on a node that runs containerd: there, but most likely nobody listens. */
Test(goat, doubts_the_socket_of_another_runtime)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("goat", a);
    size_t unknown = 0;

    for (size_t i = 0; i < p.nedges; i++)
        if (p.edges[i].kind == EDGE_EXPLOIT_CONTAINERD_SOCK &&
            strstr(p.nodes[p.edges[i].src].key, "/docker-bench-security-")) {
            cr_expect_eq(p.edges[i].verdict, VERDICT_UNKNOWN);
            cr_expect(strstr(evidence_of(&p, &p.edges[i], a), "container runtime"), "%s",
                      evidence_of(&p, &p.edges[i], a));
            unknown++;
        }
    cr_expect_eq(unknown, 2);
}
