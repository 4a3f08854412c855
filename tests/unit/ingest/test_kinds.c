/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every kind: its row, its cases, recorded lists, and the pods that templates make. */
#include <dirent.h>
#include <stdio.h>

#include <glib.h>
#include <jansson.h>

#include "ingest/kind.h"
#include "ingest/trim.h"
#include "tests/oracle/oracle_trim.h"
#include "tests/support/facts_json.h"
#include "tests/support/kind_cases.h"
#include "tests/test.h"

static const char *const clusters[] = {"boutique", "boutique-ingress", "goat", "kubehound",
                                       "zoo",      "zoo-weird"};

static json_t *load(const char *path)
{
    json_error_t why;
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);

    cr_assert(doc, "%s:%d: %s", path, why.line, why.text);
    return doc;
}

static const char *more_of(const struct kind *k, const json_t *item)
{
    const json_t *m = json_object_get(item, "metadata");
    const char *ns = json_string_value(json_object_get(m, "namespace"));
    const char *name = json_string_value(json_object_get(m, "name"));

    return k->keep_more ? k->keep_more(ns ? ns : "", name ? name : "") : NULL;
}

/* As a run does it: what is not kept is gone before the parser sees the item. */
static json_t *trimmed(const struct kind *k, const json_t *item)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GString) out = g_string_new(NULL);
    char *text = json_dumps(item, JSON_COMPACT);

    for (const char *const *p = k->keep; *p; p++)
        g_ptr_array_add(paths, (void *)(uintptr_t)*p);
    g_ptr_array_add(paths, (void *)(uintptr_t)more_of(k, item));
    g_ptr_array_add(paths, NULL);
    AUTO(trim) t = trim_new(kind_common, (const char *const *)paths->pdata);
    must(trim_object(t, text, strlen(text), out, &e));
    free(text);
    json_error_t why;
    json_t *small = json_loadb(out->str, out->len, 0, &why);
    cr_assert(small, "%s: %s", why.text, out->str);
    return small;
}

static bool parse(const struct kind *k, const json_t *item, struct facts *f, struct err *e)
{
    json_auto_t *small = trimmed(k, item);
    struct jx root = jx_root(small);

    return !k->parse || k->parse(&root, f, e);
}

Test(kinds, are_found_in_every_version_of_their_group)
{
    static const struct {
        const char *api_version, *kind, *resource; /* resource NULL: not read */
    } cases[] = {
        {"v1", "Pod", "pods"},
        {"apps/v1", "Deployment", "deployments"},
        {"apps/v1beta2", "Deployment", "deployments"},
        {"extensions/v1beta1", "Deployment", "deployments"},
        {"extensions/v1beta1", "Ingress", "ingresses"},
        {"networking.k8s.io/v1beta1", "Ingress", "ingresses"},
        {"batch/v1beta1", "CronJob", "cronjobs"},
        {"batch/v2alpha1", "CronJob", "cronjobs"},
        {"rbac.authorization.k8s.io/v1alpha1", "Role", "roles"},
        {"discovery.k8s.io/v1beta1", "EndpointSlice", "endpointslices"},
        {"apps/v1", "Pod", NULL},
        {"v1", "Deployment", NULL},
        {"extensions/v1beta1", "Pod", NULL},
        {"serving.knative.dev/v1", "Service", NULL},
        {"crd.projectcalico.org/v1", "NetworkPolicy", "networkpolicies.projectcalico.org"},
        {"projectcalico.org/v3", "NetworkPolicy", "networkpolicies.projectcalico.org"},
        {"crd.antrea.io/v1beta1", "NetworkPolicy", "networkpolicies.crd.antrea.io"},
        {"crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "clusternetworkpolicies.crd.antrea.io"},
        {"networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"},
        {"", "Pod", "pods"},
        {"/v1", "Pod", "pods"},
        {"v1", "PodList", NULL},
        {"v1", "", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct kind *k = kind_find(cases[i].api_version, cases[i].kind);
        cr_expect_str_eq(k ? k->resource : "-", cases[i].resource ? cases[i].resource : "-",
                         "%s %s", cases[i].api_version, cases[i].kind);
    }
    for (const struct kind *const *k = kinds; *k; k++) {
        g_autofree char *version = g_strdup_printf("%s%sv9", (*k)->group, *(*k)->group ? "/" : "");
        cr_expect_eq(kind_find(version, (*k)->kind), *k, "%s", (*k)->kind);
    }
}

/* Objects are stored and read back by the name of their resource. */
Test(kinds, have_names_of_their_own)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (const struct kind *const *k = kinds; *k; k++)
        cr_expect(g_hash_table_add(seen, (void *)(uintptr_t)(*k)->resource), "%s", (*k)->resource);
}

Test(kinds, keep_paths_are_well_formed_and_stand_once)
{
    for (const struct kind *const *k = kinds; *k; k++) {
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (const char *const *p = (*k)->keep; *p; p++) {
            cr_expect(g_hash_table_add(seen, (void *)(uintptr_t)*p), "%s: %s twice", (*k)->kind,
                      *p);
            cr_expect(**p && !strstr(*p, "..") && !g_str_has_suffix(*p, ".") &&
                          !g_str_has_suffix(*p, "]"),
                      "%s: %s", (*k)->kind, *p);
        }
    }
}

/* The one pass over the text keeps exactly what the paths say. */
static void expect_oracle(const struct kind *k, const json_t *item, const char *from)
{
    json_auto_t *got = trimmed(k, item);
    json_auto_t *want = oracle_trim(item, kind_common, k->keep, more_of(k, item));

    if (json_equal(want, got))
        return;
    char *w = json_dumps(want, JSON_COMPACT), *g = json_dumps(got, JSON_COMPACT);
    cr_expect(false, "%s: %s\n%s", from, w, g);
    free(w);
    free(g);
}

static void run_case(const struct kind *k, const char *dir)
{
    g_autofree char *input = g_strconcat(dir, "/input.json", NULL);
    g_autofree char *want_path = g_strconcat(dir, "/want.json", NULL);
    g_autofree char *error_path = g_strconcat(dir, "/error", NULL);
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    json_auto_t *item = load(input);
    g_autofree char *error = NULL;

    if (g_file_get_contents(error_path, &error, NULL, NULL)) {
        must_fail(parse(k, item, f, &e), ERR_INPUT, g_strchomp(error));
        json_auto_t *none = facts_json(f);
        cr_expect_eq(json_object_size(none), 0, "%s: facts in spite of the error", dir);
        return;
    }
    must(parse(k, item, f, &e));
    expect_oracle(k, item, dir);
    json_auto_t *want = load(want_path);
    json_auto_t *got = facts_json(f);
    if (json_equal(want, got))
        return;
    char *text = json_dumps(got, JSON_INDENT(2) | JSON_SORT_KEYS);
    cr_expect(false, "%s/want.json differs, got:\n%s", dir, text);
    free(text);
}

Test(kinds, read_their_cases)
{
    for (const struct kind *const *k = kinds; *k; k++) {
        g_autofree char *dir = kind_cases(*k);
        DIR *d = opendir(dir);
        size_t n = 0;
        cr_assert(d, "%s: no cases", dir);
        for (struct dirent *entry; (entry = readdir(d));) {
            if (entry->d_name[0] == '.')
                continue;
            g_autofree char *one = g_strconcat(dir, "/", entry->d_name, NULL);
            run_case(*k, one);
            n++;
        }
        closedir(d);
        cr_expect_gt(n, 0, "%s: no cases", dir);
    }
}

/* Reads one recorded list; false if that cluster has none. */
static bool read_list(const char *cluster, const struct kind *k, struct facts *f, size_t *n)
{
    g_autofree char *path =
        g_strdup_printf("%s/clusters/%s/lists/%s.json", test_fixtures(), cluster, k->resource);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return false;
    json_auto_t *doc = load(path);
    json_t *items = json_object_get(doc, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct err e;
        cr_expect(parse(k, json_array_get(items, i), f, &e), "%s item %zu: %s", path, i, e.msg);
        expect_oracle(k, json_array_get(items, i), path);
    }
    *n += json_array_size(items);
    return true;
}

Test(kinds, read_every_recorded_list)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    for (size_t c = 0; c < ARRAY_LEN(clusters); c++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, clusters[c]);
        size_t items = 0;
        for (const struct kind *const *k = kinds; *k; k++)
            err_ignore(read_list(clusters[c], *k, f, &items), "not all clusters have all lists");
        cr_expect_gt(items, 100, "%s: %zu items", clusters[c], items);
        kind_predict_pods(f);
        facts_index(f);
        for (size_t i = 0; i < f->pods.n; i++) {
            const struct fact_pod *p = &f->pods.v[i];
            cr_expect(p->meta.predicted || p->token_mounts_known, "%s/%s", p->meta.ns,
                      p->meta.name);
            cr_expect(facts_sa(f, p->meta.ns, p->service_account), "%s/%s", p->meta.ns,
                      p->meta.name);
        }
    }
}

Test(kinds, read_the_recorded_goat_as_it_is)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "goat");
    size_t n = 0;

    cr_assert(read_list("goat", kind_find("v1", "Pod"), f, &n));
    cr_expect_eq(n, 27);
    const struct fact_pod *bench = NULL;
    for (size_t i = 0; i < f->pods.n; i++)
        if (g_str_has_prefix(f->pods.v[i].meta.name, "docker-bench-security-"))
            bench = &f->pods.v[i];
    cr_assert(bench);
    cr_expect(bench->host_pid && bench->host_network && bench->host_ipc);
    cr_expect_str_eq(bench->meta.owner_kind, "DaemonSet");
    cr_assert_eq(bench->ncontainers, 1);
    cr_expect_eq(bench->containers[0].privileged, TRI_YES);
    cr_expect_eq(bench->containers[0].run_as_user, 0);
    cr_expect_eq(strlen(bench->containers[0].id), 64);
}

static json_t *meta_of(const char *name, const char *owner_kind, const char *owner)
{
    json_t *m = json_pack("{s:s,s:s,s:s}", "name", name, "namespace", "shop", "uid", "u");

    if (owner)
        json_object_set_new(
            m, "ownerReferences",
            json_pack("[{s:s,s:s,s:b}]", "kind", owner_kind, "name", owner, "controller", 1));
    return m;
}

static void add_workload(struct facts *f, const char *kind, const char *name, int replicas,
                         const char *owner_kind, const char *owner)
{
    json_auto_t *template = json_loads("{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}", 0, NULL);
    json_auto_t *item = json_pack("{s:o}", "metadata", meta_of(name, owner_kind, owner));
    const char *api = !strcmp(kind, "Job") || !strcmp(kind, "CronJob") ? "batch/v1" : "apps/v1";

    if (!strcmp(kind, "CronJob"))
        json_object_set_new(item, "spec",
                            json_pack("{s:b,s:{s:{s:O}}}", "suspend", replicas == 0, "jobTemplate",
                                      "spec", "template", template));
    else
        json_object_set_new(item, "spec",
                            json_pack("{s:i,s:i,s:O}", "replicas", replicas, "parallelism",
                                      replicas, "template", template));
    must(parse(kind_find(api, kind), item, f, &e));
}

static void add_pod(struct facts *f, const char *name, const char *owner_kind, const char *owner)
{
    json_auto_t *item =
        json_pack("{s:o,s:{}}", "metadata", meta_of(name, owner_kind, owner), "spec");

    must(parse(kind_find("v1", "Pod"), item, f, &e));
}

Test(kinds, predict_a_pod_where_a_template_made_none)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    static const struct {
        const char *name, *workload; /* workload NULL: no such pod */
    } want[] = {
        {"alone-predicted", "Deployment alone"},
        {"alone-statefulset-predicted", "StatefulSet alone"},
        {"bare-predicted", "ReplicaSet bare"},
        {"nightly-predicted", "CronJob nightly"},
        {"asleep-predicted", "CronJob asleep"},
        {"once-predicted", "Job once"},
        {"web-predicted", NULL},
        {"web-1-predicted", NULL},
        {"idle-1-predicted", NULL},
        {"idle-predicted", "Deployment idle"},
        {"zero-predicted", NULL},
        {"nightly-1-predicted", NULL},
    };

    add_workload(f, "Deployment", "alone", 3, NULL, NULL);
    add_workload(f, "StatefulSet", "alone", 1, NULL, NULL);
    add_workload(f, "ReplicaSet", "bare", 1, NULL, NULL);
    add_workload(f, "CronJob", "nightly", 1, NULL, NULL);
    add_workload(f, "Job", "nightly-1", 1, "CronJob", "nightly");
    add_workload(f, "CronJob", "asleep", 0, NULL, NULL);
    add_workload(f, "Job", "once", 1, NULL, NULL);
    add_workload(f, "Deployment", "web", 1, NULL, NULL);
    add_workload(f, "ReplicaSet", "web-1", 1, "Deployment", "web");
    add_workload(f, "Deployment", "idle", 1, NULL, NULL);
    add_workload(f, "ReplicaSet", "idle-1", 1, "Deployment", "idle");
    add_workload(f, "Deployment", "zero", 0, NULL, NULL);
    add_pod(f, "web-1-x", "ReplicaSet", "web-1");
    kind_predict_pods(f);
    facts_index(f);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct fact_pod *p = facts_pod(f, "shop", want[i].name);
        cr_assert_eq(p != NULL, want[i].workload != NULL, "%s", want[i].name);
        if (!p)
            continue;
        g_autofree char *top = g_strdup_printf("%s %s", p->workload_kind, p->workload_name);
        cr_expect_str_eq(top, want[i].workload);
        cr_expect(p->meta.predicted && !p->token_mounts_known && !p->node[0]);
        cr_expect_eq(p->ncontainers, 1);
    }
    cr_expect_eq(f->pods.n, 1 + 7);
    cr_expect_str_eq(facts_pod(f, "shop", "web-1-x")->workload_name, "web");
}

/* Every `full` case has CANARY wherever a person or a controller may have put a secret. */
Test(kinds, store_nothing_that_is_not_on_their_list)
{
    for (const struct kind *const *k = kinds; *k; k++) {
        g_autofree char *dir = kind_cases(*k);
        g_autofree char *path = g_strconcat(dir, "/full/input.json", NULL);
        json_auto_t *item = load(path);
        json_auto_t *small = trimmed(*k, item);
        char *before = json_dumps(item, 0), *after = json_dumps(small, 0);
        cr_expect(strstr(before, "CANARY"), "%s plants nothing", path);
        cr_expect_not(strstr(after, "CANARY"), "%s: %s", path, after);
        cr_expect(strstr(after, "\"labels\""), "%s: %s", path, after);
        free(before);
        free(after);
    }
}
