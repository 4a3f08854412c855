/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large tables of fixtures/netpol (scale_*), which are known by their SHA-256 and by how many pods
 * each pod reaches; written as a stream, within a bound of time and memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "ingest/ask_network.h"
#include "tests/support/load.h"
#include "tests/support/netpol_table.h"
#include "tests/test.h"

/* Far above what is needed (2 million rows: 2 s and 40 MB), and far below what pairs of pods would
 * need. */
enum { MOST_SECONDS = 60, MOST_BYTES_PER_ROW = 200, SPARE_MB = 1024 };

struct tally {
    size_t cases, agree, rows;
};

/* What has passed by so far. */
struct watch {
    GChecksum *sha;
    GString *line;
    GHashTable *reachable, *reaching; /* pod to count */
    size_t rows;
};

static void count(GHashTable *by_pod, const char *pod)
{
    size_t n = GPOINTER_TO_SIZE(g_hash_table_lookup(by_pod, pod)) + 1;

    if (n == 1)
        g_hash_table_insert(by_pod, g_strdup(pod), GSIZE_TO_POINTER(n));
    else
        g_hash_table_replace(by_pod, g_strdup(pod), GSIZE_TO_POINTER(n));
}

/* A row between two pods, "ns/name"; a range of addresses has no slash. */
static void see_line(struct watch *w)
{
    char *dst = strchr(w->line->str, '\t'), *conns = dst ? strchr(dst + 1, '\t') : NULL;

    if (conns && strcmp(conns, "\tconns") != 0) {
        *dst++ = *conns = '\0';
        w->rows++;
        if (strchr(w->line->str, '/') && strchr(dst, '/')) {
            count(w->reachable, w->line->str);
            count(w->reaching, dst);
        }
    }
    g_string_truncate(w->line, 0);
}

static ssize_t see(void *cookie, const char *buf, size_t len)
{
    struct watch *w = cookie;

    g_checksum_update(w->sha, (const guchar *)buf, (gssize)len);
    for (const char *at = buf, *end = buf + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        g_string_append_len(w->line, at, (stop ? stop : end) - at);
        if (!stop)
            break;
        see_line(w);
        at = stop + 1;
    }
    return (ssize_t)len;
}

static size_t known(GHashTable *by_pod, const char *pod)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(by_pod, pod));
}

/* expected_counts.tsv: peer pods_reachable pods_reaching.  Returns: how many pods differ. */
static size_t compare_counts(const char *dir, const struct watch *w)
{
    g_autofree char *path = g_build_filename(dir, "expected_counts.tsv", NULL), *text = NULL;
    size_t wrong = 0;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 1; lines[i]; i++) {
        g_auto(GStrv) c = g_strsplit(lines[i], "\t", 3);
        if (g_strv_length(c) == 3 &&
            (known(w->reachable, c[0]) != g_ascii_strtoull(c[1], NULL, 10) ||
             known(w->reaching, c[0]) != g_ascii_strtoull(c[2], NULL, 10)) &&
            wrong++ == 0)
            cr_expect_fail("%s: %s: ours %zu, %zu", dir, lines[i], known(w->reachable, c[0]),
                           known(w->reaching, c[0]));
    }
    return wrong;
}

static bool same_sha(const char *dir, const struct watch *w)
{
    g_autofree char *path = g_build_filename(dir, "expected.sha256", NULL), *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    bool same = g_str_has_prefix(text, g_checksum_get_string(w->sha));
    cr_expect(same, "%s: our SHA-256 is %s", dir, g_checksum_get_string(w->sha));
    return same;
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6;
}

static uint64_t peak_bytes(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)u.ru_maxrss * 1024;
}

static void write_table(const struct facts *f, const json_t *meta, struct watch *w)
{
    const json_t *mode = json_object_get(json_object_get(meta, "expected"), "expected_counts.tsv");
    struct ask_network_options o = {json_is_true(json_object_get(mode, "ipblock_selects_pods")),
                                    netpol_table_by_pod(meta)};
    FILE *out = fopencookie(w, "w", (cookie_io_functions_t){.write = see});

    cr_assert(out, "%s", strerror(errno));
    ask_network(f, &o, out, stderr);
    fclose(out);
}

static void try_case(struct tally *t, const char *dir)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    json_auto_t *meta = netpol_table_meta(dir);
    g_autofree char *path = g_build_filename(dir, "list.json", NULL);
    g_autoptr(GHashTable) reachable = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) reaching = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GChecksum) sha = g_checksum_new(G_CHECKSUM_SHA256);
    struct watch w = {sha, line, reachable, reaching, 0};

    cr_expect_eq(load_path(f, path), 0, "%s has gaps", path);
    load_done(f);
    uint64_t before = peak_bytes();
    double began = cpu_seconds();
    write_table(f, meta, &w);
    double took = cpu_seconds() - began;
    uint64_t grown = peak_bytes() - before;
    size_t wrong = compare_counts(dir, &w);
    t->cases++;
    t->rows += w.rows;
    t->agree += same_sha(dir, &w) && !wrong;
    printf("%s: %zu rows, %.2f s, %zu MB more\n", dir, w.rows, took, (size_t)(grown >> 20));
    cr_expect_lt(took, (double)MOST_SECONDS, "%s: %.1f s", dir, took);
    cr_expect_lt(grown, w.rows * MOST_BYTES_PER_ROW + ((uint64_t)SPARE_MB << 20), "%s", dir);
}

Test(netpol, agrees_with_large_tables, .timeout = 300)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *cases = g_build_filename(test_fixtures(), "netpol", "cases", NULL);
    GDir *d = g_dir_open(cases, 0, NULL);
    struct tally t = {0};
    const char *name;

    cr_assert(d, "%s", cases);
    while ((name = g_dir_read_name(d))) {
        g_autofree char *dir = g_build_filename(cases, name, NULL);
        if (netpol_table_has(dir, "expected.sha256"))
            try_case(&t, dir);
    }
    g_dir_close(d);
    printf("conformance netpol, large: %zu cases, %zu agree, %zu differ; %zu rows\n", t.cases,
           t.agree, t.cases - t.agree, t.rows);
    cr_expect_gt(t.cases, 0);
}
