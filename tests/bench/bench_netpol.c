/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network policy engine on made-up clusters: classes, time and memory of netpol_new by size,
 * on shapes that split classes as far as they go, and against the direct reading of the API's text
 * that asks about each pair of pods.
 *
 *     bench_netpol [PODS]      10,000 and ten times as many
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/derive/netpol.h"
#include "ingest/derive/netreach.h"
#include "ingest/summary.h"
#include "tests/oracle/netpol_oracle.h"

enum { ROUNDS = 3, LARGE = 50000, NAIVE_PODS = 1000, PORT = 8080 };

/* What a cluster is like; the first three figures and nothing else: as in the reference study. */
struct shape {
    const char *name;
    size_t pods, namespaces, policies;
    bool pod_labels;        /* each pod has a label of its own, which policies name */
    bool pod_blocks;        /* policies name single addresses of pods */
    bool blocks_match_pods; /* as netpol_new */
};

struct world {
    const struct shape *shape;
    struct facts *f;
    struct arena *a;
};

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the cluster --------------------------------------------------------------------------- */

static const struct label *labels(struct world *w, size_t *n, const char *key, const char *value,
                                  const char *key2, const char *value2)
{
    struct label *l = arena_calloc(w->a, 4, sizeof(*l));

    l[0] = (struct label){key, value};
    *n = 1;
    if (key2)
        l[(*n)++] = (struct label){key2, value2};
    return l;
}

static struct fact_selector selector(struct world *w, const char *key, const char *value)
{
    struct fact_selector s = {0};

    if (key)
        s.labels = labels(w, &s.nlabels, key, value, NULL, NULL);
    return s;
}

static struct fact_netpeer pods_with(struct world *w, const char *key, const char *value)
{
    return (struct fact_netpeer){.by_pod = true, .pods = selector(w, key, value)};
}

static struct fact_netpeer namespaces_with(struct world *w, const char *key, const char *value)
{
    return (struct fact_netpeer){.by_namespace = true, .namespaces = selector(w, key, value)};
}

static struct fact_netpeer block_of(struct world *w, uint32_t address, uint8_t bits)
{
    struct fact_cidr *c = arena_calloc(w->a, 1, sizeof(*c));

    *c = (struct fact_cidr){.bits = bits};
    for (size_t i = 0; i < 4; i++)
        c->addr[i] = (uint8_t)(address >> (24 - 8 * i));
    return (struct fact_netpeer){.blocks = c, .nblocks = 1};
}

static struct fact_netport port(const char *name, int32_t from, int32_t to)
{
    return (struct fact_netport){.name = name, .protocols = NET_TCP, .from = from, .to = to};
}

static struct fact_netrule rule(struct world *w, struct fact_netpeer peer, struct fact_netport p)
{
    struct fact_netpeer *peers = arena_calloc(w->a, 1, sizeof(*peers));
    struct fact_netport *ports = arena_calloc(w->a, 1, sizeof(*ports));
    bool all = !p.from && !*p.name;

    *peers = peer;
    *ports = p;
    return (struct fact_netrule){
        .name = "", .peers = peers, .npeers = 1, .ports = ports, .nports = !all, .any_port = all};
}

static void add_policy(struct world *w, size_t ns, const char *name, struct fact_netpeer subject,
                       bool in, bool out, const struct fact_netrule *rules, size_t n)
{
    struct fact_netrule *own = arena_calloc(w->a, n + 1, sizeof(*own));
    struct fact_netpol p = {.kind = "NetworkPolicy",
                            .tier = NET_NAMESPACED,
                            .subject = subject,
                            .isolates_ingress = in,
                            .isolates_egress = out};

    p.meta = (struct meta){.ns = arena_printf(w->a, "ns%03zu", ns),
                           .name = name,
                           .uid = "",
                           .owner_kind = "",
                           .owner_name = ""};
    memcpy(own, rules, n * sizeof(*own));
    if (out) {
        p.egress = own;
        p.negress = n;
    } else {
        p.ingress = own;
        p.ningress = n;
    }
    FACTS_ADD(w->f, netpols, p);
}

static const char *const teams[] = {"red", "blue", "green", "grey"};
static const char *const envs[] = {"prod", "dev", "stage"};
static const char *const tiers[] = {"fe", "be", "db"};

static uint32_t address_of(size_t pod)
{
    return (10u << 24) + 1 + (uint32_t)pod;
}

/* The i-th policy of a namespace: six kinds, then those of the shape. */
static void policy(struct world *w, size_t ns, size_t i)
{
    const struct shape *s = w->shape;
    struct fact_netpeer all = pods_with(w, NULL, NULL);
    size_t pod = (ns + i * s->namespaces) % s->pods, other = (pod + s->namespaces) % s->pods;
    struct fact_netrule r[3] = {0};

    if (i == 0) {
        add_policy(w, ns, "default-deny", all, true, false, r, 0);
    } else if (s->pod_labels || s->pod_blocks) {
        const char *self = arena_printf(w->a, "pod%zu", pod);
        r[0] = s->pod_blocks ? rule(w, block_of(w, address_of(other), 32), port("", 443, 443))
                             : rule(w, pods_with(w, "pod", arena_printf(w->a, "pod%zu", other)),
                                    port("", 443, 443));
        add_policy(w, ns, arena_printf(w->a, "one%zu", i),
                   s->pod_labels ? pods_with(w, "pod", self) : all, true, false, r, 1);
    } else if (i == 1) {
        struct fact_netpeer dns = namespaces_with(w, "kubernetes.io/metadata.name", "ns000");
        dns.by_pod = true;
        dns.pods = selector(w, "app", "app0");
        r[0] = rule(w, dns, port("", 53, 53));
        add_policy(w, ns, "allow-dns", all, false, true, r, 1);
    } else if (i == 2) {
        r[0] = rule(w, namespaces_with(w, "team", teams[(ns + 1) % 4]), port("http", 0, 0));
        add_policy(w, ns, "fe-in", pods_with(w, "tier", "fe"), true, false, r, 1);
    } else if (i == 3) {
        r[0] = rule(w, pods_with(w, "tier", "fe"), port("http", 0, 0));
        add_policy(w, ns, "fe-be", pods_with(w, "tier", "be"), true, false, r, 1);
    } else if (i == 4) {
        r[0] = rule(w, all, port("", 0, 0));
        r[1] = rule(w, namespaces_with(w, "env", envs[(ns + 1) % 3]), port("", 80, 9000));
        r[2] = rule(w, block_of(w, 0, 0), port("", 443, 443));
        add_policy(w, ns, "out", pods_with(w, "tier", "fe"), false, true, r, 3);
    } else {
        r[0] = rule(w, pods_with(w, "tier", "be"), port("", 5432, 5432));
        add_policy(w, ns, arena_printf(w->a, "be-db%zu", i), pods_with(w, "tier", "db"), true,
                   false, r, 1);
    }
}

static void add_pod(struct world *w, size_t i)
{
    size_t ns = i % w->shape->namespaces, app = i / w->shape->namespaces % 3;
    const char **ip = arena_calloc(w->a, 1, sizeof(*ip));
    struct fact_container *c = arena_calloc(w->a, 1, sizeof(*c));
    struct fact_port *ports = arena_calloc(w->a, 2, sizeof(*ports));
    struct fact_pod p = {.node = "n",
                         .service_account = "default",
                         .phase = "Running",
                         .runtime_class = "",
                         .workload_kind = "",
                         .workload_name = ""};
    uint32_t address = address_of(i);

    *ip = arena_printf(w->a, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
                       address & 255);
    ports[0] = (struct fact_port){"http", "TCP", app ? 80 : PORT, 0, ""};
    ports[1] = (struct fact_port){"data", "TCP", app == 2 ? 5432 : 443, 0, ""};
    *c = (struct fact_container){
        .name = "c", .image = "", .id = "", .target = "", .ports = ports, .nports = 2};
    p.meta = (struct meta){.ns = arena_printf(w->a, "ns%03zu", ns),
                           .name = arena_printf(w->a, "pod%zu", i),
                           .uid = "",
                           .owner_kind = "",
                           .owner_name = ""};
    p.meta.labels =
        labels(w, &p.meta.nlabels, "app", arena_printf(w->a, "app%zu", app), "tier", tiers[app]);
    struct label *own = (struct label *)(uintptr_t)p.meta.labels; /* there is room */
    own[p.meta.nlabels++] = (struct label){"pod", p.meta.name};
    p.pod_ip = *ip;
    p.pod_ips = (struct texts){ip, 1};
    p.containers = c;
    p.ncontainers = 1;
    FACTS_ADD(w->f, pods, p);
}

static void make(struct world *w)
{
    for (size_t i = 0; i < w->shape->namespaces; i++) {
        struct fact_namespace n = {.meta = {.ns = "",
                                            .name = arena_printf(w->a, "ns%03zu", i),
                                            .uid = "",
                                            .owner_kind = "",
                                            .owner_name = ""}};
        n.meta.labels = labels(w, &n.meta.nlabels, "team", teams[i % 4], "env", envs[i % 3]);
        FACTS_ADD(w->f, namespaces, n);
    }
    for (size_t i = 0; i < w->shape->pods; i++)
        add_pod(w, i);
    for (size_t i = 0; i < w->shape->policies; i++)
        policy(w, i % w->shape->namespaces, i / w->shape->namespaces);
    facts_index(w->f);
}

/* --- what is measured ---------------------------------------------------------------------- */

static void count_port(void *arg, const struct netreach_port *p)
{
    (void)p;
    ++*(size_t *)arg;
}

/* The graph of who reaches which port: its edges are one for each pod (NETNS_SHARE), those of
 * segments to sets, and those of sets to their ports. */
static void measure_reach(const struct shape *s, struct facts *f)
{
    AUTO(arena) a = arena_new();
    AUTO(draft) d = draft_new(a, "c");
    malloc_trim(0);
    summary_reset_peak();
    uint64_t before = summary_peak();
    double began = cpu_seconds();
    AUTO(ports) ps = ports_new(f);
    AUTO(netreach) nr = netreach_new(f, ps, d);
    size_t segments = netreach_segments(nr), sets = netreach_sets(nr), edges = f->pods.n;

    for (uint32_t i = 0; i < segments; i++)
        for (uint32_t k = 0; k < sets; k++)
            edges += netreach_reaches(nr, i, k);
    double took = cpu_seconds() - began;
    uint64_t bytes = summary_peak() - before;
    for (uint32_t k = 0; k < sets; k++)
        if (!netreach_single(nr, k))
            netreach_ports(nr, k, count_port, &edges);
    printf("{\"bench\":\"netreach/%s\",\"pods\":%zu,\"policies\":%zu,\"segments\":%zu,"
           "\"sets\":%zu,\"edges\":%zu,\"ratio_pairs_to_edges\":%.0f,\"seconds\":%.3f,"
           "\"megabytes\":%.0f}\n",
           s->name, s->pods, s->policies, segments, sets, edges,
           (double)f->pods.n * (double)f->pods.n / (double)edges, took, (double)bytes / 1e6);
}

static void measure(const struct shape *s)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct world w = {s, f, a};
    double best = 1e9;
    uint64_t bytes = 0;
    size_t classes = 0, points = 0;

    make(&w);
    for (int round = 0; round < (s->pods < LARGE ? ROUNDS : 1); round++) {
        malloc_trim(0);
        summary_reset_peak();
        uint64_t before = summary_peak();
        double began = cpu_seconds();
        AUTO(netpol) np = netpol_new(f, s->blocks_match_pods);
        double took = cpu_seconds() - began;

        best = took < best ? took : best;
        bytes = round ? bytes : summary_peak() - before;
        classes = netclass_pod_points(netpol_classes(np));
        points = netclass_points(netpol_classes(np));
    }
    printf("{\"bench\":\"netpol/%s\",\"pods\":%zu,\"namespaces\":%zu,\"policies\":%zu,"
           "\"classes\":%zu,\"points\":%zu,\"seconds\":%.3f,\"bytes_per_pod\":%.0f}\n",
           s->name, s->pods, s->namespaces, s->policies, classes, points, best,
           (double)bytes / (double)s->pods);
    if (s->blocks_match_pods) /* as the default profile has it */
        measure_reach(s, f);
}

/* Whether each pod reaches one port of each other, by classes and by asking about each pair. */
static bool against_naive(const struct shape *s)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct world w = {s, f, a};
    size_t mine = 0, theirs = 0;

    make(&w);
    double began = cpu_seconds();
    AUTO(netpol) np = netpol_new(f, true);
    const struct netclass *nc = netpol_classes(np);
    size_t n = netclass_pod_points(nc);
    g_autofree uint64_t *set = g_new0(uint64_t, netports_words(netpol_ports(np)));
    g_autofree size_t *count = g_new0(size_t, n);
    for (size_t i = 0; i < f->pods.n; i++)
        count[netclass_of_pod(nc, i)]++;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++) {
            netpol_pair(np, i, k, set);
            mine += netports_has(netpol_ports(np), set, NET_TCP, PORT) ? count[i] * count[k] : 0;
        }
    double ours = cpu_seconds() - began;

    struct netpol_oracle o = {f, true, NULL};
    g_autofree struct netpol_oracle_end *ends = g_new0(struct netpol_oracle_end, f->pods.n);
    began = cpu_seconds();
    for (size_t i = 0; i < f->pods.n; i++)
        ends[i] = netpol_oracle_pod(&f->pods.v[i]);
    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t k = 0; k < f->pods.n; k++)
            theirs += netpol_oracle_open(&o, &ends[i], &ends[k], NET_TCP, PORT);
    double naive = cpu_seconds() - began;
    printf("{\"bench\":\"netpol/naive\",\"pods\":%zu,\"namespaces\":%zu,\"policies\":%zu,"
           "\"classes\":%zu,\"open_pairs\":%zu,\"seconds\":%.4f,\"naive_seconds\":%.2f,"
           "\"ratio_seconds\":%.0f}\n",
           s->pods, s->namespaces, s->policies, n, mine, ours, naive, naive / ours);
    if (mine != theirs)
        fprintf(stderr, "bench_netpol: %zu open pairs, the oracle has %zu\n", mine, theirs);
    return mine == theirs;
}

int main(int argc, char **argv)
{
    size_t pods = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 10000;
    size_t spaces = pods / 50 ? pods / 50 : 1, few = pods / 10;
    const struct shape shapes[] = {
        {"study", pods, spaces, spaces * 516 / 100, false, false, false},
        {"study_blocks", pods, spaces, spaces * 516 / 100, false, false, true},
        {"large", 10 * pods, 5 * spaces, pods / 2, false, false, true},
        {"pod_labels", pods, spaces, few, true, false, true},
        {"every_pod_a_label", pods, spaces, pods, true, false, true},
        {"pod_blocks", pods, spaces, few, false, true, true},
        {"every_pod_a_block", pods, spaces, pods, false, true, true},
        {"one_namespace", pods, 1, pods / 2, true, false, true},
    };
    const struct shape small = {"naive", NAIVE_PODS, 20, 103, false, false, true};

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        measure(&shapes[i]);
    return against_naive(&small) ? EXIT_SUCCESS : EXIT_FAILURE;
}
