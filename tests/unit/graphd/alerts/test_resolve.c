/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One alert a row: what it says about itself, and the node that it must be tied to. */
#include "graphd/alerts/resolve.h"
#include "tests/test.h"

#define UID_API "11111111-1111-4111-8111-111111111111"
#define UID_DB "22222222-2222-4222-8222-222222222222"
#define UID_EVICTED "33333333-3333-4333-8333-333333333333"
#define UID_DONE "44444444-4444-4444-8444-444444444444"
#define ID_API "aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff"
#define ID_LOG "aaaaaaaaaaaacbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff"
#define ID_DB "0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"

#define ID_EVICTED "9999999999999999999999999999999999999999999999999999999999999999"

enum { HOUR = 3600, T0 = 1767225600 }; /* the snapshot's time in seconds */

static const struct node_row west_nodes[] = {
    {"k8s:west/node//worker-1", "", "worker-1", "", "{\"kubernetes.io/hostname\":\"w1.example\"}",
     "{\"addresses\":[\"InternalIP=10.1.0.1\",\"Hostname=w1\"]}", NODE_NODE, 0, 0},
    {"k8s:west/pod/shop/api-6c9f7d4b5c-x2x8q", "shop", "api-6c9f7d4b5c-x2x8q", UID_API, "{}",
     "{\"workload\":\"Deployment/api\",\"podIP\":\"10.2.0.1\"}", NODE_POD, 0, 0},
    {"k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/api", "shop", "api", ID_API, "{}", "{}",
     NODE_CONTAINER, 0, 0},
    {"k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/log", "shop", "log", ID_LOG, "{}", "{}",
     NODE_CONTAINER, 0, 0},
    {"k8s:west/pod/shop/db-0", "shop", "db-0", UID_DB, "{}",
     "{\"workload\":\"StatefulSet/db\",\"podIP\":\"10.1.0.1\",\"hostNetwork\":true}", NODE_POD, 0,
     0},
    {"k8s:west/container/shop/db-0/db", "shop", "db", ID_DB, "{}", "{}", NODE_CONTAINER, 0, 0},
    {"k8s:west/pod/falco/falco-7zq4k", "falco", "falco-7zq4k", "", "{}",
     "{\"workload\":\"DaemonSet/falco\"}", NODE_POD, 0, 0},
    {"k8s:west/serviceaccount/ci/runner", "ci", "runner", "", "{}", "{}", NODE_SERVICEACCOUNT, 0,
     0},
    {"k8s:west/user//alice%20b", "", "alice b", "", "{}", "{}", NODE_USER, 0, 0},
    {"k8s:west/pod/both/same", "both", "same", "", "{}", "{}", NODE_POD, 0, 0},
    /* evicted, and its address given to the next one */
    {"k8s:west/pod/shop/api-6c9f7d4b5c-bbbbb", "shop", "api-6c9f7d4b5c-bbbbb", UID_EVICTED, "{}",
     "{\"workload\":\"Deployment/api\",\"podIP\":\"10.2.0.1\",\"phase\":\"Failed\"}", NODE_POD, 0,
     0},
    {"k8s:west/container/shop/api-6c9f7d4b5c-bbbbb/log", "shop", "log", ID_EVICTED, "{}", "{}",
     NODE_CONTAINER, 0, 0},
    {"k8s:west/pod/shop/report-9x4kq", "shop", "report-9x4kq", UID_DONE, "{}",
     "{\"workload\":\"Job/report\",\"podIP\":\"10.2.0.7\",\"phase\":\"Succeeded\"}", NODE_POD, 0,
     0},
};
static const struct edge_row west_edges[] = {
    {0, 6, EDGE_POD_ATTACH, CLASS_STRUCTURAL, VERDICT_YES, EVIDENCE_NONE},
};
static const struct node_row east_nodes[] = {
    {"k8s:east/pod/both/same", "both", "same", "", "{}", "{}", NODE_POD, 0, 0},
};
static const struct part parts[] = {
    {"east", "test", "{}", 3, (usec)T0 * 1000000, east_nodes, NULL, NULL, NULL, 1, 0, 0},
    {"west", "test", "{}", 41, (usec)T0 * 1000000, west_nodes, west_edges, NULL, NULL,
     ARRAY_LEN(west_nodes), ARRAY_LEN(west_edges), 0},
};

static const struct {
    const char *name;
    struct alert_selectors sel;
    const char *cluster;
    bool on_host;
    const char *want, *by; /* want NULL: unresolved */
    double confidence;
    const char *note; /* part of it; NULL: none at all */
} cases[] = {
    {.name = "uid of the pod, with the container's name",
     .sel = {.pod_uid = UID_API, .container = "log", .ns = "shop", .pod = "api-6c9f7d4b5c-x2x8q"},
     .want = "k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/log",
     .by = "pod_uid",
     .confidence = 0.99},
    {.name = "uid of the pod, container unknown",
     .sel = {.pod_uid = UID_API, .container = "sidecar"},
     .want = "k8s:west/pod/shop/api-6c9f7d4b5c-x2x8q",
     .by = "pod_uid",
     .confidence = 0.99},
    {.name = "uid wins over names, and says so",
     .sel = {.pod_uid = UID_API, .ns = "shop", .pod = "db-0"},
     .cluster = "north",
     .want = "k8s:west/pod/shop/api-6c9f7d4b5c-x2x8q",
     .by = "pod_uid",
     .confidence = 0.99,
     .note = "the alert names another pod: shop/db-0; the alert names another cluster: north"},
    {.name = "short container id",
     .sel = {.container_id = "0123456789ab", .pod = "other", .ns = "shop"},
     .want = "k8s:west/container/shop/db-0/db",
     .by = "container_id",
     .confidence = 0.98,
     .note = "the alert names another pod"},
    {.name = "whole container id",
     .sel = {.container_id = ID_LOG},
     .want = "k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/log",
     .by = "container_id",
     .confidence = 0.99},
    {.name = "a short id that two containers share decides nothing",
     .sel = {.container_id = "aaaaaaaaaaaa"},
     .note = "more than one container id begins so"},
    {.name = "namespace and name",
     .sel = {.ns = "shop", .pod = "db-0", .container = "db"},
     .want = "k8s:west/container/shop/db-0/db",
     .by = "pod_name",
     .confidence = 0.9},
    {.name = "another incarnation of the same name",
     .sel = {.ns = "shop", .pod = "db-0", .pod_uid = "99999999-1111-4111-8111-111111111111"},
     .want = "k8s:west/pod/shop/db-0",
     .by = "pod_name",
     .confidence = 0.6,
     .note = "another incarnation"},
    {.name = "a pod that is gone: its Deployment",
     .sel = {.ns = "shop", .pod = "api-5d5d5d5d5d-zzzzz", .container = "api"},
     .want = "k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/api",
     .by = "workload",
     .confidence = 0.7,
     .note = "pod shop/api-5d5d5d5d5d-zzzzz is not in the graph"},
    {.name = "a pod that is gone: its StatefulSet",
     .sel = {.ns = "shop", .pod = "db-12"},
     .want = "k8s:west/pod/shop/db-0",
     .by = "workload",
     .confidence = 0.7,
     .note = "not in the graph"},
    {.name = "a name that no controller made up",
     .sel = {.ns = "shop", .pod = "api-extra"},
     .note = "nothing in the graph"},
    {.name = "a name in two clusters",
     .sel = {.ns = "both", .pod = "same"},
     .note = "several clusters"},
    {.name = "a name in two clusters, one of which is named",
     .sel = {.ns = "both", .pod = "same"},
     .cluster = "east",
     .want = "k8s:east/pod/both/same",
     .by = "pod_name",
     .confidence = 0.9},
    {.name = "a cluster that is not loaded",
     .sel = {.ns = "shop", .pod = "db-0"},
     .cluster = "north",
     .note = "cluster \"north\" is not loaded"},
    {.name = "address",
     .sel = {.pod_ip = "10.2.0.1"},
     .want = "k8s:west/pod/shop/api-6c9f7d4b5c-x2x8q",
     .by = "pod_ip",
     .confidence = 0.7},
    {.name = "an address of the host's network is no pod's",
     .sel = {.pod_ip = "10.1.0.1"},
     .note = "nothing in the graph"},
    {.name = "uid of a pod that ended: a living one of its workload",
     .sel = {.pod_uid = UID_EVICTED, .ns = "shop", .pod = "api-6c9f7d4b5c-bbbbb"},
     .want = "k8s:west/pod/shop/api-6c9f7d4b5c-x2x8q",
     .by = "workload",
     .confidence = 0.7,
     .note = "pod shop/api-6c9f7d4b5c-bbbbb has ended: another pod of its workload"},
    {.name = "container of a pod that ended: that of a living one",
     .sel = {.container_id = "999999999999"},
     .want = "k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/log",
     .by = "workload",
     .confidence = 0.7,
     .note = "has ended"},
    {.name = "name of a pod that ended",
     .sel = {.ns = "shop", .pod = "api-6c9f7d4b5c-bbbbb", .container = "api"},
     .want = "k8s:west/container/shop/api-6c9f7d4b5c-x2x8q/api",
     .by = "workload",
     .confidence = 0.7,
     .note = "has ended"},
    {.name = "an ended pod without living ones is not looked for elsewhere",
     .sel = {.pod_uid = UID_DONE, .pod_ip = "10.2.0.1", .node = "worker-1"},
     .note = "pod shop/report-9x4kq has ended, and no pod of its workload lives"},
    {.name = "an address that an ended pod had",
     .sel = {.pod_ip = "10.2.0.7"},
     .note = "nothing in the graph"},
    {.name = "machine by name",
     .sel = {.node = "worker-1"},
     .on_host = true,
     .want = "k8s:west/node//worker-1",
     .by = "node",
     .confidence = 0.9},
    {.name = "machine by label",
     .sel = {.node = "w1.example"},
     .want = "k8s:west/node//worker-1",
     .by = "node",
     .confidence = 0.9},
    {.name = "machine by address",
     .sel = {.node = "10.1.0.1"},
     .want = "k8s:west/node//worker-1",
     .by = "node",
     .confidence = 0.9},
    {.name = "machine by the sensor's pod",
     .sel = {.node = "falco-7zq4k"},
     .want = "k8s:west/node//worker-1",
     .by = "node",
     .confidence = 0.8,
     .note = "runs the sensor's pod"},
    {.name = "unknown container on a known machine",
     .sel = {.node = "worker-1", .container_id = "ffffffffffff"},
     .want = "k8s:west/node//worker-1",
     .by = "node",
     .confidence = 0.3,
     .note = "so too high"},
    {.name = "service account",
     .sel = {.user = "system:serviceaccount:ci:runner"},
     .want = "k8s:west/serviceaccount/ci/runner",
     .by = "user",
     .confidence = 0.9},
    {.name = "kubelet",
     .sel = {.user = "system:node:worker-1"},
     .want = "k8s:west/node//worker-1",
     .by = "user",
     .confidence = 0.9},
    {.name = "a user with a hostile name",
     .sel = {.user = "alice b"},
     .want = "k8s:west/user//alice%20b",
     .by = "user",
     .confidence = 0.9},
    {.name = "half a service account",
     .sel = {.user = "system:serviceaccount:ci"},
     .note = "nothing in the graph"},
    {.name = "nothing at all", .note = "names no workload"},
};

static void fill(const char **text)
{
    if (!*text)
        *text = "";
}

static struct alert alert_of(size_t i)
{
    struct alert al = {.sel = cases[i].sel, .on_host = cases[i].on_host};

    al.cluster = cases[i].cluster ? cases[i].cluster : "";
    al.time = (usec)(T0 + HOUR) * 1000000;
    fill(&al.sel.pod_uid);
    fill(&al.sel.container_id);
    fill(&al.sel.ns);
    fill(&al.sel.pod);
    fill(&al.sel.container);
    fill(&al.sel.node);
    fill(&al.sel.pod_ip);
    fill(&al.sel.user);
    fill(&al.sel.image);
    return al;
}

Test(resolve, ties_each_alert_to_its_node)
{
    AUTO(arena) a = arena_new();
    struct err err = {0};
    AUTO(graph) g = graph_new(parts, ARRAY_LEN(parts), NULL, &err);
    cr_assert(g, "%s", err.msg);
    AUTO(resolve) r = resolve_new(g);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct alert al = alert_of(i);
        struct resolve_match m;

        resolve_alert(r, g, &al, a, &m);
        const char *got = m.node == NODE_NONE ? "" : graph_node(g, m.node).key;
        cr_expect_str_eq(got, cases[i].want ? cases[i].want : "", "%s: %s (%s)", cases[i].name,
                         *got ? got : "unresolved", m.note);
        cr_expect_str_eq(m.by, cases[i].by ? cases[i].by : "", "%s: by %s", cases[i].name, m.by);
        cr_expect_float_eq(m.confidence, cases[i].confidence, 1e-9, "%s: %g", cases[i].name,
                           m.confidence);
        cr_expect(cases[i].note ? strstr(m.note, cases[i].note) != NULL : !*m.note,
                  "%s: note \"%s\"", cases[i].name, m.note);
        if (cases[i].want && strstr(cases[i].want, "k8s:west")) {
            cr_expect_eq(m.generation, 41);
            cr_expect_float_eq(m.staleness_seconds, HOUR, 1e-6, "%s", cases[i].name);
        }
    }
}

Test(resolve, an_alert_older_than_the_snapshot_is_not_stale)
{
    AUTO(arena) a = arena_new();
    struct err err = {0};
    AUTO(graph) g = graph_new(parts, ARRAY_LEN(parts), NULL, &err);
    AUTO(resolve) r = resolve_new(g);
    struct alert al = alert_of(0);
    struct resolve_match m;

    al.time = (usec)(T0 - HOUR) * 1000000;
    resolve_alert(r, g, &al, a, &m);
    cr_expect_eq(m.staleness_seconds, 0);
}
