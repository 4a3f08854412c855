/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How derive grows: seconds, nodes, edges and memory for generated clusters of several sizes, and
 * against a naive peer that draws one edge for each right and each object that it reaches.
 *
 *     bench_derive FOLDER...           (as written by gen_cluster) one line each, and the growth
 *     bench_derive --naive FOLDER      a small one: ours and the peer's
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/collect.h"
#include "ingest/derive/rule.h"
#include "ingest/summary.h"

enum { ROUNDS = 3 };

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
    uint64_t peak_bytes; /* of derive, beyond what the facts hold */
};

/* Best of a few rounds; derive spends no facts, but their indexes are made once. */
static void measure(struct collect *c, struct figures *out)
{
    const struct facts *f = collect_facts(c);

    out->pods = f->pods.n;
    out->seconds = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        AUTO(arena) a = arena_new();
        struct part part = {0};
        struct err e;

        malloc_trim(0);
        summary_reset_peak();
        uint64_t before = summary_peak();
        double began = cpu_seconds();
        must_ok(rule_derive(collect_facts(c), NULL, a, &part, &e), &e);
        double took = cpu_seconds() - began;
        out->seconds = took < out->seconds ? took : out->seconds;
        out->nodes = part.nnodes;
        out->edges = part.nedges;
        if (round == 0)
            out->peak_bytes = summary_peak() - before;
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
           "\"peak_bytes_per_pod\":%.0f}\n",
           out->pods, f->namespaces.n, f->serviceaccounts.n, f->bindings.n, out->seconds,
           out->nodes, out->edges, (double)out->edges / (double)out->pods,
           (double)out->peak_bytes / (double)out->pods);
}

/* --- the naive peer ------------------------------------------------------------------------ */

/* A right, and the objects that each get an edge of their own. */
static const struct {
    const char *verb, *group, *resource, *subresource;
    enum { PODS, SECRETS, ACCOUNTS, CONFIGMAPS, WORKLOADS, NODES, ROLES } over;
} rights[] = {
    {"create", "", "pods", "exec", PODS},
    {"get", "", "pods", "exec", PODS},
    {"create", "", "pods", "attach", PODS},
    {"patch", "", "pods", "", PODS},
    {"patch", "", "pods", "ephemeralcontainers", PODS},
    {"get", "", "pods", "log", PODS},
    {"get", "", "secrets", "", SECRETS},
    {"list", "", "secrets", "", SECRETS},
    {"create", "", "serviceaccounts", "token", ACCOUNTS},
    {"impersonate", "", "serviceaccounts", "", ACCOUNTS},
    {"create", "", "pods", "", NODES}, /* a pod of one's own lands on any of them */
    {"create", "apps", "deployments", "", NODES},
    {"create", "apps", "daemonsets", "", NODES},
    {"create", "batch", "jobs", "", NODES},
    {"patch", "apps", "deployments", "", WORKLOADS},
    {"get", "", "configmaps", "", CONFIGMAPS},
    {"get", "", "nodes", "proxy", NODES},
    {"bind", "rbac.authorization.k8s.io", "roles", "", ROLES},
    {"escalate", "rbac.authorization.k8s.io", "roles", "", ROLES},
};

struct pair {
    const void *binding, *object;
    uint32_t right;
};

static void members(const struct facts *f, unsigned over, const char **v, size_t *n, size_t *size)
{
#define LIST(kind, list)                                                                           \
    case kind:                                                                                     \
        *v = (const char *)f->list.v;                                                              \
        *n = f->list.n;                                                                            \
        *size = sizeof(*f->list.v);                                                                \
        break
    switch (over) {
        LIST(PODS, pods);
        LIST(SECRETS, secrets);
        LIST(ACCOUNTS, serviceaccounts);
        LIST(CONFIGMAPS, configmaps);
        LIST(WORKLOADS, workloads);
        LIST(NODES, nodes);
        LIST(ROLES, roles);
    default:
        *n = 0;
    }
#undef LIST
}

/* Every binding asked about every object, right by right. */
static size_t naive(const struct facts *f)
{
    GArray *edges = g_array_new(FALSE, FALSE, sizeof(struct pair));

    for (size_t i = 0; i < f->bindings.n; i++)
        for (uint32_t r = 0; r < ARRAY_LEN(rights); r++) {
            const struct fact_binding *b = &f->bindings.v[i];
            const char *v = NULL;
            size_t n, size = 0;
            uint32_t rule;

            members(f, rights[r].over, &v, &n, &size);
            for (size_t k = 0; k < n; k++) {
                const struct meta *m = (const struct meta *)(v + k * size);
                bool own = rights[r].over == NODES; /* the request is not about the node */
                struct rbac_request q = {.verb = rights[r].verb,
                                         .group = rights[r].group,
                                         .resource = rights[r].resource,
                                         .subresource = rights[r].subresource,
                                         .ns = own ? b->meta.ns : m->ns,
                                         .name = own ? "" : m->name};

                if (rbac_binding_allows(b, &q, &rule)) {
                    struct pair p = {b, m, r};
                    g_array_append_val(edges, p);
                }
            }
        }
    size_t n = edges->len;
    g_array_free(edges, TRUE);
    return n;
}

/* What the same rights are for us: edges from permission sets, and the sets that they lead to. */
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

    printf("{\"bench\":\"derive/naive\",\"pods\":%zu,\"seconds\":%.4f,\"naive_seconds\":%.4f,"
           "\"ratio_seconds\":%.1f,\"edges\":%zu,\"rights_edges\":%zu,\"naive_edges\":%zu,"
           "\"ratio_edges\":%.1f}\n",
           ours.pods, ours.seconds, took, took / ours.seconds, ours.edges, mine, theirs,
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
