/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queries on a generated graph against igraph on the same graph in the same run.
 *
 *     bench_queries [--pods N] [--per-cluster N] [--no-igraph]
 *
 * Answers are compared before anything is timed; a disagreement ends the run with status 1.
 * --no-igraph leaves only our own work, for a profiler that counts instructions. */
#include <stdio.h>
#include <time.h>

#include "queries/ig.h"
#include "queries/reach.h"
#include "queries/risk.h"
#include "tests/bench/kgen.h"

enum { ROUNDS = 5, LARGE_SHARE = 10 };

struct bench {
    struct kgen gen;
    struct graph *g;
    struct ig *ig;
    struct scratch *s;
    node_ix *ix;              /* node of each source */
    size_t *reach;            /* nodes that it reaches */
    size_t largest;           /* of them */
    double *ours, *theirs;    /* milliseconds by source */
    uint32_t *hops, *ig_hops; /* by row */
    uint32_t *row;            /* of a node */
};

/* Time of the processor, so that a busy machine does not decide who waits. */
static double ms_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double *v, size_t n, double q)
{
    if (!n)
        return 0;
    qsort(v, n, sizeof(*v), by_value);
    return v[(size_t)(q * (double)(n - 1) + 0.5)];
}

static void die(const char *what)
{
    fprintf(stderr, "bench_queries: %s\n", what);
    exit(EXIT_FAILURE);
}

static void must_ok(bool ok, const struct err *e)
{
    if (!ok)
        die(e->msg);
}

/* Known answers of the generator: sums over its 200 sources, themselves included. */
static void check_reference(const struct bench *b, uint32_t pods, size_t reached, size_t hops)
{
    static const struct {
        uint32_t pods;
        size_t nodes, edges, reached, hops;
    } known[] = {
        {4800, 10334, 93250, 842950, 7052178},
        {48000, 103202, 946264, 3047534, 27665262},
        {480000, 1031932, 9565708, 6608338, 84447881},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].pods == pods && (known[i].nodes != b->gen.n || known[i].edges != b->gen.m ||
                                      known[i].reached != reached || known[i].hops != hops)) {
            fprintf(stderr, "nodes %zu edges %zu reached %zu hops %zu\n", b->gen.n, b->gen.m,
                    reached, hops);
            die("the reference answers do not agree");
        }
}

/* Runs every source once, remembers its reach; with igraph, compares node by node. */
static void check_answers(struct bench *b, uint32_t pods, bool reference)
{
    struct filter f = {0};
    size_t reached = 0, hops = 0;
    struct err e;

    for (uint32_t i = 0; i < b->gen.nsources; i++) {
        struct blast_set set;
        size_t theirs = 0;

        must_ok(blast_reach(b->g, b->ix[i], false, &f, NULL, b->s, &set, &e), &e);
        b->reach[i] = set.count;
        b->largest = set.count > b->largest ? set.count : b->largest;
        reached += set.count;
        for (size_t k = 0; k < set.count; k++) {
            hops += set.steps[k].hops;
            b->hops[b->row[set.steps[k].node]] = set.steps[k].hops;
        }
        if (!b->ig)
            continue;
        must_ok(ig_bfs(b->ig, b->gen.sources[i], NULL, &theirs, b->ig_hops, NULL, &e), &e);
        if (theirs != set.count)
            die("igraph reaches another number of nodes");
        for (size_t k = 0; k < set.count; k++)
            if (b->ig_hops[b->row[set.steps[k].node]] != set.steps[k].hops)
                die("igraph counts other hops");
    }
    if (reference)
        check_reference(b, pods, reached, hops);
    printf("{\"bench\":\"check\",\"sources\":%u,\"reached\":%zu,\"hops\":%zu,\"largest\":%zu,"
           "\"igraph\":%s}\n",
           b->gen.nsources, reached, hops, b->largest, b->ig ? "\"agrees\"" : "null");
}

/* Best of a few rounds of one question about one source, in milliseconds. */
#define BEST_MS(out, question)                                                                     \
    do {                                                                                           \
        (out) = INFINITY;                                                                          \
        for (int round = 0; round < ROUNDS; round++) {                                             \
            double began = ms_now();                                                               \
            question;                                                                              \
            double took = ms_now() - began;                                                        \
            (out) = took < (out) ? took : (out);                                                   \
        }                                                                                          \
    } while (0)

enum question { ASK_REACH, ASK_RADIUS, ASK_RISK };

static void ask(struct bench *b, enum question q, node_ix v)
{
    static const struct filter all;
    struct err e;

    if (q == ASK_REACH) {
        struct blast_set set;
        must_ok(blast_reach(b->g, v, false, &all, NULL, b->s, &set, &e), &e);
        return;
    }
    AUTO(arena) a = arena_new();
    struct blast blast;
    struct risk risk;
    if (q == ASK_RADIUS)
        must_ok(blast_radius(b->g, v, false, &all, NULL, b->s, a, &blast, &e), &e);
    else
        must_ok(risk_of(b->g, v, &all, NULL, 3, b->s, a, &risk, &e), &e);
}

/* One line for the sources of one size: ours, theirs, the ratio of the medians. */
static void print_group(struct bench *b, const char *name, bool large)
{
    double *ours = must_malloc(b->gen.nsources * sizeof(*ours));
    double *theirs = must_malloc(b->gen.nsources * sizeof(*theirs));
    size_t n = 0;

    for (uint32_t i = 0; i < b->gen.nsources; i++)
        if ((b->reach[i] * LARGE_SHARE > b->largest) == large) {
            ours[n] = b->ours[i];
            theirs[n++] = b->theirs[i];
        }
    double median = quantile(ours, n, 0.5), p95 = quantile(ours, n, 0.95);
    printf("{\"bench\":\"%s/%s\",\"sources\":%zu,\"median_ms\":%.5f,\"p95_ms\":%.5f", name,
           large ? "large" : "small", n, median, p95);
    if (b->ig && n) {
        double other = quantile(theirs, n, 0.5);
        printf(",\"igraph_bfs_ms\":%.5f,\"ratio\":%.1f", other, other / median);
    }
    puts("}");
    free(ours);
    free(theirs);
}

static void time_question(struct bench *b, enum question q, const char *name)
{
    double total = 0;

    for (uint32_t i = 0; i < b->gen.nsources; i++) {
        BEST_MS(b->ours[i], ask(b, q, b->ix[i]));
        total += b->ours[i];
    }
    print_group(b, name, false);
    print_group(b, name, true);
    printf("{\"bench\":\"%s/all\",\"sources\":%u,\"per_second\":%.0f}\n", name, b->gen.nsources,
           1000 * b->gen.nsources / total);
}

static void time_igraph(struct bench *b)
{
    struct err e;

    for (uint32_t i = 0; b->ig && i < b->gen.nsources; i++)
        BEST_MS(b->theirs[i], {
            size_t n;
            must_ok(ig_bfs(b->ig, b->gen.sources[i], NULL, &n, NULL, NULL, &e), &e);
        });
}

/* Probabilities from ours and igraph's Dijkstra, for a few large sources. */
static void time_weighted(struct bench *b)
{
    double *distance = must_malloc(b->gen.n * sizeof(*distance)), ours[8], theirs[8];
    struct filter f = {0};
    size_t n = 0;
    struct err e;

    for (uint32_t i = 0; b->ig && i < b->gen.nsources && n < ARRAY_LEN(ours); i++) {
        AUTO(arena) a = arena_new();
        struct blast blast;

        if (b->reach[i] * LARGE_SHARE <= b->largest)
            continue;
        ours[n] = b->ours[i];
        double began = ms_now();
        must_ok(ig_dijkstra(b->ig, b->gen.sources[i], distance, &e), &e);
        theirs[n++] = ms_now() - began;
        must_ok(blast_radius(b->g, b->ix[i], false, &f, NULL, b->s, a, &blast, &e), &e);
        for (size_t k = 0; k < blast.count; k++)
            if (fabs(blast.hits[k].p - exp(-distance[b->row[blast.hits[k].node]] / 1000)) > 1e-12)
                die("igraph's Dijkstra finds other probabilities");
    }
    if (n)
        printf("{\"bench\":\"blast_radius/large\",\"sources\":%zu,\"median_ms\":%.5f,"
               "\"igraph_dijkstra_ms\":%.5f,\"ratio\":%.1f,\"igraph\":\"agrees\"}\n",
               n, quantile(ours, n, 0.5), quantile(theirs, n, 0.5),
               quantile(theirs, n, 0.5) / quantile(ours, n, 0.5));
    free(distance);
}

static void time_limited(struct bench *b)
{
    struct filter f = {.max_hops = 10};
    double ms[8];
    size_t n = 0, reached = 0;
    struct err e;

    for (uint32_t i = 0; i < b->gen.nsources && n < ARRAY_LEN(ms); i++) {
        AUTO(arena) a = arena_new();
        struct blast blast;

        if (b->reach[i] * LARGE_SHARE <= b->largest)
            continue;
        double began = ms_now();
        must_ok(blast_radius(b->g, b->ix[i], false, &f, NULL, b->s, a, &blast, &e), &e);
        ms[n++] = ms_now() - began;
        reached += blast.count;
    }
    if (n)
        printf("{\"bench\":\"blast_radius/large/max_hops=10\",\"sources\":%zu,\"median_ms\":%.5f,"
               "\"max_ms\":%.5f,\"reached\":%zu}\n",
               n, quantile(ms, n, 0.5), quantile(ms, n, 1), reached);
}

static void time_reach(struct bench *b)
{
    static const char *const answers[] = {"no", "possible", "yes"};
    struct filter f = {0};
    size_t count[3] = {0}, n = 0;
    double ms[3] = {0};
    struct err e;

    for (uint32_t i = 0; i < b->gen.nsources; i++)
        for (uint32_t k = 0; k < 5; k++, n++) {
            AUTO(arena) a = arena_new();
            node_ix to = graph_jewels(b->g, &(size_t){0})[(i * 5 + k) % b->gen.njewels];
            struct reach r;
            double began = ms_now();

            must_ok(reach_pair(b->g, b->ix[i], to, &f, NULL, b->s, a, &r, &e), &e);
            ms[r.answer] += ms_now() - began;
            count[r.answer]++;
        }
    for (unsigned k = 0; k < 3; k++)
        if (count[k])
            printf("{\"bench\":\"reach_pair/%s\",\"pairs\":%zu,\"mean_ms\":%.5f}\n", answers[k],
                   count[k], ms[k] / (double)count[k]);
}

static void build(struct bench *b, uint32_t pods, uint32_t per_cluster, bool with_igraph)
{
    AUTO(arena) a = arena_new();
    struct err e;

    b->gen = kgen_make(pods, per_cluster);
    struct part p = kgen_part(&b->gen, a);
    double began = ms_now();
    b->g = graph_new(&p, 1, NULL, &e);
    must_ok(b->g, &e);
    double built = ms_now() - began;
    double bytes = (double)graph_bytes(b->g), m = (double)b->gen.m;
    struct graph_size size = graph_size(b->g);
    printf("{\"bench\":\"graph_new\",\"nodes\":%zu,\"edges\":%zu,\"ms\":%.1f,\"ns_per_item\":%.1f,"
           "\"bytes_per_edge\":{\"all\":%.1f,\"walk\":%.1f,\"evidence\":%.1f,\"nodes\":%.1f}}\n",
           b->gen.n, b->gen.m, built, built * 1e6 / m, bytes / m, (double)size.walk / m,
           (double)size.evidence / m, (double)(size.columns + size.text) / m);

    b->s = scratch_new();
    b->ix = must_malloc(b->gen.nsources * sizeof(*b->ix));
    b->reach = must_calloc(b->gen.nsources, sizeof(*b->reach));
    b->ours = must_calloc(b->gen.nsources, sizeof(*b->ours));
    b->theirs = must_calloc(b->gen.nsources, sizeof(*b->theirs));
    b->hops = must_malloc(b->gen.n * sizeof(*b->hops));
    b->ig_hops = must_malloc(b->gen.n * sizeof(*b->ig_hops));
    b->row = must_malloc(b->gen.n * sizeof(*b->row));
    for (uint32_t i = 0; i < b->gen.n; i++)
        b->row[graph_find(b->g, p.nodes[i].key)] = i;
    for (uint32_t i = 0; i < b->gen.nsources; i++)
        b->ix[i] = graph_find(b->g, p.nodes[b->gen.sources[i]].key);
    if (!with_igraph)
        return;
    uint32_t *src = must_malloc(b->gen.m * sizeof(*src)),
             *dst = must_malloc(b->gen.m * sizeof(*dst));
    double *weight = must_malloc(b->gen.m * sizeof(*weight));
    for (size_t i = 0; i < b->gen.m; i++) {
        src[i] = b->gen.edges[i].src;
        dst[i] = b->gen.edges[i].dst;
        weight[i] = (double)lround(
            -1000 * log(kinds_class_probability((enum edge_class)b->gen.edges[i].class)));
    }
    began = ms_now();
    b->ig = ig_new(&(struct ig_edges){(uint32_t)b->gen.n, b->gen.m, src, dst, weight}, &e);
    must_ok(b->ig, &e);
    printf("{\"bench\":\"igraph_create\",\"ms\":%.1f,\"bytes_per_edge\":%.1f}\n", ms_now() - began,
           (double)ig_bytes(b->ig) / m);
    free(src);
    free(dst);
    free(weight);
}

static void done(struct bench *b)
{
    kgen_done(&b->gen);
    graph_free(b->g);
    ig_free(b->ig);
    scratch_free(b->s);
    free(b->ix);
    free(b->reach);
    free(b->ours);
    free(b->theirs);
    free(b->hops);
    free(b->ig_hops);
    free(b->row);
}

int main(int argc, char **argv)
{
    uint32_t pods = 48000, per_cluster = 20000;
    bool with_igraph = true;
    struct bench b = {0};

    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;

        if (strcmp(argv[i], "--no-igraph") == 0)
            with_igraph = false;
        else if (strcmp(argv[i], "--pods") == 0 && value)
            pods = (uint32_t)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--per-cluster") == 0 && value)
            per_cluster = (uint32_t)strtoul(argv[++i], NULL, 10);
        else
            pods = 0;
    }
    if (pods < 300 || pods > 10000000 || per_cluster < 300) {
        fputs("usage: bench_queries [--pods 300..10000000] [--per-cluster N] [--no-igraph]\n",
              stderr);
        return 2;
    }
    build(&b, pods, per_cluster, with_igraph);
    check_answers(&b, pods, per_cluster == 20000);
    time_igraph(&b);
    time_question(&b, ASK_REACH, "blast_reach");
    time_question(&b, ASK_RADIUS, "blast_radius");
    time_weighted(&b);
    time_question(&b, ASK_RISK, "risk_of");
    time_limited(&b);
    time_reach(&b);
    done(&b);
    return EXIT_SUCCESS;
}
