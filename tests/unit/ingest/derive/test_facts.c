/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts: one entry an object, roleRefs, owners, and what is implied. */
#include <stdio.h>

#include "ingest/derive/facts.h"
#include "tests/test.h"

static struct meta meta(const char *ns, const char *name)
{
    return (struct meta){.ns = ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""};
}

static struct fact_pod *add_pod(struct facts *f, const char *ns, const char *name)
{
    struct fact_pod *p = FACTS_PUSH(f, pods);

    p->meta = meta(ns, name);
    p->node = p->phase = p->pod_ip = p->runtime_class = p->workload_kind = p->workload_name = "";
    p->service_account = "default";
    return p;
}

static void add_role(struct facts *f, const char *ns, const char *name)
{
    FACTS_PUSH(f, roles)->meta = meta(ns, name);
}

static struct fact_binding *add_binding(struct facts *f, const char *ns, const char *name,
                                        bool to_clusterrole, const char *role)
{
    struct fact_binding *b = FACTS_PUSH(f, bindings);

    b->meta = meta(ns, name);
    b->to_clusterrole = to_clusterrole;
    b->role_name = role;
    return b;
}

static void add_workload(struct facts *f, const char *kind, const char *name,
                         const char *owner_kind, const char *owner)
{
    struct fact_workload *w = FACTS_PUSH(f, workloads);

    w->meta = meta("shop", name);
    w->kind = kind;
    w->meta.owner_kind = owner_kind;
    w->meta.owner_name = owner;
}

Test(facts, grow_and_keep_what_they_have)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    char name[16];

    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        add_pod(f, "shop", arena_strdup(a, name));
    }
    facts_index(f);
    cr_expect_eq(f->pods.n, 1000);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        cr_expect_eq(facts_pod(f, "shop", name), &f->pods.v[i]);
    }
    cr_expect_null(facts_pod(f, "shop", "p1000"));
    cr_expect_null(facts_pod(f, "sho", "p/p1"));
}

Test(facts, look_ups_before_the_index_find_nothing)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");

    add_pod(f, "shop", "a");
    cr_expect_null(facts_pod(f, "shop", "a"));
}

Test(facts, names_of_any_length_are_found)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    char name[3001];

    memset(name, 'x', 3000);
    name[3000] = '\0';
    add_pod(f, "shop", name);
    facts_index(f);
    cr_expect_eq(facts_pod(f, "shop", name), &f->pods.v[0]);
}

Test(facts, an_object_seen_twice_counts_once_and_the_later_wins)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");

    add_pod(f, "shop", "a")->phase = "Pending";
    add_pod(f, "shop", "b")->phase = "Running";
    add_pod(f, "other", "a")->phase = "Failed";
    add_pod(f, "shop", "a")->phase = "Running";
    facts_index(f);
    cr_expect_eq(f->pods.n, 3);
    cr_expect_str_eq(facts_pod(f, "shop", "a")->phase, "Running");
    cr_expect_str_eq(facts_pod(f, "shop", "b")->phase, "Running");
    cr_expect_str_eq(facts_pod(f, "other", "a")->phase, "Failed");
    for (size_t i = 0; i < f->pods.n; i++)
        cr_expect_eq(facts_pod(f, f->pods.v[i].meta.ns, f->pods.v[i].meta.name), &f->pods.v[i]);
}

Test(facts, what_was_read_wins_over_what_was_concluded)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct fact_secret read = {.meta = meta("shop", "s"), .type = "Opaque"};
    struct fact_secret inferred = {.meta = meta("shop", "s"), .type = "", .inferred = true};

    *FACTS_PUSH(f, secrets) = inferred;
    *FACTS_PUSH(f, secrets) = read;
    *FACTS_PUSH(f, secrets) = inferred;
    add_pod(f, "shop", "p")->phase = "Running";
    add_pod(f, "shop", "p")->meta.predicted = true;
    facts_index(f);
    cr_expect_eq(f->secrets.n, 1);
    cr_expect_not(facts_secret(f, "shop", "s")->inferred);
    cr_expect_eq(f->pods.n, 1);
    cr_expect_not(facts_pod(f, "shop", "p")->meta.predicted);
}

Test(facts, subsets_of_endpoints_stand_or_fall_together)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    static const struct {
        int32_t subset;
        const char *name, *service;
    } in[] = {{0, "web", "old"}, {1, "web", "old"}, {2, "web", "old"},     {-1, "web", "slice"},
              {0, "web", "new"}, {1, "web", "new"}, {-1, "web-2", "slice"}};

    for (size_t i = 0; i < ARRAY_LEN(in); i++) {
        struct fact_endpoints *e = FACTS_PUSH(f, endpoints);
        e->meta = meta("shop", in[i].name);
        e->subset = in[i].subset;
        e->service = in[i].service;
    }
    facts_index(f);
    cr_expect_eq(f->endpoints.n, 4);
    for (size_t i = 0; i < f->endpoints.n; i++)
        cr_expect_str_neq(f->endpoints.v[i].service, "old");
}

Test(facts, role_references_are_resolved_by_kind_namespace_and_name)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    static const struct {
        const char *ns;
        bool to_clusterrole;
        const char *role, *want; /* namespace of the role found, NULL for none */
    } cases[] = {
        {"shop", false, "r", "shop"}, {"other", false, "r", "other"},
        {"third", false, "r", NULL},  {"shop", true, "r", ""},
        {"", true, "r", ""},          {"shop", true, "gone", NULL},
        {"shop", false, "cr", NULL},  {"", true, "shop/r", NULL},
        {"shop", true, "cr", ""},
    };

    add_role(f, "shop", "r");
    add_role(f, "other", "r");
    add_role(f, "", "r");
    add_role(f, "", "cr");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        add_binding(f, cases[i].ns, arena_printf(a, "b%zu", i), cases[i].to_clusterrole,
                    cases[i].role);
    facts_index(f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct fact_role *r = f->bindings.v[i].role;
        cr_expect_str_eq(r ? r->meta.ns : "-", cases[i].want ? cases[i].want : "-", "case %zu", i);
    }
}

Test(facts, owners_lead_to_the_top)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    static const struct label hash[] = {{"pod-template-hash", "7d9"}};
    static const struct {
        const char *owner_kind, *owner, *kind, *name;
        bool hash;
    } cases[] = {
        {"", "", "", "", false},
        {"ReplicaSet", "web-7d9", "Deployment", "web", true},
        {"ReplicaSet", "unread-7d9", "Deployment", "unread", true},
        {"ReplicaSet", "unread-8e8", "ReplicaSet", "unread-8e8", true},
        {"ReplicaSet", "-7d9", "ReplicaSet", "-7d9", true},
        {"ReplicaSet", "bare-7d9", "ReplicaSet", "bare-7d9", true},
        {"ReplicaSet", "unread-7d9", "ReplicaSet", "unread-7d9", false},
        {"Job", "nightly-1", "CronJob", "nightly", false},
        {"StatefulSet", "db", "StatefulSet", "db", false},
        {"Node", "node-1", "", "", false},
        {"Loop", "a", "Loop", "a", false},
    };

    add_workload(f, "ReplicaSet", "web-7d9", "Deployment", "web");
    add_workload(f, "ReplicaSet", "bare-7d9", "", "");
    add_workload(f, "Deployment", "web", "", "");
    add_workload(f, "Job", "nightly-1", "CronJob", "nightly");
    add_workload(f, "Loop", "a", "Loop", "b");
    add_workload(f, "Loop", "b", "Loop", "a");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fact_pod *p = add_pod(f, "shop", arena_printf(a, "p%zu", i));
        p->meta.owner_kind = cases[i].owner_kind;
        p->meta.owner_name = cases[i].owner;
        if (cases[i].hash) {
            p->meta.labels = hash;
            p->meta.nlabels = 1;
        }
    }
    facts_index(f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cr_expect_str_eq(f->pods.v[i].workload_kind, cases[i].kind, "case %zu", i);
        cr_expect_str_eq(f->pods.v[i].workload_name, cases[i].name, "case %zu", i);
    }
}

Test(facts, imply_what_others_name)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    static const char *const names[] = {"s1", "s2"};
    const struct texts two = {names, 2}, one = {names, 1};
    struct fact_volume volume = {.secrets = two, .configmaps = one};
    struct fact_container container = {.env_secrets = one, .env_configmaps = two};
    struct fact_serviceaccount sa = {.meta = meta("ci", "bot"), .image_pull_secrets = one};

    struct fact_pod *p = add_pod(f, "shop", "p");
    p->node = "node-1";
    p->service_account = "web";
    p->volumes = &volume;
    p->nvolumes = 1;
    p->containers = &container;
    p->ncontainers = 1;
    *FACTS_PUSH(f, serviceaccounts) = sa;
    *FACTS_PUSH(f, configmaps) = (struct fact_configmap){meta("far", "x")};
    facts_index(f);
    cr_expect(facts_namespace(f, "default") && facts_namespace(f, "kube-system"));
    cr_expect(facts_namespace(f, "shop") && facts_namespace(f, "ci") && facts_namespace(f, "far"));
    cr_expect_eq(f->namespaces.n, 5);
    cr_expect(facts_node(f, "node-1"));
    cr_expect_eq(f->nodes.n, 1);
    cr_expect(facts_sa(f, "shop", "web"));
    cr_expect_null(facts_sa(f, "shop", "default"));
    cr_expect_eq(f->serviceaccounts.n, 2);
    cr_expect(facts_secret(f, "shop", "s1")->inferred && facts_secret(f, "shop", "s2")->inferred);
    cr_expect(facts_secret(f, "ci", "s1")->inferred);
    cr_expect_eq(f->secrets.n, 3);
    cr_expect_eq(f->configmaps.n, 3);
    cr_expect(g_hash_table_contains(f->configmap_by_name, "shop/s2"));
}

Test(facts, nothing_names_nothing)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");

    facts_index(f);
    cr_expect_eq(f->namespaces.n, 2);
    cr_expect_eq(f->pods.n + f->nodes.n + f->secrets.n + f->serviceaccounts.n, 0);
}

Test(facts, labels_are_found_by_their_whole_key)
{
    const struct label labels[] = {{"app", "web"}, {"app.kubernetes.io/name", "x"}, {"empty", ""}};
    const struct meta m = {
        .labels = labels, .nlabels = 3, .annotations = labels + 1, .nannotations = 1};

    cr_expect_str_eq(facts_label(&m, "app"), "web");
    cr_expect_str_eq(facts_label(&m, "empty"), "");
    cr_expect_null(facts_label(&m, "ap"));
    cr_expect_null(facts_annotation(&m, "app"));
    cr_expect_str_eq(facts_annotation(&m, "app.kubernetes.io/name"), "x");
}
