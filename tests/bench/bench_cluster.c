/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole way for a generated cluster: seconds and peak memory of each stage, then blast radius
 * on the derived graph against igraph on the same graph in the same run.
 *
 *     bench_cluster FOLDER     (as written by gen_cluster; GRAPHD_TEST_DATABASE for store and load)
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ingest/collect.h"
#include "ingest/derive/rule.h"
#include "ingest/kind.h"
#include "ingest/trim.h"
#include "queries/ig.h"
#include "queries/risk.h"
#include "schema/migrate.h"
#include "schema/store.h"

enum { SOURCES = 400, ROUNDS = 3, LARGE_SHARE = 10 };

static void must_ok(bool ok, const struct err *e)
{
    if (!ok) {
        fprintf(stderr, "bench_cluster: %s\n", e->msg);
        exit(EXIT_FAILURE);
    }
}

static double clock_s(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* From now on VmHWM means the peak since this call. */
static void forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "5", 1) != 1)
        fprintf(stderr, "bench_cluster: peaks include earlier stages\n");
    if (fd >= 0)
        close(fd);
}

static double peak_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "re");

    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (f)
        fclose(f);
    return kb / 1024;
}

struct stage {
    double wall, cpu;
};

static struct stage stage_start(void)
{
    forget_peak();
    return (struct stage){clock_s(CLOCK_MONOTONIC), clock_s(CLOCK_PROCESS_CPUTIME_ID)};
}

static void stage_end(const char *name, struct stage s, const char *more)
{
    printf("{\"bench\":\"stage/%s\",\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"peak_mb\":%.0f%s}\n",
           name, clock_s(CLOCK_MONOTONIC) - s.wall, clock_s(CLOCK_PROCESS_CPUTIME_ID) - s.cpu,
           peak_mb(), more);
}

/* Reading alone, and reading with trimming: items are dropped as they come. */
struct trimmer {
    GHashTable *by_kind; /* const struct kind * -> struct trim * */
    GString *out;
    uint64_t kept;
};

static bool count_item(void *arg, const struct source_item *it, struct err *e)
{
    (void)it, (void)e;
    ++*(uint64_t *)arg;
    return true;
}

static bool trim_item(void *arg, const struct source_item *it, struct err *e)
{
    struct trimmer *t = arg;
    const struct kind *k = kind_find(it->api_version, it->kind);

    if (!k)
        return true;
    struct trim *trim = g_hash_table_lookup(t->by_kind, k);
    if (!trim) {
        trim = trim_new(kind_common, k->keep);
        g_hash_table_insert(t->by_kind, (gpointer)(uintptr_t)k, trim);
    }
    g_string_truncate(t->out, 0);
    if (!trim_object(trim, it->json, it->len, t->out, e))
        return false;
    t->kept += t->out->len;
    return true;
}

static bool listed(void *arg, const char *api, const char *kind, const char *file, struct err *e)
{
    (void)arg, (void)api, (void)kind, (void)file, (void)e;
    return true;
}

static bool version(void *arg, int major, int minor, const char *file, struct err *e)
{
    (void)arg, (void)major, (void)minor, (void)file, (void)e;
    return true;
}

static bool told(void *arg, const char *file, const char *what, const char *why, struct err *e)
{
    (void)arg, (void)what, (void)e;
    fprintf(stderr, "%s: %s\n", file, why);
    return true;
}

static bool skipped(void *arg, const char *file, const char *why, struct err *e)
{
    (void)arg, (void)file, (void)why, (void)e;
    return true;
}

static void free_trim(gpointer t)
{
    trim_free(t);
}

static void read_stages(const char *folder)
{
    uint64_t items = 0;
    struct trimmer t = {g_hash_table_new_full(NULL, NULL, NULL, free_trim), g_string_new(NULL), 0};
    struct source_sink sink = {&items, count_item, listed, version, told, skipped};
    struct source_figures fig = {0};
    char more[128];
    struct err e;

    struct stage s = stage_start();
    must_ok(source_read(folder, &source_defaults, &sink, &fig, &e), &e);
    double mb = (double)fig.bytes / 1e6, cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - s.cpu;
    snprintf(more, sizeof(more), ",\"mb\":%.1f,\"objects\":%llu,\"mb_per_second\":%.0f", mb,
             (unsigned long long)items, mb / cpu);
    stage_end("read", s, more);

    sink.arg = &t;
    sink.item = trim_item;
    s = stage_start();
    must_ok(source_read(folder, &source_defaults, &sink, &fig, &e), &e);
    cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - s.cpu;
    snprintf(more, sizeof(more), ",\"kept_mb\":%.1f,\"mb_per_second\":%.0f", (double)t.kept / 1e6,
             mb / cpu);
    stage_end("read+trim", s, more);
    g_hash_table_destroy(t.by_kind);
    g_string_free(t.out, TRUE);
}

static void store_stages(const struct part *part, struct arena *a, struct part *loaded)
{
    const char *url = getenv("GRAPHD_TEST_DATABASE");
    struct migrate_report report;
    struct store_result result;
    struct err e;

    if (!url || !*url) {
        puts("{\"bench\":\"stage/store\",\"skipped\":\"GRAPHD_TEST_DATABASE is not set\"}");
        *loaded = *part;
        return;
    }
    AUTO(db) bare = db_open_bare(url, &e);
    must_ok(bare && migrate_run(bare, &report, &e), &e);
    AUTO(db) db = db_open(url, &e);
    must_ok(db, &e);
    struct stage s = stage_start();
    must_ok(store_write(db, part, &result, &e), &e);
    stage_end("store", s, "");
    s = stage_start();
    must_ok(store_write(db, part, &result, &e), &e);
    stage_end("store/unchanged", s, result.changed ? ",\"changed\":true" : ",\"changed\":false");
    s = stage_start();
    must_ok(store_read(db, part->cluster, a, loaded, &e), &e);
    stage_end("load/rows", s, "");
}

/* What of the graph is walked, for igraph. */
static struct ig *twin(const struct graph *g, uint32_t *src, uint32_t *dst)
{
    struct ig_edges all = {.n = (uint32_t)graph_nodes(g), .src = src, .dst = dst};
    struct err e;

    for (edge_ix i = 0; i < graph_edges(g); i++) {
        struct graph_edge edge = graph_edge(g, i);
        if (edge.verdict == VERDICT_BLOCKED)
            continue;
        src[all.m] = edge.src;
        dst[all.m++] = edge.dst;
    }
    struct ig *ig = ig_new(&all, &e);
    must_ok(ig, &e);
    return ig;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), by_value);
    return n ? v[n / 2] : 0;
}

#define BEST(out, question)                                                                        \
    do {                                                                                           \
        (out) = 1e9;                                                                               \
        for (int round = 0; round < ROUNDS; round++) {                                             \
            double began = clock_s(CLOCK_THREAD_CPUTIME_ID);                                       \
            question;                                                                              \
            double took = clock_s(CLOCK_THREAD_CPUTIME_ID) - began;                                \
            (out) = took < (out) ? took : (out);                                                   \
        }                                                                                          \
    } while (0)

struct sample {
    node_ix node;
    size_t reached;
    double set, radius, risk, igraph; /* seconds, best of a few rounds */
};

static void measure(const struct graph *g, struct ig *ig, struct scratch *sc, struct sample *x)
{
    static const struct filter all;
    struct blast_set set;
    size_t theirs;
    struct err e;

    BEST(x->set, must_ok(blast_reach(g, x->node, false, &all, NULL, sc, &set, &e), &e));
    x->reached = set.count;
    BEST(x->igraph, must_ok(ig_bfs(ig, x->node, NULL, &theirs, NULL, NULL, &e), &e));
    if (theirs != x->reached)
        must_ok(err_set(&e, ERR_BUG, "igraph reaches %zu nodes, we %zu", theirs, x->reached), &e);
    BEST(x->radius, {
        AUTO(arena) a = arena_new();
        struct blast b;
        must_ok(blast_radius(g, x->node, false, &all, NULL, sc, a, &b, &e), &e);
    });
    BEST(x->risk, {
        AUTO(arena) a = arena_new();
        struct risk r;
        must_ok(risk_of(g, x->node, &all, NULL, 3, sc, a, &r, &e), &e);
    });
}

static void print_group(const struct sample *all, size_t n, size_t largest, bool large)
{
    double set[SOURCES], radius[SOURCES], risk[SOURCES], ig[SOURCES];
    size_t k = 0, most = 0;

    for (size_t i = 0; i < n; i++)
        if ((all[i].reached * LARGE_SHARE > largest) == large) {
            set[k] = all[i].set, radius[k] = all[i].radius, risk[k] = all[i].risk;
            ig[k++] = all[i].igraph;
            most = all[i].reached > most ? all[i].reached : most;
        }
    double s = median(set, k), r = median(radius, k), i = median(ig, k);
    printf("{\"bench\":\"derived/%s\",\"sources\":%zu,\"largest\":%zu,\"blast_reach_us\":%.2f,"
           "\"blast_radius_us\":%.2f,\"risk_us\":%.2f,\"igraph_bfs_us\":%.2f,"
           "\"ratio_reach\":%.1f,\"ratio_radius\":%.1f}\n",
           large ? "large" : "small", k, most, s * 1e6, r * 1e6, median(risk, k) * 1e6, i * 1e6,
           k ? i / s : 0, k ? i / r : 0);
}

static void query_stage(const struct graph *g)
{
    static struct sample samples[SOURCES];
    uint32_t *src = must_malloc(graph_edges(g) * sizeof(*src));
    uint32_t *dst = must_malloc(graph_edges(g) * sizeof(*dst));
    AUTO(scratch) sc = scratch_new();
    AUTO(ig) ig = twin(g, src, dst);
    size_t n = 0, largest = 0, seen = 0, containers = 0;
    double radius = 0, risk = 0;

    for (node_ix v = 0; v < graph_nodes(g); v++)
        containers += graph_kind(g, v) == NODE_CONTAINER;
    for (node_ix v = 0; v < graph_nodes(g) && n < SOURCES; v++) {
        if (graph_kind(g, v) != NODE_CONTAINER || seen++ % (containers / SOURCES + 1))
            continue;
        samples[n].node = v;
        measure(g, ig, sc, &samples[n]);
        largest = samples[n].reached > largest ? samples[n].reached : largest;
        radius += samples[n].radius;
        risk += samples[n++].risk;
    }
    print_group(samples, n, largest, false);
    print_group(samples, n, largest, true);
    printf("{\"bench\":\"derived/all\",\"sources\":%zu,\"blast_radius_per_second\":%.0f,"
           "\"risk_per_second\":%.0f}\n",
           n, (double)n / radius, (double)n / risk);
    free(src);
    free(dst);
}

int main(int argc, char **argv)
{
    AUTO(arena) a = arena_new();
    AUTO(arena) b = arena_new();
    struct part part = {0}, loaded = {0};
    char more[160];
    struct err e;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_cluster FOLDER\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    read_stages(argv[1]);

    struct stage s = stage_start();
    AUTO(collect) c = collect_new(a, "bench");
    must_ok(collect_read(c, argv[1], &e), &e);
    collect_finish(c);
    const struct collect_figures *fig = collect_totals(c);
    snprintf(more, sizeof(more), ",\"objects\":%llu,\"kept_mb\":%.1f",
             (unsigned long long)fig->source.items, (double)fig->kept_bytes / 1e6);
    stage_end("collect (read, trim, parse, index)", s, more);

    s = stage_start();
    must_ok(rule_derive(collect_facts(c), NULL, a, &part, &e), &e);
    snprintf(more, sizeof(more), ",\"nodes\":%zu,\"edges\":%zu", part.nnodes, part.nedges);
    stage_end("derive", s, more);
    part.source = argv[1];
    part.coverage = "{\"complete\":true,\"missing\":[]}";
    part.taken_at = clock_now();
    part.objects = collect_objects(c, &part.nobjects);
    store_stages(&part, b, &loaded);

    s = stage_start();
    AUTO(graph) g = graph_new(&loaded, 1, NULL, &e);
    must_ok(g, &e);
    snprintf(more, sizeof(more), ",\"graph_mb\":%.1f", (double)graph_bytes(g) / 1e6);
    stage_end("load/graph", s, more);
    query_stage(g);
    return EXIT_SUCCESS;
}
