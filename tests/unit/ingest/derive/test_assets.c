/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes of objects, hubs, subjects and crown jewels. */
#include "ingest/derive/jewels.h"
#include "ingest/derive/rule.h"
#include "tests/test.h"

/* A container of an image, as the parsers leave it. */
static struct fact_container *container(struct arena *a, const char *name, const char *image)
{
    struct fact_container *c = arena_calloc(a, 1, sizeof(*c));

    *c = (struct fact_container){.name = name,
                                 .image = image,
                                 .id = "",
                                 .run_as_user = -1,
                                 .apparmor = "",
                                 .seccomp = "",
                                 .proc_mount = "",
                                 .target = ""};
    return c;
}

static struct fact_pod *add_pod(struct facts *f, const char *name, const char *phase,
                                const struct fact_container *c)
{
    struct fact_pod *p = FACTS_PUSH(f, pods);

    *p = (struct fact_pod){
        .meta = {.ns = "shop", .name = name, .uid = "u", .owner_kind = "", .owner_name = ""},
        .node = "w1",
        .service_account = "default",
        .phase = phase,
        .runtime_class = "",
        .pod_ip = "",
        .containers = c,
        .ncontainers = 1,
        .workload_kind = "",
        .workload_name = "",
    };
    return p;
}

static const struct node_row *find(const struct part *p, const char *key)
{
    for (size_t i = 0; i < p->nnodes; i++)
        if (strcmp(p->nodes[i].key, key) == 0)
            return &p->nodes[i];
    return NULL;
}

static const char *store_of(const struct fact_pod *p, const struct fact_container *c)
{
    const struct datastore_engine *e = datastores_engine(p, c);

    return e ? e->name : NULL;
}

Test(assets, knows_databases_by_the_last_component_of_the_image)
{
    static const struct {
        const char *image, *want;
    } cases[] = {
        {"postgres", "postgres"},
        {"postgres:16-alpine", "postgres"},
        {"docker.io/library/mysql@sha256:0000", "mysql"},
        {"registry:5000/bitnami/postgresql:15", "postgres"},
        {"registry.example.com/team/redis", "redis"},
        {"prometheuscommunity/postgres-exporter:v1", NULL},
        {"oliver006/redis_exporter", NULL},
        {"mongo-express", NULL},
        {"mypostgres", NULL},
        {"postgres/backup", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        struct fact_pod p = {0};
        const char *got = store_of(&p, container(a, "main", cases[i].image));
        cr_expect(g_strcmp0(got, cases[i].want) == 0, "%s: %s", cases[i].image, got);
    }
}

Test(assets, takes_a_database_port_for_one_only_with_a_claim)
{
    AUTO(arena) a = arena_new();
    const struct fact_volume claim = {.name = "d", .type = VOLUME_PVC};
    const struct fact_mount mount = {.volume = 0};
    const struct fact_port port = {.name = "", .protocol = "TCP", .number = 5432};
    struct fact_container *c = container(a, "main", "shop/db");
    struct fact_pod p = {.volumes = &claim, .nvolumes = 1};

    c->ports = &port;
    c->nports = 1;
    cr_expect_null(store_of(&p, c));
    c->mounts = &mount;
    c->nmounts = 1;
    cr_expect_str_eq(store_of(&p, c), "postgres");
    c->type = CONTAINER_INIT;
    cr_expect_null(store_of(&p, c));
}

Test(assets, reads_tags_strictly)
{
    static const struct {
        const char *value;
        double want; /* < 0: ignored */
    } cases[] = {
        {"0", 0},   {"1", 1},    {"0.25", 0.25}, {"1.0", 1},   {"", -1},     {"1.5", -1},
        {"-1", -1}, {"nan", -1}, {"high", -1},   {"0.5x", -1}, {" 0.5", -1}, {"1e-1", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, "c");
        struct label tag = {FACTS_TAG_CROWN_JEWEL, cases[i].value};
        struct meta m = {.labels = &tag, .nlabels = 1};
        const char *bad;
        double w = -1;
        bool ok = tags_worth(f, &m, &w, &bad);
        cr_expect_eq(ok, cases[i].want >= 0, "\"%s\"", cases[i].value);
        cr_expect_float_eq(w, cases[i].want, 1e-9, "\"%s\"", cases[i].value);
        cr_expect_eq(bad != NULL, !ok, "\"%s\"", cases[i].value);
    }
}

/* A namespace tag reaches its pods, a pod's own tag wins, a dead pod is worth nothing. */
Test(assets, marks_jewels)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct label shop = {FACTS_TAG_CROWN_JEWEL, "0.6"}, own = {FACTS_TAG_CROWN_JEWEL, "0.9"},
                 bad = {FACTS_TAG_CROWN_JEWEL, "x"};
    struct part p = {0};

    *FACTS_PUSH(f, namespaces) = (struct fact_namespace){
        .meta = {.ns = "", .name = "shop", .uid = "", .labels = &shop, .nlabels = 1}};
    add_pod(f, "web", "Running", container(a, "main", "postgres"));
    struct fact_pod *vip = add_pod(f, "vip", "Running", container(a, "main", "app"));
    vip->meta.labels = &own;
    vip->meta.nlabels = 1;
    struct fact_pod *odd = add_pod(f, "odd", "Running", container(a, "main", "app"));
    odd->meta.annotations = &bad;
    odd->meta.nannotations = 1;
    add_pod(f, "dead", "Succeeded", container(a, "main", "app"));
    facts_index(f);
    must(rule_derive(f, NULL, a, &p, &e));

    static const struct {
        const char *key;
        enum jewel jewel;
        double weight;
    } want[] = {
        {"k8s:c/pod/shop/web", JEWEL_NONE, 0}, /* holds the jewel, is not another one */
        {"k8s:c/container/shop/web/main", JEWEL_CUSTOMER, 0.6}, /* not DATA_STORE 0.7 */
        {"k8s:c/container/shop/vip/main", JEWEL_CUSTOMER, 0.9},
        {"k8s:c/container/shop/odd/main", JEWEL_CUSTOMER, 0.6},
        {"k8s:c/container/shop/dead/main", JEWEL_NONE, 0},
        {"k8s:c/nsadmin/shop/all", JEWEL_CUSTOMER, 0.6},
        {"k8s:c/node//w1", JEWEL_NODE_ANY, 0.416},
        /* three pods, one account */
        {"k8s:c/clusteradmin//all", JEWEL_CLUSTER_ADMIN, 1},
        {"k8s:c/secretset//all", JEWEL_SECRETS_CLUSTER, 0.9},
        {"k8s:c/secretset/kube-system/all", JEWEL_SECRETS_CLUSTER, 0.9},
        {"k8s:c/secretset/shop/all", JEWEL_NONE, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct node_row *n = find(&p, want[i].key);
        cr_assert(n, "%s", want[i].key);
        cr_expect_eq(n->jewel, want[i].jewel, "%s: %d", want[i].key, n->jewel);
        cr_expect_float_eq(n->weight, want[i].weight, 1e-9, "%s: %g", want[i].key, n->weight);
    }
    cr_expect(strstr(find(&p, "k8s:c/pod/shop/odd")->props, "\"crownJewelIgnored\":\"x\""));
    cr_expect(
        strstr(find(&p, "k8s:c/container/shop/web/main")->props, "\"dataStore\":\"postgres\""));
}

static struct meta tagged(const char *ns, const char *name, const struct label *tag)
{
    return (struct meta){.ns = ns,
                         .name = name,
                         .uid = "",
                         .owner_kind = "",
                         .owner_name = "",
                         .labels = tag,
                         .nlabels = tag ? 1 : 0};
}

/* Whatever stands for the same thing says so: risk counts it once. */
Test(assets, says_what_was_tagged)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct label shop = {FACTS_TAG_CROWN_JEWEL, "0.6"}, own = {FACTS_TAG_CROWN_JEWEL, "0.9"};
    struct fact_container two[2][2];
    struct part p = {0};

    *FACTS_PUSH(f, namespaces) = (struct fact_namespace){.meta = tagged("", "shop", &shop)};
    *FACTS_PUSH(f, workloads) =
        (struct fact_workload){.meta = tagged("shop", "api", &own), .kind = "Deployment"};
    for (unsigned i = 0; i < 2; i++) {
        two[i][0] = *container(a, "a", "app");
        two[i][1] = *container(a, "b", "postgres");
        struct fact_pod *pod = add_pod(f, i ? "api-1" : "api-0", "Running", two[i]);
        pod->ncontainers = 2;
        pod->meta.owner_kind = "Deployment";
        pod->meta.owner_name = "api";
    }
    add_pod(f, "web", "Running", container(a, "main", "app"));
    add_pod(f, "vip", "Running", container(a, "main", "app"))->meta = tagged("shop", "vip", &own);
    add_pod(f, "dead", "Failed", container(a, "main", "app"));
    facts_index(f);
    must(rule_derive(f, NULL, a, &p, &e));

    static const struct {
        const char *key, *of; /* NULL: nothing */
    } want[] = {
        {"k8s:c/container/shop/api-0/a", "\"crownJewelOf\":\"Deployment shop/api\""},
        {"k8s:c/container/shop/api-0/b", "\"crownJewelOf\":\"Deployment shop/api\""},
        {"k8s:c/container/shop/api-1/b", "\"crownJewelOf\":\"Deployment shop/api\""},
        {"k8s:c/container/shop/web/main", "\"crownJewelOf\":\"Namespace shop\""},
        {"k8s:c/nsadmin/shop/all", "\"crownJewelOf\":\"Namespace shop\""},
        {"k8s:c/container/shop/vip/main", "\"crownJewelOf\":\"Pod shop/vip\""},
        {"k8s:c/container/shop/dead/main", NULL},
        {"k8s:c/secretset//all", "\"crownJewelOf\":\"Secrets of the cluster\""},
        {"k8s:c/secretset/kube-system/all", "\"crownJewelOf\":\"Secrets of the cluster\""},
        {"k8s:c/secretset/shop/all", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct node_row *n = find(&p, want[i].key);
        cr_assert(n, "%s", want[i].key);
        cr_expect(want[i].of ? strstr(n->props, want[i].of) != NULL
                             : strstr(n->props, "crownJewelOf") == NULL,
                  "%s: %s", want[i].key, n->props);
    }
}

Test(assets, honours_the_tag_of_every_kind_that_is_worth_something)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct label tag = {FACTS_TAG_CROWN_JEWEL, "0.8"}, none = {FACTS_TAG_CROWN_JEWEL, "0"},
                 bad = {FACTS_TAG_CROWN_JEWEL, "x"};
    struct part p = {0};

    *FACTS_PUSH(f, secrets) = (struct fact_secret){
        .meta = tagged("shop", "keys", &tag), .type = "", .service_account = ""};
    *FACTS_PUSH(f, secrets) = (struct fact_secret){
        .meta = tagged("shop", "odd", &bad), .type = "", .service_account = ""};
    *FACTS_PUSH(f, serviceaccounts) =
        (struct fact_serviceaccount){.meta = tagged("shop", "ci", &tag)};
    *FACTS_PUSH(f, configmaps) = (struct fact_configmap){.meta = tagged("shop", "conf", &tag)};
    *FACTS_PUSH(f, pvcs) =
        (struct fact_pvc){.meta = tagged("shop", "data", &tag), .volume = "", .storage_class = ""};
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"gold", "lead", "tin"};
        const struct label *tags[] = {&tag, &none, NULL};
        *FACTS_PUSH(f, nodes) = (struct fact_node){.meta = tagged("", names[i], tags[i]),
                                                   .os = "",
                                                   .arch = "",
                                                   .os_image = "",
                                                   .kernel = "",
                                                   .runtime = "",
                                                   .kubelet = "",
                                                   .provider_id = ""};
    }
    facts_index(f);
    must(rule_derive(f, NULL, a, &p, &e));

    static const struct {
        const char *key;
        enum jewel jewel;
        double weight;
    } want[] = {
        {"k8s:c/secret/shop/keys", JEWEL_CUSTOMER, 0.8},
        {"k8s:c/secret/shop/odd", JEWEL_NONE, 0},
        {"k8s:c/serviceaccount/shop/ci", JEWEL_CUSTOMER, 0.8},
        {"k8s:c/configmap/shop/conf", JEWEL_CUSTOMER, 0.8},
        {"k8s:c/persistentvolumeclaim/shop/data", JEWEL_CUSTOMER, 0.8},
        {"k8s:c/node//gold", JEWEL_CUSTOMER, 0.8},
        {"k8s:c/node//lead", JEWEL_NONE, 0},
        {"k8s:c/node//tin", JEWEL_NODE_ANY, 0.3},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct node_row *n = find(&p, want[i].key);
        cr_assert(n, "%s", want[i].key);
        cr_expect_eq(n->jewel, want[i].jewel, "%s: %d", want[i].key, n->jewel);
        cr_expect_float_eq(n->weight, want[i].weight, 1e-9, "%s: %g", want[i].key, n->weight);
        if (n->jewel == JEWEL_CUSTOMER)
            cr_expect(strstr(n->props, "\"crownJewel\":0.8"), "%s: %s", want[i].key, n->props);
    }
    cr_expect(strstr(find(&p, "k8s:c/secret/shop/odd")->props, "\"crownJewelIgnored\":\"x\""));
}

Test(assets, knows_a_service_account_by_its_user_name)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    AUTO(draft) d = draft_new(a, "c");

    *FACTS_PUSH(f, serviceaccounts) =
        (struct fact_serviceaccount){.meta = {.ns = "shop", .name = "ci", .uid = ""}};
    facts_index(f);
    AUTO(assets) as = assets_new(f, d);
    struct fact_subject sa = {SUBJECT_SERVICEACCOUNT, "shop", "ci"};
    struct fact_subject user = {SUBJECT_USER, "", "system:serviceaccount:shop:ci"};
    struct fact_subject group = {SUBJECT_GROUP, "", "system:serviceaccount:shop:ci"};
    struct fact_subject broken = {SUBJECT_USER, "", "system:serviceaccount:shop"};
    struct fact_subject ghost = {SUBJECT_SERVICEACCOUNT, "shop", "ghost"};

    cr_expect_eq(assets_subject(f, d, &sa), f->serviceaccounts.v[0].meta.ix);
    cr_expect_eq(assets_subject(f, d, &user), f->serviceaccounts.v[0].meta.ix);
    cr_expect_eq(draft_kind(d, assets_subject(f, d, &group)), NODE_GROUP);
    cr_expect_eq(draft_kind(d, assets_subject(f, d, &broken)), NODE_USER);
    cr_expect_eq(draft_kind(d, assets_subject(f, d, &ghost)), NODE_SERVICEACCOUNT);
    cr_expect_eq(assets_subject(f, d, &ghost), assets_subject(f, d, &ghost));
    cr_expect_null(assets_ns(as, "elsewhere"));
    cr_expect(assets_ns(as, "shop"));
}
