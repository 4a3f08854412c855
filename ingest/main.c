/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphd-ingest: clusters in, generations out. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/version.h"
#include "ingest/ask.h"
#include "ingest/ask_ingress.h"
#include "ingest/ask_network.h"
#include "ingest/collect.h"
#include "ingest/derive/netprofile.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tags.h"
#include "ingest/summary.h"

enum { PROGRESS_AFTER = 1000000 }; /* microseconds */

struct options {
    char *database, *cluster, **from, *rule, *output, *subjects, *blocks, *peers, *network;
    char *tag_crown_jewel, *tag_data_class, *tag_owner;
    gboolean dry_run, version, ingress_controller;
    bool json;
};

static void progress(void *arg, const struct collect_figures *f)
{
    usec *last = arg, now = clock_mono();

    if (now - *last < PROGRESS_AFTER)
        return;
    *last = now;
    fprintf(stderr, "graphd-ingest: read %llu objects, %.0f MB\n",
            (unsigned long long)f->source.items, (double)f->source.bytes / 1e6);
}

/* The first problem of a file: why there is nothing. */
static void first_problem(void *arg, const char *what, const char *why, const char *file)
{
    struct err *e = arg;

    (void)what;
    if (*file && !*e->msg)
        err_set(e, ERR_INPUT, "%s: %s", file, why);
}

static struct collect *read_input(const struct options *o, struct arena *a, struct err *e)
{
    AUTO(collect) c = collect_new(a, o->cluster);
    usec last = clock_mono();
    size_t n;

    collect_on_progress(c, progress, &last);
    collect_tags(c, &(struct facts_tags){o->tag_crown_jewel, o->tag_data_class, o->tag_owner});
    if (o->network)
        collect_network(c, o->network);
    for (char *const *path = o->from; *path; path++)
        if (!collect_read(c, *path, e))
            return NULL;
    collect_finish(c);
    collect_objects(c, &n);
    if (!n) {
        *e = (struct err){.kind = ERR_INPUT};
        ledger_each_gap(collect_ledger(c), first_problem, e);
        if (*e->msg)
            err_wrap(e, "no Kubernetes objects in the input");
        else
            err_set(e, ERR_INPUT, "no Kubernetes objects in the input");
        return NULL;
    }
    return TAKE(c);
}

static struct summary_stage stage_end(const char *name, usec started)
{
    return (struct summary_stage){
        .name = name, .took = clock_mono() - started, .peak_bytes = summary_peak()};
}

static void print(const struct summary *s, const struct options *o)
{
    if (o->json) {
        AUTO(jw) w = jw_new();
        (o->dry_run ? summary_graph_json : summary_json)(s, w);
        fwrite(jw_text(w), 1, jw_len(w), stdout);
        return;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    (o->dry_run ? summary_graph_text : summary_text)(s, out);
    fwrite(out->str, 1, out->len, stdout);
}

static bool store(const struct options *o, const struct part *part, struct store_result *out,
                  struct err *e)
{
    AUTO(db) db = db_open(o->database, e);

    return db && store_write(db, part, out, e);
}

/* Leaves the edges that a rule draws: the stage that makes the nodes draws some for every rule. */
static void only_edges_of(struct part *part, const struct rule *r, struct arena *a)
{
    struct edge_row *kept = arena_alloc(a, part->nedges * sizeof(*kept) + 1);
    bool wanted[EDGE_KIND_LIMIT] = {false};
    size_t n = 0;

    for (size_t i = 0; r->kinds[i]; i++)
        wanted[r->kinds[i]] = true;
    for (size_t i = 0; i < part->nedges; i++)
        if (wanted[part->edges[i].kind])
            kept[n++] = part->edges[i];
    part->edges = kept;
    part->nedges = n;
}

static bool ingest(const struct options *o, struct err *e)
{
    AUTO(arena) a = arena_new();
    g_autofree char *source = g_strjoinv(", ", o->from);
    struct part part = {0};
    struct store_result result = {0};
    usec taken_at = clock_now(), started = clock_mono();
    AUTO(jw) coverage = jw_new();

    summary_reset_peak();
    AUTO(collect) c = read_input(o, a, e);
    if (!c)
        return false;
    struct summary s = {.part = &part, .collect = c};
    s.stages[s.nstages++] = stage_end("read", started);

    summary_reset_peak();
    started = clock_mono();
    if (!rule_derive(collect_facts(c), o->rule, a, &part, e))
        return err_wrap(e, "derive");
    if (o->rule)
        only_edges_of(&part, rule_find(o->rule), a);
    ledger_write(collect_ledger(c), coverage);
    part.source = source;
    part.coverage = jw_text(coverage);
    part.taken_at = taken_at;
    part.objects = collect_objects(c, &part.nobjects);
    s.stages[s.nstages++] = stage_end("derive", started);
    if (!o->dry_run) {
        summary_reset_peak();
        started = clock_mono();
        if (!store(o, &part, &result, e))
            return err_wrap(e, "store");
        s.stored = &result;
        s.stages[s.nstages++] = stage_end("store", started);
    }
    print(&s, o);
    return true;
}

/* What `graphd-ingest ask WHAT` can answer. */
enum question { ASK_NOTHING, ASK_RBAC, ASK_NETWORK };

static bool ask_about_network(const struct options *o, struct err *e)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = read_input(o, a, e);
    struct ask_network_options how = {
        .blocks_match_pods = !o->blocks || strcmp(o->blocks, "true") == 0,
        .by_pod = o->peers && strcmp(o->peers, "pod") == 0,
    };

    if (c)
        ask_network(collect_facts(c), &how, stdout, stderr);
    if (c && o->ingress_controller)
        ask_ingress(collect_facts(c), &how, stdout);
    return c;
}

static bool ask_about_rbac(const struct options *o, struct err *e)
{
    AUTO(arena) a = arena_new();
    g_autofree char *subjects = NULL;
    g_autoptr(GError) why = NULL;

    if (o->subjects && !g_file_get_contents(o->subjects, &subjects, NULL, &why))
        return err_set(e, ERR_IO, "%s", why->message);
    AUTO(collect) c = read_input(o, a, e);
    return c && ask_rbac(collect_facts(c), subjects, stdin, stdout, e);
}

/* An option that was not given may stand in the environment; GRAPHD_FROM separates by colons. */
static void from_environment(struct options *o)
{
    const char *dry = getenv("GRAPHD_DRY_RUN"), *from = getenv("GRAPHD_FROM");
    const struct {
        const char *name;
        char **value;
    } texts[] = {{"GRAPHD_DATABASE", &o->database},
                 {"GRAPHD_CLUSTER", &o->cluster},
                 {"GRAPHD_RULE", &o->rule},
                 {"GRAPHD_OUTPUT", &o->output},
                 {"GRAPHD_SUBJECTS", &o->subjects},
                 {"GRAPHD_NETWORK", &o->network},
                 {"GRAPHD_TAG_CROWN_JEWEL", &o->tag_crown_jewel},
                 {"GRAPHD_TAG_DATA_CLASS", &o->tag_data_class},
                 {"GRAPHD_TAG_OWNER", &o->tag_owner}};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *v = getenv(texts[i].name);
        if (!*texts[i].value && v && *v)
            *texts[i].value = g_strdup(v);
    }
    if (!o->from && from && *from)
        o->from = g_strsplit(from, ":", -1);
    if (dry && *dry && strcmp(dry, "0") != 0)
        o->dry_run = TRUE;
}

static bool check_tag(const char *option, char **key, const char *usual, struct err *e)
{
    if (!*key)
        *key = g_strdup(usual);
    return tags_key_ok(*key) ||
           err_set(e, ERR_USAGE, "%s wants the key of a label or annotation, got \"%.60s\"", option,
                   *key);
}

static bool check_tags(struct options *o, struct err *e)
{
    return check_tag("--tag-crown-jewel", &o->tag_crown_jewel, FACTS_TAG_CROWN_JEWEL, e) &&
           check_tag("--tag-data-class", &o->tag_data_class, FACTS_TAG_DATA_CLASS, e) &&
           check_tag("--tag-owner", &o->tag_owner, FACTS_TAG_OWNER, e);
}

/* What --rule may name, for whoever missed it. */
static bool no_such_rule(const char *name, struct err *e)
{
    fprintf(stderr, "graphd-ingest: the rules are");
    for (size_t i = 0, column = 0; rules[i]; i++) {
        column = column == 0 || column > 80 ? 2 : column + 1;
        column += (size_t)fprintf(stderr, "%s%s", column == 2 ? "\n  " : " ", rules[i]->name);
    }
    fprintf(stderr, "\n");
    return err_set(e, ERR_USAGE, "--rule: there is no rule \"%.60s\"", name);
}

static bool check_options(struct options *o, bool asking, struct err *e)
{
    if (!o->from || !*o->from)
        return err_set(e, ERR_USAGE, "--from PATH is missing");
    if (o->blocks && strcmp(o->blocks, "true") != 0 && strcmp(o->blocks, "false") != 0)
        return err_set(e, ERR_USAGE, "--ipblock-matches-pods wants true or false, got \"%s\"",
                       o->blocks);
    if (o->peers && strcmp(o->peers, "pod") != 0 && strcmp(o->peers, "workload") != 0)
        return err_set(e, ERR_USAGE, "--peers wants pod or workload, got \"%s\"", o->peers);
    if (o->output && strcmp(o->output, "json") != 0 && strcmp(o->output, "text") != 0)
        return err_set(e, ERR_USAGE, "--output wants text or json, got \"%s\"", o->output);
    o->json = o->output && strcmp(o->output, "json") == 0;
    if (asking || o->dry_run) {
        if (!o->cluster)
            o->cluster = g_strdup("cluster");
    }
    if (!o->cluster || !*o->cluster)
        return err_set(e, ERR_USAGE, "--cluster NAME is missing");
    if (!g_utf8_validate(o->cluster, -1, NULL))
        return err_set(e, ERR_USAGE, "--cluster is not UTF-8");
    if (!asking && !o->dry_run && !o->database)
        return err_set(e, ERR_USAGE, "--database URL is missing (or use --dry-run)");
    if (!asking && !o->dry_run && o->rule)
        return err_set(e, ERR_USAGE, "--rule wants --dry-run: half a graph is never stored");
    if (o->rule && !rule_find(o->rule))
        return no_such_rule(o->rule, e);
    if (o->network && !netprofile_check(o->network, e))
        return err_wrap(e, "--network");
    return check_tags(o, e);
}

static bool parse_options(int *argc, char ***argv, struct options *o, struct err *e)
{
    const GOptionEntry entries[] = {
        {"database", 0, 0, G_OPTION_ARG_STRING, &o->database, "PostgreSQL that takes the graph",
         "URL"},
        {"cluster", 0, 0, G_OPTION_ARG_STRING, &o->cluster, "Name of the cluster", "NAME"},
        {"from", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->from,
         "File, folder, archive, or - for standard input; may be given again", "PATH"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &o->dry_run,
         "Store nothing, print the derived nodes and edges", NULL},
        {"rule", 0, 0, G_OPTION_ARG_STRING, &o->rule, "Run one rule only (with --dry-run)", "NAME"},
        {"output", 0, 0, G_OPTION_ARG_STRING, &o->output, "text or json", "FORMAT"},
        {"subjects", 0, 0, G_OPTION_ARG_FILENAME, &o->subjects,
         "For ask rbac: JSON that names user and groups of each subject", "FILE"},
        {"ipblock-matches-pods", 0, 0, G_OPTION_ARG_STRING, &o->blocks,
         "For ask network: whether address blocks hold for pods too (true)", "BOOL"},
        {"peers", 0, 0, G_OPTION_ARG_STRING, &o->peers,
         "For ask network: workload (the controllers of pods) or pod", "LEVEL"},
        {"ingress-controller", 0, 0, G_OPTION_ARG_NONE, &o->ingress_controller,
         "For ask network: add rows of an ingress controller that nothing selects", NULL},
        {"network", 0, 0, G_OPTION_ARG_STRING, &o->network,
         "What the network plugin does, where the objects do not say it: plugin=NAME, enforced=yes "
         "or no, ipblock-pods, ipblock-nodes, host-network, keeps-source, end-port, sctp, "
         "admin-policies",
         "KEY=VALUE,..."},
        {"tag-crown-jewel", 0, 0, G_OPTION_ARG_STRING, &o->tag_crown_jewel,
         "Label or annotation that says what an object is worth, 0 to 1 (" FACTS_TAG_CROWN_JEWEL
         ")",
         "KEY"},
        {"tag-data-class", 0, 0, G_OPTION_ARG_STRING, &o->tag_data_class,
         "Label or annotation that says what data it holds (" FACTS_TAG_DATA_CLASS ")", "KEY"},
        {"tag-owner", 0, 0, G_OPTION_ARG_STRING, &o->tag_owner,
         "Label or annotation that says whose it is (" FACTS_TAG_OWNER ")", "KEY"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) ctx = g_option_context_new("[ask rbac|network]");
    g_autoptr(GError) wrong = NULL;

    g_option_context_set_summary(
        ctx,
        "Reads the objects of a cluster, derives its attack graph and stores it.\n"
        "\"ask rbac\" reads requests (tab-separated, in the columns subject_kind subject verb\n"
        "group resource subresource namespace name) on standard input and answers them;\n"
        "\"ask network\" prints which connections the network policies let through.");
    g_option_context_set_description(
        ctx, "Every option may stand in the environment: GRAPHD_DATABASE, GRAPHD_DRY_RUN=1,\n"
             "GRAPHD_FROM=PATH:PATH.  Exit status: 0 done, 1 failed, 2 wrong usage.");
    g_option_context_add_main_entries(ctx, entries, NULL);
    return g_option_context_parse(ctx, argc, argv, &wrong) ||
           err_set(e, ERR_USAGE, "%s", wrong->message);
}

static bool run(int argc, char **argv, struct options *o, struct err *e)
{
    if (!parse_options(&argc, &argv, o, e))
        return false;
    if (o->version) {
        puts("graphd-ingest " VERSION);
        return true;
    }
    bool ask = argc == 3 && strcmp(argv[1], "ask") == 0;
    enum question q = ask && strcmp(argv[2], "rbac") == 0      ? ASK_RBAC
                      : ask && strcmp(argv[2], "network") == 0 ? ASK_NETWORK
                                                               : ASK_NOTHING;
    if (argc > 1 && q == ASK_NOTHING)
        return err_set(e, ERR_USAGE, "unknown argument \"%s\"", argv[argc > 2 ? 2 : 1]);
    from_environment(o);
    if (!check_options(o, q != ASK_NOTHING, e))
        return false;
    return q == ASK_RBAC      ? ask_about_rbac(o, e)
           : q == ASK_NETWORK ? ask_about_network(o, e)
                              : ingest(o, e);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct err e = {0};

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers are JSON */
    bool ok = run(argc, argv, &o, &e);
    if (fflush(stdout) != 0 || ferror(stdout))
        ok = ok && err_set(&e, ERR_IO, "cannot write to standard output");
    if (!ok) {
        fprintf(stderr, "graphd-ingest: %s\n", e.msg);
        if (e.kind == ERR_USAGE)
            fprintf(stderr, "Try 'graphd-ingest --help'.\n");
    }
    g_free(o.database);
    g_free(o.cluster);
    g_strfreev(o.from);
    g_free(o.rule);
    g_free(o.output);
    g_free(o.subjects);
    g_free(o.blocks);
    g_free(o.peers);
    g_free(o.network);
    g_free(o.tag_crown_jewel);
    g_free(o.tag_data_class);
    g_free(o.tag_owner);
    return ok ? 0 : err_exit(e.kind);
}
