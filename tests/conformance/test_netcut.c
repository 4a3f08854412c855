/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every cut that is given out over small clusters, read back from its YAML as a collector reads it,
 * closes what it says and leaves every other pair of pods and addresses as it was; and the
 * published list of connections of a sample application. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/netcut.h"
#include "ingest/derive/netmanifest.h"
#include "ingest/derive/netquarantine.h"
#include "ingest/derive/nettable.h"
#include "tests/support/load.h"
#include "tests/support/run_program.h"
#include "tests/test.h"

enum { MOST_PODS = 12 };

struct tally {
    size_t asked, cuts, none, wrong, quarantines, closed;
};

static struct facts *load(struct arena *a, const char *input, const char *more)
{
    struct facts *f = facts_new(a, "c");

    load_path(f, input);
    if (more)
        cr_expect_eq(load_path(f, more), 0, "%s", more);
    load_done(f);
    return f;
}

/* The policies as a file. */
static const char *write_yaml(struct arena *a, const char *folder, const struct fact_netpol *v,
                              size_t n)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        json_auto_t *doc = netmanifest_json(&v[i]);
        g_autofree char *yaml = netmanifest_yaml(doc);
        g_string_append_printf(all, "---\n%s", yaml);
    }
    return run_write(a, folder, "cut.yaml", all->str, all->len);
}

static char *pair_text(const struct netpol *np, uint32_t src, uint32_t dst)
{
    g_autofree uint64_t *set = g_new0(uint64_t, netports_words(netpol_ports(np)) + 1);
    GString *out = g_string_new(NULL);

    netpol_pair(np, src, dst, set);
    netports_text(netpol_ports(np), set, out);
    return g_string_free(out, FALSE);
}

static bool in(const struct fact_pod *p, const struct fact_pod *like)
{
    return strcmp(p->meta.ns, like->meta.ns) == 0 &&
           ((*p->workload_name && strcmp(p->workload_name, like->workload_name) == 0 &&
             strcmp(p->workload_kind, like->workload_kind) == 0) ||
            (*p->meta.owner_name && strcmp(p->meta.owner_name, like->meta.owner_name) == 0) ||
            strcmp(p->meta.name, like->meta.name) == 0);
}

/* All pairs of pods, and pods with an address of the internet. */
static void compare(struct tally *t, const char *name, const struct facts *f,
                    const struct facts *with, uint32_t src, uint32_t dst, bool mode)
{
    struct netprofile profile = netpol_plain(mode);

    profile.blocks_match_nodes = true;
    AUTO(netpol) old = netpol_of(f, &profile, NULL, 0);
    AUTO(netpol) now = netpol_of(with, &profile, NULL, 0);

    cr_assert_eq(f->pods.n, with->pods.n);
    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t k = 0; k < f->pods.n; k++) {
            const struct fact_pod *p = &f->pods.v[i], *q = &f->pods.v[k];
            bool asked = in(p, &f->pods.v[src]) && in(q, &f->pods.v[dst]);
            if (p->host_network || q->host_network)
                continue;
            g_autofree char *was = pair_text(old, netclass_of_pod(netpol_classes(old), i),
                                             netclass_of_pod(netpol_classes(old), k));
            g_autofree char *is = pair_text(now, netclass_of_pod(netpol_classes(now), i),
                                            netclass_of_pod(netpol_classes(now), k));
            if (strcmp(is, asked ? "" : was) == 0)
                continue;
            if (t->wrong++ == 0)
                cr_expect_fail("%s: %s/%s to %s/%s: was %s, is %s", name, p->meta.ns, p->meta.name,
                               q->meta.ns, q->meta.name, was, is);
        }
    for (size_t i = 0; i < f->pods.n; i++) {
        uint32_t a = netclass_of_address(netpol_classes(old), "198.51.100.7");
        uint32_t b = netclass_of_address(netpol_classes(now), "198.51.100.7");
        g_autofree char *was = pair_text(old, netclass_of_pod(netpol_classes(old), i), a);
        g_autofree char *is = pair_text(now, netclass_of_pod(netpol_classes(now), i), b);
        cr_expect_str_eq(was, is, "%s: %s to the internet", name, f->pods.v[i].meta.name);
        t->wrong += strcmp(was, is) != 0;
    }
}

static void try_pair(struct tally *t, const char *folder, const char *input, const struct facts *f,
                     const struct netpol *np, uint32_t src, uint32_t dst)
{
    AUTO(arena) a = arena_new();
    struct netend from, to;
    struct netcut cut;

    netend_pods(np, &src, 1, a, &from);
    netend_pods(np, &dst, 1, a, &to);
    const struct netcut_wish wish = {.from = &from, .to = &to, .from_name = "a", .to_name = "b"};
    t->asked++;
    netcut_make(f, np, &wish, a, &cut);
    if (!cut.n) {
        t->none++;
        cr_expect(cut.why_not && *cut.why_not);
        return;
    }
    t->cuts++;
    const char *yaml = write_yaml(a, folder, cut.policies, cut.n);
    AUTO(facts) with = load(a, input, yaml);
    cr_expect_eq(with->netpols.n, f->netpols.n + cut.n, "%s", input);
    compare(t, input, f, with, src, dst, true);
    compare(t, input, f, with, src, dst, false);
}

/* With the answer applied nothing reaches the pod and it reaches nothing, if the answer says so. */
static void try_quarantine(struct tally *t, const char *folder, const char *input,
                           const struct facts *f, uint32_t pod)
{
    AUTO(arena) a = arena_new();
    struct netquarantine q;

    if (f->pods.v[pod].host_network)
        return;
    netquarantine_make(f, pod, false, true, a, &q);
    t->quarantines++;
    cr_assert(q.policy);
    cr_expect_eq(q.closed, q.nopen == 0);
    t->closed += q.closed;
    AUTO(facts) with = load(a, input, write_yaml(a, folder, q.policy, 1));
    struct meta *m = &with->pods.v[pod].meta;
    if (q.label) {
        struct label *v = arena_calloc(a, m->nlabels + 1, sizeof(*v));
        memcpy(v, m->labels, m->nlabels * sizeof(*v));
        size_t n = q.nremove ? 0 : m->nlabels; /* all or none are taken off */
        v[n] = (struct label){NETQUARANTINE_LABEL, q.label};
        m->labels = v;
        m->nlabels = n + 1;
    }
    AUTO(netpol) np = netpol_new(with, true);
    uint32_t own = netclass_of_pod(netpol_classes(np), pod);
    bool open = false;
    for (uint32_t i = 0; i < netclass_points(netpol_classes(np)); i++) {
        g_autofree char *to = pair_text(np, i, own), *from = pair_text(np, own, i);
        open |= *to || *from;
    }
    cr_expect_eq(open, !q.closed, "%s: %s/%s", input, m->ns, m->name);
    t->wrong += open == q.closed;
}

static void try_case(struct tally *t, const char *folder, const char *input)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = load(a, input, NULL);
    AUTO(netpol) np = netpol_new(f, true);
    uint32_t n = f->pods.n < MOST_PODS ? (uint32_t)f->pods.n : MOST_PODS;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++) {
            g_autofree char *was = pair_text(np, netclass_of_pod(netpol_classes(np), i),
                                             netclass_of_pod(netpol_classes(np), k));
            if (i != k && *was)
                try_pair(t, folder, input, f, np, i, k);
        }
    for (uint32_t i = 0; i < n; i++)
        try_quarantine(t, folder, input, f, i);
}

Test(netcut, what_is_given_out_does_what_it_says, .timeout = 300)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    g_autofree char *cases = g_build_filename(test_fixtures(), "netpol", "cases", NULL);
    const char *folder = run_folder(a);
    GDir *d = g_dir_open(cases, 0, NULL);
    struct tally t = {0};
    const char *name;
    size_t at = 0;

    cr_assert(d, "%s", cases);
    while ((name = g_dir_read_name(d))) {
        g_autofree char *input = g_build_filename(cases, name, "list.json", NULL);
        if (at++ % 8 == 0 && g_file_test(input, G_FILE_TEST_EXISTS))
            try_case(&t, folder, input);
    }
    g_dir_close(d);
    try_case(&t, folder, "examples/shop");
    run_remove(folder);
    printf("conformance netcut: %zu pairs, %zu cuts, %zu without; %zu quarantines, %zu closed; %zu "
           "wrong\n",
           t.asked, t.cuts, t.none, t.quarantines, t.closed, t.wrong);
    cr_expect_gt(t.cuts, 0);
    cr_expect_eq(t.wrong, 0);
}

/* "TCP 7070" of the list to our words. */
static char *words_of(const char *conns)
{
    if (strcmp(conns, "All Connections") == 0)
        return g_strdup("All");
    if (strcmp(conns, "No Connections") == 0)
        return g_strdup("");
    g_auto(GStrv) w = g_strsplit(conns, " ", 2);
    return g_strdup_printf("%s:%s", w[0], w[1]);
}

static void keep_row(void *arg, const char *src, const char *dst, const char *ports)
{
    g_hash_table_insert(arg, g_strdup_printf("%s %s", src, dst), g_strdup(ports));
}

/* clusters/boutique: a list that another engine published for the same application. */
Test(netcut, the_table_of_the_boutique, .timeout = 60)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    g_autofree char *dir = g_build_filename(test_fixtures(), "clusters", "boutique", NULL);
    g_autofree char *list = g_build_filename(dir, "connections_map_output.txt", NULL);
    g_autofree char *lists = g_build_filename(dir, "lists", NULL), *text = NULL;
    g_autoptr(GHashTable) ours = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    AUTO(facts) f = load(a, lists, NULL);
    AUTO(netpol) np = netpol_new(f, true);
    const struct nettable_options o = {.by_pod = true};
    size_t same = 0, rows = 0, self = 0;

    nettable_each(f, np, &o, keep_row, ours);
    cr_assert(g_file_get_contents(list, &text, NULL, NULL), "%s", list);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) c = g_strsplit(lines[i], ", ", 3);
        if (g_strv_length(c) < 3)
            continue;
        const char *src = c[0] + strlen("src: "), *dst = c[1] + strlen("dest: ");
        g_autofree char *want = words_of(c[2] + strlen("allowed conns: "));
        g_autofree char *key = g_strdup_printf("%s %s", src, dst);
        const char *have = g_hash_table_lookup(ours, key);
        rows++;
        if (strcmp(src, dst) == 0) { /* a pod always reaches itself; the table leaves it out */
            self++;
            cr_expect_str_eq(want, "All");
            continue;
        }
        same += strcmp(have ? have : "", want) == 0;
        cr_expect_str_eq(have ? have : "", want, "%s", lines[i]);
    }
    printf("conformance boutique: %zu rows, %zu of a pod with itself, %zu the same\n", rows, self,
           same);
    cr_expect_eq(rows, 144);
    cr_expect_eq(same + self, rows);
}
