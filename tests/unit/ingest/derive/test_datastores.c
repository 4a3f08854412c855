/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue of data stores, and the words that credentials are known by. */
#include "ingest/derive/datacreds.h"
#include "ingest/derive/datanames.h"
#include "ingest/derive/datastores.h"
#include "tests/test.h"

static const struct datastore_engine *engine_of(const char *image)
{
    const struct fact_container c = {.image = image};
    const struct fact_pod p = {.meta = {.ns = "shop"}};

    return datastores_engine(&p, &c);
}

/* Rows out of order would not be found by the binary search. */
Test(datastores, finds_every_row_of_its_table)
{
    static const struct {
        const char *last, *before;
    } rows[] = {
#define STORE(symbol, name, login, ports, variables)
#define IMAGE(last, before, symbol) {last, before},
#define PORT(number, symbol)
#define HOST(pattern, symbol)
#include "ingest/derive/datastores.def"
#undef STORE
#undef IMAGE
#undef PORT
#undef HOST
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        g_autofree char *image = g_strdup_printf("mirror.example/%s%s%s:1", rows[i].before,
                                                 *rows[i].before ? "/" : "", rows[i].last);
        cr_expect(engine_of(image), "%s", image);
        cr_expect(i == 0 || strcmp(rows[i - 1].last, rows[i].last) < 0, "%s", rows[i].last);
    }
}

Test(datastores, wants_the_components_before_the_last_where_it_says_little)
{
    cr_expect_str_eq(engine_of("mcr.microsoft.com/mssql/server:2022-latest")->name, "mssql");
    cr_expect_str_eq(engine_of("mssql/server")->name, "mssql");
    cr_expect_null(engine_of("myproject/server:1"));
    cr_expect_null(engine_of("notmssql/server:1"));
    cr_expect_null(engine_of("server"));
    cr_expect_null(engine_of("kubernetes/enterprise:1"));
}

Test(datastores, leaves_the_etcd_of_the_cluster_alone)
{
    const struct fact_container c = {.image = "registry.k8s.io/etcd:3.5"};
    const struct fact_pod own = {.meta = {.ns = "shop"}}, mirror = {.meta.ns = "x", .mirror = true},
                          system = {.meta = {.ns = "kube-system"}};

    cr_expect_str_eq(datastores_engine(&own, &c)->name, "etcd");
    cr_expect_null(datastores_engine(&mirror, &c));
    cr_expect_null(datastores_engine(&system, &c));
}

Test(datastores, knows_its_variables_whole)
{
    const struct datastore_engine *e = engine_of("postgres");

    cr_expect(datastores_variable(e, "POSTGRES_PASSWORD"));
    cr_expect(datastores_variable(e, "POSTGRES_PASSWORD_FILE"));
    cr_expect_not(datastores_variable(e, "POSTGRES_PASS"));
    cr_expect_not(datastores_variable(e, "XPOSTGRES_PASSWORD"));
    cr_expect_not(datastores_variable(e, ""));
    cr_expect_not(datastores_variable(e, "_FILE"));
}

Test(datastores, tells_words_of_credentials)
{
    static const struct {
        const char *name;
        bool narrow, wide;
    } cases[] = {
        {"DB_PASSWORD", true, true},
        {"redis-pass", true, true},
        {"DATABASE_URL", false, true},
        {"connectionString", false, true},
        {"COLOR", false, false},
        {"keystore-password", false, false},
        {"SMTP_PASSWORD", false, false},
        {"tls.key", false, false},
        {"AWS_SECRET_ACCESS_KEY", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cr_expect_eq(datacreds_word(cases[i].name, false), cases[i].narrow, "%s", cases[i].name);
        cr_expect_eq(datacreds_word(cases[i].name, true), cases[i].wide, "%s", cases[i].name);
    }
}

static void add_store(struct facts *f, const char *ns, const char *name)
{
    struct fact_container *c = arena_calloc(f->arena, 1, sizeof(*c));
    struct fact_pod *p = FACTS_PUSH(f, pods);

    *c = (struct fact_container){.name = "main", .image = "postgres", .id = ""};
    *p = (struct fact_pod){
        .meta = {.ns = ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""},
        .node = "",
        .service_account = "default",
        .phase = "Running",
        .runtime_class = "",
        .pod_ip = "",
        .containers = c,
        .ncontainers = 1,
        .workload_kind = "",
        .workload_name = ""};
}

/* The longest run of whole words wins; other namespaces only for names of two words that are one
 * store's. */
Test(datastores, finds_names_in_other_names)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");

    add_store(f, "shop", "db");
    add_store(f, "shop", "orders-db");
    add_store(f, "team", "db");
    add_store(f, "team", "user.store");
    facts_index(f);
    AUTO(datastores) ds = datastores_new(f);
    AUTO(datanames) dn = datanames_new(f, ds);

    static const struct {
        const char *ns, *text, *want; /* "ns/name"; NULL: none */
    } cases[] = {
        {"shop", "orders-db-credentials", "shop/orders-db"},
        {"shop", "ORDERS_DB_PASSWORD", "shop/orders-db"},
        {"shop", "app-db", "shop/db"},
        {"shop", "appdb", NULL},
        {"shop", "dbs", NULL},
        {"shop", "orders", NULL},
        {"team", "my-orders-db", "shop/orders-db"}, /* longer than its own "db" */
        {"team", "my-db", "team/db"},
        {"third", "my-orders-db", "shop/orders-db"},
        {"third", "db", NULL},
        {"third", "USER_STORE_URL", "team/user.store"},
        {"third", "---", NULL},
        {"third", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct datastore *const *out = NULL;
        const char *name = NULL;
        size_t n = datanames_in(dn, cases[i].ns, cases[i].text, a, &out, &name);
        g_autofree char *got = n ? g_strdup_printf("%s/%s", out[0]->ns, out[0]->name) : NULL;
        cr_expect(g_strcmp0(got, cases[i].want) == 0, "%s %s: %s", cases[i].ns, cases[i].text, got);
    }
}
