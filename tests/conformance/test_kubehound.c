/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KubeHound's test cluster, recorded on a real API server: what our rules must draw there.
 *
 * The recording has 42 pods and 45 containers, one kube-system pod less than kind makes (there is
 * no storage provisioner); the 30 pods of the manifests are all there.  Numbers that depend on
 * kube-system are those of the recording. */
#include <string.h>

#include "tests/support/cluster.h"
#include "tests/test.h"

#define NEEDS_FIXTURES()                                                                           \
    do {                                                                                           \
        if (!test_fixtures())                                                                      \
            cr_skip_test("GRAPHD_FIXTURES is not set");                                            \
    } while (0)

#define WORKER "node//kubehound.test.local-worker"
#define WORKER2 "node//kubehound.test.local-worker2"
#define CONTROL_PLANE "node//kubehound.test.local-control-plane"

/* How many edges of a kind, and between what. */
static const struct {
    const char *label, *from, *to;
    size_t want;
} counts[] = {
    {"POD_ATTACH", "node/", "pod/", 42},
    {"POD_ATTACH", "node/", "pod/default/", 29},
    {"CONTAINER_ATTACH", "pod/", "container/", 45},
    {"CONTAINER_ATTACH", "pod/default/", "container/", 32},
    {"VOLUME_DISCOVER", "container/", "volume/", 73},
    /* kube-proxy on each node, priv-pod, nsenter-pod, endpoints-pod */
    {"CE_PRIV_MOUNT", "", "", 6},
    {"CE_PRIV_MOUNT", "container/kube-system/kube-proxy-", "node/", 3},
    /* nsenter-pod, endpoints-pod; sys-ptrace-pod by capabilities, which KubeHound does not see */
    {"CE_NSENTER", "", "", 3},
    {"CE_UMH_CORE_PATTERN", "", "", 1},
    {"CE_VAR_LOG_SYMLINK", "", "", 1},
    {"CE_UEVENT_HELPER", "", "", 0},
    {"CE_KUBELET_SOCK", "", "", 0},
    /* host-write-exploit-pod mounts the root directory, and so the runtime's socket */
    {"EXPLOIT_CONTAINERD_SOCK", "", "", 1},
    {"EXPLOIT_HOST_TRAVERSE", "", "", 2},
    {"VOLUME_ACCESS", "node/", "volume/", 70},
    {"MOUNTS_CONFIGMAP", "container/default/", "", 0},
    {"PV_HOSTPATH", "", "", 0},
    /* three containers and two */
    {"SHARE_PS_NAMESPACE", "container/default/sharedps-pod1/", "container/default/sharedps-pod1/",
     6},
    {"SHARE_PS_NAMESPACE", "container/default/sharedps-pod2/", "container/default/sharedps-pod2/",
     2},
    {"SHARE_PS_NAMESPACE", "", "", 8},
    {"SHARE_VOLUME", "", "", 0}, /* no volume of one writer has another reader */
    /* the privileged ones, and modload-pod */
    {"CE_MODULE_LOAD", "", "", 7},
    {"CE_MODULE_LOAD", "container/kube-system/kube-proxy-", "node/", 3},
    {"CE_SYS_PTRACE", "", "", 1},
    {"CE_BPF", "", "", 1}, /* sys-ptrace-pod, by SYS_ADMIN */
    {"CE_CGROUP_RELEASE_AGENT", "", "", 0},
    /* netadmin-pod; kindnet, kube-proxy and the static pods of kube-system */
    {"CE_HOSTNET_MITM", "container/default/", "traffic/", 1},
    {"CE_HOSTNET_MITM", "", "", 11},
    {"CE_HOSTNET_LOCAL", "", "", 0}, /* never certain */
    {"HOST_PID_PEEK", "", "", 0},    /* all with hostPID have more */
    {"CE_KERNEL_CVE", "", "", 0},
    {"CE_RUNTIME_CVE", "", "", 0},
    /* every container but those of the four static pods: all 32 of default, 8 of kube-system */
    {"IDENTITY_ASSUME", "container/default/", "serviceaccount/default/", 32},
    {"IDENTITY_ASSUME", "container/default/", "serviceaccount/default/default", 15},
    {"IDENTITY_ASSUME", "container/kube-system/", "serviceaccount/kube-system/", 8},
    {"IDENTITY_ASSUME", "node/", "user//system:node:", 3},
    {"MEMBER_OF", "user//system:node:", "group//system:nodes", 3},
    {"TOKEN_STEAL", "volume/default/", "serviceaccount/default/", 29},
    {"SLOT_RUN_AS", "podslot/default/all", "samintset/default/all", 1},
    {"SLOT_MOUNT", "podslot/default/all", "secretset/default/all", 1},
    {"SLOT_ESCAPE", "podslot/default/all", "nodeset//all", 1},
    {"HUB_MEMBER", "nodeset//all", "node/", 3},
    {"HUB_MEMBER", "podset/default/all", "pod/default/", 29},
    {"HUB_MEMBER", "serviceaccountset/default/all", "serviceaccount/default/", 18},
    /* the binding's, and what the Roles exec-pods and admin would grant who may bind them */
    {"POD_EXEC", "permissionset/default/", "", 3},
    {"POD_EXEC", "permissionset/default/", "podset/default/all", 3},
    {"POD_EXEC", "permissionset/default/pod-exec-pods", "podset/default/all", 1},
    {"POD_PATCH", "permissionset/default/", "", 3},
    {"POD_PATCH", "permissionset/default/pod-patch-pods", "podset/default/all", 1},
    {"LOG_READ", "permissionset/default/pod-read-logs", "logs/default/all", 1},
    {"POD_CREATE", "permissionset/default/", "", 3},
    {"POD_CREATE", "permissionset/default/pod-create-pods", "podslot/default/all", 1},
    /* 17 accounts have one binding each; `default` has none */
    {"PERMISSION_DISCOVER", "serviceaccount/default/", "permissionset/", 17},
    {"SECRET_READ", "permissionset/default/pod-list-secrets", "secretset/default/all", 1},
    {"SECRET_READ", "permissionset/default/pod-get-secrets", "secretset/default/all", 1},
    {"SECRET_TOKEN", "", "", 0}, /* no token Secrets since 1.24 */
    {"CONTROL_PLANE_NODE", CONTROL_PLANE, "clusteradmin//all", 1},
    {"CONTROL_PLANE_NODE", "", "", 1},
    {"EXPOSE_LB", "", "", 0}, /* webproxy is a ClusterIP service */
    {"EXPOSE_NODEPORT", "", "", 0},
    {"EXPOSE_HOSTPORT", "lan//lan", "endpoint/default/endpoints-pod/tcp:1111", 1},
    {"EXPOSE_HOSTPORT", "", "", 1},
    {"MOUNTS_SECRET", "", "", 0},
    {"NODE_SECRETS", "node/", "secret/", 0},
    {"NODE_SECRETS", "node/", "configmap/kube-system/", 4}, /* of kube-proxy and coredns */
};

Test(kubehound, has_the_strict_numbers)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        size_t got = cluster_count(&p, counts[i].label, counts[i].from, counts[i].to);
        cr_expect_eq(got, counts[i].want, "%s %s -> %s: %zu, want %zu", counts[i].label,
                     counts[i].from, counts[i].to, got, counts[i].want);
    }
    cr_expect_eq(cluster_targets(&p, "CONTAINER_ATTACH", "", ""), 45);
    cr_expect_eq(cluster_targets(&p, "POD_ATTACH", "", ""), 42);
    cr_expect_eq(cluster_targets(&p, "TOKEN_STEAL", "volume/default/", "serviceaccount/default/"),
                 18, "the 17 accounts of the cases, and default");
}

/* Edges that must be there, or must not. */
static const struct {
    const char *label, *from, *to;
    bool want;
} edges[] = {
    {"CE_PRIV_MOUNT", "container/default/priv-pod/priv-pod", WORKER, true},
    {"CE_PRIV_MOUNT", "container/default/nsenter-pod/nsenter-pod", WORKER, true},
    {"CE_PRIV_MOUNT", "container/default/endpoints-pod/endpoints-pod", WORKER, true},
    {"CE_PRIV_MOUNT", "container/default/modload-pod/modload-pod", WORKER, false},
    {"CE_NSENTER", "container/default/nsenter-pod/nsenter-pod", WORKER, true},
    {"CE_NSENTER", "container/default/endpoints-pod/endpoints-pod", WORKER, true},
    {"CE_NSENTER", "container/default/sys-ptrace-pod/sys-ptrace-pod", WORKER2, true},
    {"CE_NSENTER", "container/default/priv-pod/priv-pod", WORKER, false},
    {"CE_UMH_CORE_PATTERN", "container/default/umh-core-pod/umh-core-container", WORKER2, true},
    {"CE_VAR_LOG_SYMLINK", "container/default/varlog-pod/varlog-container", WORKER2, true},
    {"CE_UMH_CORE_PATTERN", "container/default/host-write-exploit-pod/host-write-exploit-pod",
     WORKER, false},
    {"EXPLOIT_HOST_TRAVERSE", "volume/default/host-read-exploit-pod/host-pod-dir",
     "nodevolumeset//kubehound.test.local-worker", true},
    {"EXPLOIT_HOST_TRAVERSE", "volume/default/host-write-exploit-pod/hostroot",
     "nodevolumeset//kubehound.test.local-worker", true},
    {"CE_MODULE_LOAD", "container/default/modload-pod/modload-pod", WORKER, true},
    {"CE_MODULE_LOAD", "container/default/priv-pod/priv-pod", WORKER, true},
    {"CE_MODULE_LOAD", "container/default/sys-ptrace-pod/sys-ptrace-pod", WORKER2, false},
    {"CE_SYS_PTRACE", "container/default/sys-ptrace-pod/sys-ptrace-pod", WORKER2, true},
    {"CE_SYS_PTRACE", "container/default/nsenter-pod/nsenter-pod", WORKER, false},
    {"EXPLOIT_HOST_READ", "volume/default/host-read-exploit-pod/host-ssh", WORKER, true},
    {"EXPLOIT_HOST_WRITE", "volume/default/host-read-exploit-pod/host-ssh", WORKER, false},
    {"EXPLOIT_HOST_WRITE", "volume/default/host-write-exploit-pod/hostroot", WORKER, true},
    {"EXPLOIT_HOST_WRITE", "volume/default/umh-core-pod/nodeproc", WORKER2, true},
    {"EXPLOIT_HOST_READ",
     "volume/kube-system/kube-apiserver-kubehound.test.local-control-plane/k8s-certs",
     "clusteradmin//all", true},
    {"IDENTITY_ASSUME", "container/default/impersonate-pod/impersonate-pod",
     "serviceaccount/default/impersonate-sa", true},
    {"IDENTITY_ASSUME", "container/default/varlog-pod/varlog-container",
     "serviceaccount/default/varlog-sa", true},
    {"IDENTITY_ASSUME", "container/default/sharedps-pod1/sharedps-pod1-b",
     "serviceaccount/default/default", true},
    {"NODE_TOKENS", WORKER, "serviceaccount/default/tokenlist-sa", true},
    {"NODE_TOKENS", WORKER2, "serviceaccount/default/tokenlist-sa", false},
    {"PERMISSION_DISCOVER", "serviceaccount/default/impersonate-sa",
     "permissionset/default/pod-impersonate", true},
    {"PERMISSION_DISCOVER", "serviceaccount/default/rolebind-sa-crb-cr-crb-cr",
     "permissionset//pod-bind-role-crb-cr-crb-cr", true},
    {"ENDPOINT_EXPLOIT", "endpoint/default/endpoints-pod/tcp:9999",
     "container/default/endpoints-pod/endpoints-pod", true},
    {"ENDPOINT_EXPLOIT", "endpoint/default/endpoints-pod/tcp:80",
     "container/default/endpoints-pod/endpoints-pod", true},
};

Test(kubehound, draws_these_edges_and_not_those)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        const struct edge_row *e = cluster_edge(&p, edges[i].label, edges[i].from, edges[i].to);
        cr_expect_eq(e != NULL, edges[i].want, "%s %s -> %s", edges[i].label, edges[i].from,
                     edges[i].to);
        cr_expect(!e || e->verdict == VERDICT_YES, "%s %s", edges[i].label, edges[i].from);
    }
}

/* The 29 pods and 3 nodes that KubeHound draws one by one are two steps with a hub. */
Test(kubehound, reaches_through_hubs_what_others_draw_one_by_one)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    cr_assert(
        cluster_edge(&p, "POD_EXEC", "permissionset/default/pod-exec-pods", "podset/default/all"));
    cr_assert(cluster_edge(&p, "POD_PATCH", "permissionset/default/pod-patch-pods",
                           "podset/default/all"));
    cr_expect_eq(cluster_targets(&p, "HUB_MEMBER", "podset/default/all", "pod/"), 29);
    cr_assert(cluster_edge(&p, "POD_CREATE", "permissionset/default/pod-create-pods",
                           "podslot/default/all"));
    cr_assert(cluster_edge(&p, "SLOT_ESCAPE", "podslot/default/all", "nodeset//all"));
    cr_expect_eq(cluster_targets(&p, "HUB_MEMBER", "nodeset//all", "node/"), 3);
}

/* The harmless pod: nothing but its structure and the default account. */
Test(kubehound, leaves_the_control_pod_alone)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);
    static const char pod[] = "container/default/control-pod/";

    for (unsigned k = 1; k < EDGE_KIND_LIMIT; k++) {
        const struct edge_kind_info *info = kinds_edge(k);
        if (info && info->class != CLASS_STRUCTURAL && k != EDGE_IDENTITY_ASSUME)
            cr_expect_eq(cluster_count(&p, info->label, pod, ""), 0, "%s", info->label);
    }
    cr_expect_eq(cluster_count(&p, "IDENTITY_ASSUME", pod, "serviceaccount/default/default"), 1);
    cr_expect_eq(cluster_count(&p, "PERMISSION_DISCOVER", "serviceaccount/default/default", ""), 0);
}

static void add_targets(const struct part *p, const char *label, uint32_t from, GHashTable *out)
{
    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].src == from && p->edges[i].verdict == VERDICT_YES &&
            strcmp(kinds_edge(p->edges[i].kind)->label, label) == 0)
            g_hash_table_add(out, GSIZE_TO_POINTER(p->edges[i].dst));
}

/* The targets of all edges of a label from a set of nodes. */
static GHashTable *step(const struct part *p, const char *label, GHashTable *from)
{
    GHashTable *out = g_hash_table_new(NULL, NULL);
    GHashTableIter it;
    void *node;

    g_hash_table_iter_init(&it, from);
    while (g_hash_table_iter_next(&it, &node, NULL))
        add_targets(p, label, (uint32_t)GPOINTER_TO_SIZE(node), out);
    return out;
}

/* The nodes whose key is, or begins so. */
static GHashTable *named(const struct part *p, const char *prefix, bool whole)
{
    GHashTable *out = g_hash_table_new(NULL, NULL);
    g_autofree char *key = g_strdup_printf("k8s:c/%s", prefix);

    for (size_t i = 0; i < p->nnodes; i++)
        if (whole ? strcmp(p->nodes[i].key, key) == 0 : g_str_has_prefix(p->nodes[i].key, key))
            g_hash_table_add(out, GSIZE_TO_POINTER(i));
    return out;
}

/* What traversal steals, against what runs there: the two ways must end in one set. */
static void compare_with_neighbours(const struct part *p, const char *volumes, const char *node)
{
    g_autoptr(GHashTable) from = named(p, volumes, false);
    g_autoptr(GHashTable) hub = step(p, "EXPLOIT_HOST_TRAVERSE", from);
    g_autoptr(GHashTable) stolen = step(p, "HUB_MEMBER", hub);
    g_autoptr(GHashTable) got = step(p, "TOKEN_STEAL", stolen);
    g_autoptr(GHashTable) worker = named(p, node, true);
    g_autoptr(GHashTable) pods = step(p, "POD_ATTACH", worker);
    g_autoptr(GHashTable) containers = step(p, "CONTAINER_ATTACH", pods);
    g_autoptr(GHashTable) want = step(p, "IDENTITY_ASSUME", containers);
    GHashTableIter it;
    void *at;

    cr_expect_eq(g_hash_table_size(got), g_hash_table_size(want), "%s: %u, want %u", volumes,
                 g_hash_table_size(got), g_hash_table_size(want));
    cr_expect_gt(g_hash_table_size(want), 5);
    g_hash_table_iter_init(&it, want);
    while (g_hash_table_iter_next(&it, &at, NULL))
        cr_expect(g_hash_table_contains(got, at), "%s: %s", volumes,
                  p->nodes[GPOINTER_TO_SIZE(at)].key);
}

Test(kubehound, traversal_steals_the_identities_of_the_whole_node)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    compare_with_neighbours(&p, "volume/default/host-read-exploit-pod/", WORKER);
    compare_with_neighbours(&p, "volume/default/host-write-exploit-pod/", WORKER);
}

Test(kubehound, a_node_holds_every_volume_of_its_pods)
{
    NEEDS_FIXTURES();
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);
    g_autoptr(GHashTable) volumes = named(&p, "volume/", false);

    cr_expect_eq(cluster_targets(&p, "VOLUME_ACCESS", "node/", "volume/"),
                 g_hash_table_size(volumes));
}
