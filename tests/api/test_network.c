/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/network, its matrix and quarantine, of the sample cluster by the real way. */
#include <stdio.h>

#include <glib.h>

#include "base/fetch.h"
#include "tests/api/shop.h"
#include "tests/support/http_agree.h"
#include "tests/support/run_program.h"

#define STOREFRONT "web/storefront-307aaa9f5-7xk2p"
#define CART "web/cart-ac173a249-c5wqz"
#define LOAD "sandbox/load-generator-3c91487d1-zz8hv"
#define CUSTOMERS "data/customer-db-0"
#define AGENT "kube-system/node-agent-4jx7c"
#define CUT "tests/cases/network/cut-customer-db.yaml"

/* Pairs, and what is said of them. */
static const struct {
    const char *from, *to, *more, *allowed, *connections;
    const char *egress, *ingress; /* the first policy of that direction; "" none */
    const char *change;           /* what some entry of would_change says */
    const char *cut;              /* direction of the cut; NULL: none is possible or needed */
} pairs[] = {
    {STOREFRONT, CUSTOMERS, "", "yes", "TCP:5432", "", "databases",
     "NetworkPolicy data/databases: spec.ingress[0] allows it (TCP:5432)", "egress"},
    {STOREFRONT, CUSTOMERS, "&port=5432", "yes", "TCP:5432", "", "databases", "spec.ingress[0]",
     "egress"},
    {STOREFRONT, CUSTOMERS, "&port=22", "no", "TCP:5432", "", "databases",
     "NetworkPolicy data/databases isolates data/customer-db-0 for ingress", "egress"},
    {STOREFRONT, CUSTOMERS, "&port=5432&protocol=UDP", "no", "TCP:5432", "", "databases",
     "spec.ingress", "egress"},
    {LOAD, STOREFRONT, "", "yes", "TCP:8080", "sandbox-isolated", "", "spec.egress[0]", "ingress"},
    {LOAD, CART, "", "no", "", "sandbox-isolated", "",
     "NetworkPolicy sandbox/sandbox-isolated isolates " LOAD " for egress", NULL},
    {CART, LOAD, "", "no", "", "", "sandbox-isolated", "a rule in spec.ingress would", NULL},
    {LOAD, CUSTOMERS, "", "no", "", "sandbox-isolated", "databases", "for egress", NULL},
    {"k8s:shop/workload/web/storefront/Deployment", "k8s:shop/service/data/customer-db", "", "yes",
     "TCP:5432", "", "databases", "spec.ingress[0]", "egress"},
    {"k8s:shop/container/" CART "/cart", "k8s:shop/service/web/storefront", "", "yes", "All", "",
     "", "No NetworkPolicy selects web/storefront", "ingress"},
    {"203.0.113.9", CUSTOMERS, "", "no", "", "", "databases", "a rule in spec.ingress would", NULL},
    {CART, "203.0.113.0/24", "", "yes", "All", "", "", "for egress", "egress"},
    {LOAD, "internet", "", "no", "", "sandbox-isolated", "", "spec.egress", NULL},
    {"internet", STOREFRONT, "", "yes", "All", "", "", "for ingress", "ingress"},
    {"internet", CART, "", "no", "All", "", "", "for ingress", NULL},
    {"10.244.1.11", CUSTOMERS, "", "yes", "TCP:5432", "", "databases", "spec.ingress[0]", "egress"},
};

static const char *question(struct arena *a, const char *from, const char *to, const char *more)
{
    return arena_printf(a, "/v1/network?from=%s&to=%s%s", fetch_escape(a, from),
                        fetch_escape(a, to), more);
}

static bool some_change_says(const json_t *doc, const char *text)
{
    size_t i;
    json_t *change;

    json_array_foreach (json_object_get(doc, "would_change"), i, change)
        if (strstr(shop_text(change, "words"), text))
            return true;
    return false;
}

static void check_pair(struct http_agree *h, size_t i)
{
    AUTO(arena) a = arena_new();
    const char *path = question(a, pairs[i].from, pairs[i].to, pairs[i].more);
    json_auto_t *doc = http_agree_ask(h, path, NULL);

    cr_expect_str_eq(shop_text(doc, "allowed"), pairs[i].allowed, "%s: %s", path,
                     shop_text(doc, "summary"));
    cr_expect_str_eq(shop_text(doc, "connections"), pairs[i].connections, "%s", path);
    cr_expect_str_eq(shop_text(doc, "egress/policies/0/name"), pairs[i].egress, "%s", path);
    cr_expect_str_eq(shop_text(doc, "ingress/policies/0/name"), pairs[i].ingress, "%s", path);
    cr_expect(some_change_says(doc, pairs[i].change), "%s: no change says \"%s\": %s", path,
              pairs[i].change, shop_text(doc, "would_change/0/words"));
    if (!pairs[i].cut) {
        cr_expect_not(json_is_true(shop_at(doc, "cut/possible")) &&
                          strcmp(pairs[i].from, "internet") != 0,
                      "%s", path);
        return;
    }
    cr_expect(json_is_true(shop_at(doc, "cut/possible")), "%s: %s", path,
              shop_text(doc, "cut/why_not"));
    cr_expect_str_eq(shop_text(doc, "cut/way"), pairs[i].cut, "%s", path);
    cr_expect(g_str_has_prefix(shop_text(doc, "cut/manifests/0/metadata/name"), "graphd-cut-"));
}

/* What is refused: status, and what the problem says. */
static const struct {
    const char *path, *says;
    int status;
} refused[] = {
    {"/v1/network?from=" CART, "to", 400},
    {"/v1/network?from=" CART "&to=" CUSTOMERS "&port=0", "port", 400},
    {"/v1/network?from=" CART "&to=" CUSTOMERS "&port=65536", "port", 400},
    {"/v1/network?from=" CART "&to=" CUSTOMERS "&protocol=UDP", "means nothing without port", 400},
    {"/v1/network?from=" CART "&to=" CUSTOMERS "&port=1&protocol=ICMP", "want TCP, UDP or SCTP",
     400},
    {"/v1/network?from=" CART "&to=" CUSTOMERS "&ports=1", "ports", 400},
    {"/v1/network?from=" CART "&to=k8s:shop/secret/web/cart-session", "is a secret; want a pod",
     400},
    {"/v1/network?from=" CART "&to=web/nobody-at-all", "to", 404},
    {"/v1/network?from=internet&to=10.0.0.0/8", "neither end is in a cluster", 400},
    {"/v1/network/matrix", "namespace", 400},
    {"/v1/network/matrix?namespace=nowhere", "none is called", 404},
    {"/v1/network/matrix?namespace=web&cluster=other", "none is called", 404},
    {"/v1/network/matrix?namespace=web&peers=node", "want workload or pod", 400},
    {"/v1/network/matrix?namespace=web&limit=5001", "limit", 400},
    {"/v1/network/matrix?namespace=web&cursor=abc", "cursor", 400},
    {"/v1/network/quarantine", "pod", 400},
    {"/v1/network/quarantine?pod=worker-1", "want a pod or a container", 400},
    {"/v1/network/quarantine?pod=" CART "&dns=yes", "want true or false", 400},
};

static void check_refused(struct http_agree *h)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        AUTO(arena) a = arena_new();
        struct api_reply r;

        api_get(&h->api, a, refused[i].path, "", &r);
        cr_expect_eq(r.status, refused[i].status, "%s: %d %s", refused[i].path, r.status, r.body);
        cr_expect(strstr(r.body, refused[i].says), "%s: %s", refused[i].path, r.body);
        cr_expect(strstr(r.head, "application/problem+json"), "%s", r.head);
    }
}

/* All rows by pages of `limit`, as lines of "src\tdst\tconns". */
static GPtrArray *matrix(struct http_agree *h, const char *ns, unsigned limit)
{
    AUTO(arena) a = arena_new();
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    const char *cursor = "";

    do {
        json_auto_t *doc = http_agree_ask(
            h,
            arena_printf(a, "/v1/network/matrix?namespace=%s&limit=%u%s%s", ns, limit,
                         *cursor ? "&cursor=" : "", *cursor ? fetch_escape(a, cursor) : ""),
            NULL);
        const json_t *items = shop_at(doc, "items");
        cr_assert_leq(json_array_size(items), limit);
        for (size_t i = 0; i < json_array_size(items); i++) {
            const json_t *row = json_array_get(items, i);
            g_ptr_array_add(rows,
                            g_strdup_printf("%s\t%s\t%s", shop_text(row, "src"),
                                            shop_text(row, "dst"), shop_text(row, "connections")));
        }
        cursor = arena_strdup(a, shop_text(doc, "next"));
    } while (*cursor);
    return rows;
}

/* The matrix is what the collector prints, but for rows without a peer of the namespace. */
static void check_matrix(struct http_agree *h, const char *ns)
{
    AUTO(arena) a = arena_new();
    g_autoptr(GPtrArray) whole = matrix(h, ns, 5000);
    g_autoptr(GPtrArray) paged = matrix(h, ns, 4);
    struct run_result r =
        run_program(a, "graphd-ingest",
                    (const char *const[]){"ask", "network", "--from", "examples/shop", NULL});
    g_auto(GStrv) lines = g_strsplit(r.out, "\n", -1);
    const char *src = arena_printf(a, "%s/", ns), *dst = arena_printf(a, "\t%s/", ns);
    guint n = 0;

    cr_assert_eq(r.status, 0, "%s", r.err);
    for (size_t i = 1; lines[0] && lines[i]; i++) {
        if (!g_str_has_prefix(lines[i], src) && !strstr(lines[i], dst))
            continue;
        cr_assert_lt(n, whole->len, "%s lacks %s", ns, lines[i]);
        cr_expect_str_eq(whole->pdata[n], lines[i]);
        cr_expect_str_eq(paged->pdata[n], lines[i]);
        n++;
    }
    cr_expect_eq(n, whole->len);
    cr_expect_eq(n, paged->len);
    cr_expect_gt(n, 0);
}

static void check_quarantine(struct http_agree *h)
{
    json_auto_t *front = http_agree_ask(h, "/v1/network/quarantine?pod=" STOREFRONT, NULL);
    json_auto_t *cart = http_agree_ask(h, "/v1/network/quarantine?pod=" CART "&dns=true", NULL);
    json_auto_t *store = http_agree_ask(h, "/v1/network/quarantine?pod=" CUSTOMERS, NULL);
    json_auto_t *agent = http_agree_ask(h, "/v1/network/quarantine?pod=" AGENT, NULL);

    /* two replicas with the same labels */
    cr_expect(json_is_true(shop_at(front, "closed")));
    cr_expect_str_eq(shop_text(front, "label/key"), "graphd.io/quarantine");
    cr_expect_str_eq(shop_text(front, "same_labels/0"), "web/storefront-307aaa9f5-m9t4d");
    cr_expect(strstr(shop_text(front, "yaml"), "graphd.io/quarantine: "), "%s",
              shop_text(front, "yaml"));
    cr_expect(strstr(shop_text(front, "commands/0"), "kubectl label pod -n web storefront-"));
    /* its labels are its own */
    cr_expect(json_is_true(shop_at(cart, "closed")));
    cr_expect(json_is_null(shop_at(cart, "label")));
    cr_expect(strstr(shop_text(cart, "yaml"), "app: cart"), "%s", shop_text(cart, "yaml"));
    cr_expect(strstr(shop_text(cart, "yaml"), "k8s-app: kube-dns"), "%s", shop_text(cart, "yaml"));
    /* a policy that selects all pods of the namespace lets the web in, whatever is added */
    cr_expect(json_is_false(shop_at(store, "closed")));
    cr_expect_str_eq(shop_text(store, "remains/0/object"), "NetworkPolicy data/databases");
    cr_expect_str_eq(shop_text(store, "remains/0/field"), "spec.ingress[0]");
    cr_expect_eq(json_array_size(shop_at(store, "remains")), 1);
    cr_expect_eq(json_array_size(shop_at(store, "remove_labels")), 0, "it would not help");
    /* on its node's network */
    cr_expect(json_is_false(shop_at(agent, "possible")));
    cr_expect(strstr(shop_text(agent, "why_not"), "network of its node"));
    cr_expect(json_is_null(shop_at(agent, "yaml")));
}

static struct run_result graphctl(const struct http_agree *h, struct arena *a,
                                  const char *const *args)
{
    const char *argv[16] = {"network", "--url",
                            arena_printf(a, "http://127.0.0.1:%u", h->api.port)};

    for (size_t n = 3; *args; args++)
        argv[n++] = *args;
    return run_program(a, "graphctl", argv);
}

static void check_command(const struct http_agree *h)
{
    AUTO(arena) a = arena_new();
    struct run_result pair = graphctl(h, a, (const char *const[]){STOREFRONT, CUSTOMERS, NULL});
    struct run_result port = graphctl(
        h, a, (const char *const[]){LOAD, STOREFRONT, "--port", "22", "--output", "json", NULL});
    struct run_result all = graphctl(h, a, (const char *const[]){"--matrix", "data", NULL});
    struct run_result alone =
        graphctl(h, a, (const char *const[]){"--quarantine", CART, "--yaml", NULL});
    struct run_result none = graphctl(h, a, (const char *const[]){"--quarantine", AGENT, NULL});
    json_auto_t *doc = json_loads(port.out, 0, NULL);

    cr_expect_eq(pair.status, 0, "%s", pair.err);
    cr_expect(strstr(pair.out, "may connect to data/customer-db-0: TCP:5432."), "%s", pair.out);
    cr_expect(strstr(pair.out, "NetworkPolicy data/databases (namespaced)"), "%s", pair.out);
    cr_expect(strstr(pair.out, "name: graphd-cut-"), "%s", pair.out);
    cr_expect_str_eq(shop_text(doc, "allowed"), "no", "%s", port.out);
    cr_expect(strstr(all.out, "18 open connections"), "%s", all.out);
    cr_expect(g_str_has_prefix(alone.out, "apiVersion: networking.k8s.io/v1\n"), "%s", alone.out);
    cr_expect_eq(none.status, 1);
    cr_expect(strstr(none.err, "network of its node"), "%s", none.err);
}

Test(network_api, pairs_matrix_and_quarantine, .timeout = 120)
{
    struct http_agree h;

    db_test_need();
    http_agree_init(&h);
    http_agree_store(&h, "shop", "examples/shop");
    http_agree_serve(&h);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        check_pair(&h, i);
    check_refused(&h);
    check_matrix(&h, "data");
    check_matrix(&h, "sandbox");
    check_quarantine(&h);
    check_command(&h);
    http_agree_done(&h);
}

/* The policy that the answer gives, applied: what was a path is none, the rest is as it was. */
static void check_applied(const char *yaml)
{
    AUTO(arena) a = arena_new();
    g_autofree char *fixture = NULL;
    struct http_agree h;

    cr_assert(g_file_get_contents(CUT, &fixture, NULL, NULL));
    cr_expect_str_eq(yaml, fixture, "%s is another policy", CUT);
    http_agree_init(&h);
    struct run_result r =
        run_program(a, "graphd-ingest",
                    (const char *const[]){"--cluster", "shop", "--from", "examples/shop", "--from",
                                          CUT, "--database", h.t.url, NULL});
    cr_assert_eq(r.status, 0, "%s", r.err);
    http_agree_serve(&h);
    json_auto_t *path = http_agree_ask(&h, question(a, "internet", CUSTOMERS, ""), NULL);
    json_auto_t *pair = http_agree_ask(&h, question(a, STOREFRONT, CUSTOMERS, ""), NULL);
    json_auto_t *other = http_agree_ask(&h, question(a, STOREFRONT, "data/orders-db-0", ""), NULL);
    json_auto_t *outside = http_agree_ask(&h, question(a, CART, "198.51.100.7", ""), NULL);
    cr_expect(json_is_false(shop_at(path, "path/network_only")), "%s",
              shop_text(path, "path/path_words/0"));
    cr_expect_str_eq(shop_text(pair, "allowed"), "no");
    cr_expect(some_change_says(pair, "graphd-cut-customer-db-from-"));
    cr_expect_str_eq(shop_text(other, "connections"), "TCP:5432");
    cr_expect_str_eq(shop_text(outside, "connections"), "All");
    http_agree_done(&h);
}

Test(network_api, the_cut_removes_the_path_from_the_internet, .timeout = 120)
{
    AUTO(arena) a = arena_new();
    struct http_agree h;

    db_test_need();
    http_agree_init(&h);
    http_agree_store(&h, "shop", "examples/shop");
    http_agree_serve(&h);
    json_auto_t *doc = http_agree_ask(&h, question(a, "internet", CUSTOMERS, ""), NULL);
    cr_expect_str_eq(shop_text(doc, "allowed"), "no");
    cr_expect(json_is_true(shop_at(doc, "path/network_only")));
    cr_expect_str_eq(shop_text(doc, "path/last_hop/edge"), "NET_REACH");
    cr_expect_eq(json_array_size(shop_at(doc, "path/path")), 2);
    cr_expect_eq(json_array_size(shop_at(doc, "cut/isolates")), 3, "storefront twice, and cart");
    cr_assert(json_is_true(shop_at(doc, "cut/possible")), "%s", shop_text(doc, "cut/why_not"));
    http_agree_done(&h);
    check_applied(shop_text(doc, "cut/yaml"));
}
