/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How derive grows: seconds, nodes, edges and memory for generated clusters of several sizes, and
 * against a naive peer that draws one edge for each right and each object that it reaches.
 *
 *     bench_derive FOLDER...           (as written by gen_cluster) one line each, and the growth
 *     bench_derive --naive FOLDER      a small one: all our rules against the peer's few rights
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/collect.h"
#include "ingest/derive/rule.h"
#include "ingest/summary.h"

enum { ROUNDS = 3, LARGE = 50000 }; /* pods; a large one is measured once */

static void must_ok(bool ok, const struct err *e)
{
    if (!ok) {
        fprintf(stderr, "bench_derive: %s\n", e->msg);
        exit(EXIT_FAILURE);
    }
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct figures {
    size_t pods, nodes, edges;
    double seconds;
    uint64_t peak_bytes;   /* of derive, beyond what the facts hold */
    uint64_t result_bytes; /* of that, what is left in the end: rows and their text */
};

/* Best of a few rounds; derive spends no facts, but their indexes are made once. */
static void measure(struct collect *c, struct figures *out)
{
    const struct facts *f = collect_facts(c);

    out->pods = f->pods.n;
    out->seconds = 1e9;
    for (int round = 0; round < (f->pods.n < LARGE ? ROUNDS : 1); round++) {
        AUTO(arena) a = arena_new();
        struct part part = {0};
        struct err e;

        malloc_trim(0);
        summary_reset_peak();
        uint64_t before = summary_peak(); /* what is resident now */
        double began = cpu_seconds();
        must_ok(rule_derive(collect_facts(c), NULL, a, &part, &e), &e);
        double took = cpu_seconds() - began;
        out->seconds = took < out->seconds ? took : out->seconds;
        out->nodes = part.nnodes;
        out->edges = part.nedges;
        if (round == 0) {
            out->peak_bytes = summary_peak() - before;
            out->result_bytes = arena_bytes(a) + evidence_bytes(part.evidence);
        }
    }
}

static struct collect *read_cluster(const char *folder, struct arena *a)
{
    struct collect *c = collect_new(a, "bench");
    struct err e;

    must_ok(collect_read(c, folder, &e), &e);
    collect_finish(c);
    return c;
}

static void measure_folder(const char *folder, struct figures *out)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = read_cluster(folder, a);
    const struct facts *f = collect_facts(c);

    measure(c, out);
    printf("{\"bench\":\"derive\",\"pods\":%zu,\"namespaces\":%zu,\"service_accounts\":%zu,"
           "\"bindings\":%zu,\"seconds\":%.3f,\"nodes\":%zu,\"edges\":%zu,\"edges_per_pod\":%.2f,"
           "\"peak_bytes_per_pod\":%.0f,\"result_bytes_per_pod\":%.0f,"
           "\"working_bytes_per_pod\":%.0f}\n",
           out->pods, f->namespaces.n, f->serviceaccounts.n, f->bindings.n, out->seconds,
           out->nodes, out->edges, (double)out->edges / (double)out->pods,
           (double)out->peak_bytes / (double)out->pods,
           (double)out->result_bytes / (double)out->pods,
           ((double)out->peak_bytes - (double)out->result_bytes) / (double)out->pods);
}

/* --- the naive peer ------------------------------------------------------------------------ */

enum over { PODS, SECRETS, MINTS, ACCOUNTS, CONFIGMAPS, WORKLOADS, NODES };

/* A right, the objects that each get an edge of their own, and the kind of edge.  Where ours leads
 * to a slot that leads to all nodes, a kind that may end in a node stands in. */
static const struct {
    const char *verb, *group, *resource, *subresource;
    enum over over;
    enum edge_kind kind;
} rights[] = {
    {"create", "", "pods", "exec", PODS, EDGE_POD_EXEC},
    {"create", "", "pods", "attach", PODS, EDGE_POD_ATTACH_API},
    {"patch", "", "pods", "", PODS, EDGE_POD_PATCH},
    {"patch", "", "pods", "ephemeralcontainers", PODS, EDGE_EPHEMERAL_CONTAINER},
    {"get", "", "secrets", "", SECRETS, EDGE_SECRET_READ},
    {"list", "", "secrets", "", SECRETS, EDGE_SECRET_READ},
    {"get", "", "configmaps", "", CONFIGMAPS, EDGE_CONFIGMAP_READ},
    {"create", "", "serviceaccounts", "token", MINTS, EDGE_TOKEN_REQUEST},
    {"impersonate", "", "serviceaccounts", "", ACCOUNTS, EDGE_IDENTITY_IMPERSONATE},
    {"patch", "apps", "deployments", "", WORKLOADS, EDGE_WORKLOAD_PATCH},
    {"create", "", "pods", "", NODES, EDGE_EPHEMERAL_CONTAINER},
    {"create", "apps", "deployments", "", NODES, EDGE_EPHEMERAL_CONTAINER},
    {"create", "apps", "daemonsets", "", NODES, EDGE_EPHEMERAL_CONTAINER},
    {"create", "batch", "jobs", "", NODES, EDGE_EPHEMERAL_CONTAINER},
    {"get", "", "nodes", "proxy", NODES, EDGE_NODE_PATCH},
};

/* The facts of a list, whose first member is their meta. */
struct members {
    const char *v;
    size_t n, size;
};

#define MEMBERS(list)                                                                              \
    (struct members)                                                                               \
    {                                                                                              \
        (const char *)(list).v, (list).n, sizeof(*(list).v)                                        \
    }

static struct members members_of(const struct facts *f, enum over over)
{
    switch (over) {
    case PODS:
        return MEMBERS(f->pods);
    case SECRETS:
        return MEMBERS(f->secrets);
    case CONFIGMAPS:
        return MEMBERS(f->configmaps);
    case WORKLOADS:
        return MEMBERS(f->workloads);
    case NODES:
        return MEMBERS(f->nodes);
    default:
        return MEMBERS(f->serviceaccounts);
    }
}

/* One right of one binding, asked of every object. */
static void each_object(const struct facts *f, struct draft *d, const struct fact_binding *b,
                        uint32_t set, size_t right)
{
    struct members all = members_of(f, rights[right].over);
    bool free = rights[right].over == NODES; /* the request names no node */
    char object[600];
    struct evidence ev = {
        .object = object, .uid = b->meta.uid, .field = "roleRef", .reason = "grants the right"};

    snprintf(object, sizeof(object), "binding %.250s/%.250s", b->meta.ns, b->meta.name);
    for (size_t k = 0; k < all.n; k++) {
        const struct meta *m = (const struct meta *)(all.v + k * all.size);
        struct rbac_request q = {.verb = rights[right].verb,
                                 .group = rights[right].group,
                                 .resource = rights[right].resource,
                                 .subresource = rights[right].subresource,
                                 .ns = free ? b->meta.ns : m->ns,
                                 .name = free ? "" : m->name};
        uint32_t rule;

        if (!rbac_binding_allows(b, &q, &rule))
            continue;
        uint32_t to =
            rights[right].over == MINTS ? ((const struct fact_serviceaccount *)m)->mint_ix : m->ix;
        draft_edge_yes(d, set, to, rights[right].kind, &ev);
    }
}

/* The same nodes as ours, then every binding asked about every object.  Returns: the edges that
 * rights give. */
static size_t naive(struct facts *f)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, f->cluster);
    AUTO(assets) as = assets_new(f, d);
    size_t before = draft_edges(d);
    struct part part;

    for (size_t i = 0; i < f->bindings.n; i++)
        for (size_t r = 0; as->permission_set[i] != UINT32_MAX && r < ARRAY_LEN(rights); r++)
            each_object(f, d, &f->bindings.v[i], as->permission_set[i], r);
    size_t n = draft_edges(d) - before;
    draft_finish(d, &part);
    return n;
}

/* What rights over objects are for us: edges out of permission sets, the sets that they lead to and
 * who is in them. */
static size_t rights_edges(const struct part *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->nedges; i++)
        n += p->nodes[p->edges[i].src].kind == NODE_PERMISSION_SET ||
             p->edges[i].kind == EDGE_HUB_MEMBER || p->edges[i].kind == EDGE_NS_ADMIN_CLOSURE ||
             p->edges[i].kind == EDGE_CLUSTER_ADMIN_CLOSURE;
    return n;
}

static void against_naive(const char *folder)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = read_cluster(folder, a);
    struct figures ours;
    struct part part = {0};
    struct err e;

    measure(c, &ours);
    must_ok(rule_derive(collect_facts(c), NULL, a, &part, &e), &e);
    double began = cpu_seconds();
    size_t theirs = naive(collect_facts(c));
    double took = cpu_seconds() - began;
    size_t mine = rights_edges(&part);

    printf("{\"bench\":\"derive/naive\",\"pods\":%zu,\"all_rules_seconds\":%.3f,"
           "\"naive_rights_seconds\":%.3f,\"ratio_seconds\":%.2f,\"edges_of_rights\":%zu,"
           "\"naive_edges_of_rights\":%zu,\"ratio_edges\":%.1f}\n",
           ours.pods, ours.seconds, took, took / ours.seconds, mine, theirs,
           (double)theirs / (double)mine);
}

int main(int argc, char **argv)
{
    struct figures first = {0}, last = {0};

    if (argc < 2) {
        fprintf(stderr, "usage: bench_derive FOLDER... | --naive FOLDER\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(argv[1], "--naive") == 0 && argc == 3) {
        against_naive(argv[2]);
        return EXIT_SUCCESS;
    }
    for (int i = 1; i < argc; i++) {
        measure_folder(argv[i], &last);
        if (i == 1)
            first = last;
    }
    if (argc > 2) {
        double pods = (double)last.pods / (double)first.pods;

        printf("{\"bench\":\"derive/growth\",\"pods\":%.2f,\"edges\":%.2f,\"seconds\":%.2f,"
               "\"edges_per_pod_ratio\":%.3f}\n",
               pods, (double)last.edges / (double)first.edges, last.seconds / first.seconds,
               (double)last.edges / (double)first.edges / pods);
    }
    return EXIT_SUCCESS;
}
