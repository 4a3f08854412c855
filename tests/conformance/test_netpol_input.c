/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What we read of a policy against what the API server made of it (fixtures/netpol): defaults that
 * it filled in change nothing for us, and what it refuses we report, or it can match nothing. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "ingest/ask_network.h"
#include "ingest/collect.h"
#include "ingest/kind.h"
#include "tests/support/facts_json.h"
#include "tests/test.h"

static json_t *load_json(const char *path)
{
    json_error_t why;
    json_t *doc = json_load_file(path, 0, &why);

    cr_assert(doc, "%s: %s", path, why.text);
    return doc;
}

static char *fixture(const char *first, const char *second, const char *third)
{
    return g_build_filename(test_fixtures(), "netpol", first, second, third, NULL);
}

/* Our reading of a spec as facts in JSON, NULL with the reason if it is refused. */
static json_t *reading(const json_t *spec, struct err *e)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    json_auto_t *doc = json_pack("{s:{s:s,s:s},s:O?}", "metadata", "name", "p", "namespace", "n",
                                 "spec", (json_t *)(uintptr_t)spec);
    struct jx root = jx_root(doc);

    return kind_find("networking.k8s.io/v1", "NetworkPolicy")->parse(&root, f, e) ? facts_json(f)
                                                                                  : NULL;
}

/* Takes the protocols away that the server would fill in. */
static void strip_protocols(json_t *rules)
{
    json_t *rule, *port;
    size_t i, k;

    json_array_foreach (rules, i, rule)
        json_array_foreach (json_object_get(rule, "ports"), k, port) {
            const char *name = json_string_value(json_object_get(port, "protocol"));
            if (name && strcmp(name, "TCP") == 0)
                json_object_del(port, "protocol");
        }
}

/* The spec as somebody may have written it: without all that is default. */
static json_t *without_defaults(const json_t *stored)
{
    json_t *spec = json_deep_copy(stored), *types = json_object_get(spec, "policyTypes");
    bool egress = json_array_size(json_object_get(spec, "egress")) > 0;
    json_auto_t *dflt =
        egress ? json_pack("[s,s]", "Ingress", "Egress") : json_pack("[s]", "Ingress");

    if (json_equal(types, dflt))
        json_object_del(spec, "policyTypes");
    strip_protocols(json_object_get(spec, "ingress"));
    strip_protocols(json_object_get(spec, "egress"));
    return spec;
}

static bool same_reading(const json_t *one, const json_t *other, const char *name)
{
    struct err e = {0};
    json_auto_t *x = reading(one, &e);
    cr_expect(x, "%s: %s", name, e.msg);
    json_auto_t *y = reading(other, &e);
    cr_expect(y, "%s: %s", name, e.msg);

    return x && y && json_equal(x, y);
}

/* The policies of a case that have this name, NULL if the case is not there. */
static json_t *submitted(const char *group, const char *folder, const char *name)
{
    g_autofree char *path = fixture(group, folder, "list.json");
    json_t *out, *item;
    size_t i;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    json_auto_t *list = load_json(path);
    out = json_array();
    json_array_foreach (json_object_get(list, "items"), i, item) {
        const char *kind = json_string_value(json_object_get(item, "kind"));
        const char *own =
            json_string_value(json_object_get(json_object_get(item, "metadata"), "name"));
        if (strcmp(kind, "NetworkPolicy") == 0 && own && strcmp(own, name) == 0)
            json_array_append(out, json_object_get(item, "spec"));
    }
    return out;
}

/* "tests/a/b/c.yaml": "b", the folder that its case is named after. */
static char *folder_of(const char *file)
{
    g_autofree char *dir = g_path_get_dirname(file);

    return g_path_get_basename(dir);
}

/* Policies of one name in several namespaces: one of them is the stored one.  -1: none is known. */
static int as_submitted(const char *file, const char *name, const json_t *stored)
{
    g_autofree char *folder = folder_of(file), *as_case = g_strconcat("npg_", folder, NULL);
    json_auto_t *specs = submitted("cases", as_case, name);
    json_t *spec;
    size_t i;

    if (json_array_size(specs) == 0)
        return -1;
    json_array_foreach (specs, i, spec)
        if (same_reading(spec, stored, name))
            return 1;
    return 0;
}

/* A peer that is kept with a reason why it is not evaluated. */
static bool unread(const json_t *facts)
{
    g_autofree char *text = json_dumps(facts, 0);

    return strstr(text, "\"unread\"") != NULL;
}

/* Labels or names that no object can have, so that nothing matches or nothing is there to match. */
static bool of_syntax(const char *message)
{
    return strstr(message, "must consist of") || strstr(message, "must be an empty string");
}

static void refused(const char *file, const char *name, const char *message, size_t *seen)
{
    g_autofree char *folder = folder_of(file);
    json_auto_t *specs = submitted("invalid", folder, name);
    bool told = json_array_size(specs) == 0 || of_syntax(message);
    json_t *spec;
    size_t i;

    *seen += json_array_size(specs) > 0;
    json_array_foreach (specs, i, spec) {
        struct err e;
        json_auto_t *got = reading(spec, &e);
        told = told || !got || unread(got);
    }
    cr_expect(told, "%s %s is read as if it were good: %s", file, name, message);
}

Test(netpol, reads_what_the_server_stored_as_it_was_sent, .timeout = 60)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *path = fixture("netpol-validation.json", NULL, NULL);
    json_auto_t *all = load_json(path);
    size_t i, stored = 0, sent = 0, bad = 0, bad_seen = 0;
    json_t *entry;

    json_array_foreach (all, i, entry) {
        const char *file = json_string_value(json_object_get(entry, "file"));
        const char *name = json_string_value(json_object_get(entry, "name"));
        const json_t *spec = json_object_get(entry, "stored_spec");

        if (json_integer_value(json_object_get(entry, "http")) != 201) {
            bad++;
            refused(file, name, json_string_value(json_object_get(entry, "message")), &bad_seen);
            continue;
        }
        json_auto_t *bare = without_defaults(spec);
        stored++;
        cr_expect(same_reading(spec, bare, name), "%s %s: defaults change it", file, name);
        int as_sent = as_submitted(file, name, spec);
        sent += as_sent >= 0;
        cr_expect_neq(as_sent, 0, "%s %s is not what was sent", file, name);
    }
    printf("netpol input: %zu stored policies, %zu of them as they were sent; %zu refused, %zu of "
           "them seen\n",
           stored, sent, bad, bad_seen);
    cr_expect_gt(sent, 0);
}

/* Inputs that an engine refuses and a cluster may have, or that can match nothing. */
static const struct {
    const char *name, *why;
} taken[] = {
    {"bad_path_namespace_with_same_name", "the last object of a name counts"},
    {"bad_netpols", "the last object of a name counts"},
    {"anp_bad_path_test_3", "the last object of a name counts"},
    {"np_bad_path_test_1", "the last object of a name counts"},
    {"banp_bad_path_test_1", "the last object of a name counts"},
    {"example_pods_w_same_owner_and_labels_gap_with_bad_match_expression", "pods may differ"},
    {"example_w_err_pods_w_same_owner_and_labels_gap_anp", "pods may differ"},
    {"semanticDiff-same-topologies-illegal-podlist", "pods may differ"},
    {"subdir2", "no pod can have such a label"},
    {"subdir7", "no pod can have such a label"},
    {"subdir6", "a port name never matches an address: the API says so"},
};

static const char *why_taken(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (strcmp(taken[i].name, name) == 0)
            return taken[i].why;
    return NULL;
}

static void count_gap(void *arg, const char *what, const char *why, const char *file)
{
    size_t *gaps = arg;

    (void)what;
    (void)file;
    *gaps += strcmp(why, "not in the input") != 0;
}

/* Whether a folder is reported in any way; it is evaluated in any case. */
static bool reported(const char *folder)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = collect_new(a, "c");
    g_autofree char *path = fixture("invalid", folder, "list.json");
    struct ask_network_options o = {true, true};
    char *table = NULL, *warnings = NULL;
    size_t len, warned, gaps = 0;

    must(collect_read(c, path, &e));
    collect_finish(c);
    ledger_each_gap(collect_ledger(c), count_gap, &gaps);
    FILE *out = open_memstream(&table, &len), *warn = open_memstream(&warnings, &warned);
    ask_network(collect_facts(c), &o, out, warn);
    fclose(out);
    fclose(warn);
    free(table);
    free(warnings);
    return gaps > 0 || warned > 0;
}

Test(netpol, tells_what_engines_refuse, .timeout = 60)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *path = fixture("invalid", NULL, NULL);
    GDir *d = g_dir_open(path, 0, NULL);
    size_t told = 0, good = 0;
    const char *name;

    cr_assert(d, "%s", path);
    while ((name = g_dir_read_name(d))) {
        bool tell = reported(name);
        told += tell;
        good += !tell && why_taken(name);
        cr_expect(tell || why_taken(name), "%s is taken without a word", name);
    }
    g_dir_close(d);
    printf("netpol input: of inputs that an engine refuses %zu are told, %zu are good for us\n",
           told, good);
    cr_expect_gt(told, 0);
}
