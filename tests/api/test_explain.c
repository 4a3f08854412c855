/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/edge of the sample cluster, by the real way: why edges are there, and why not. */
#include <stdio.h>

#include <glib.h>

#include "base/fetch.h"
#include "tests/api/shop.h"
#include "tests/support/http_agree.h"
#include "tests/support/run_program.h"

#define K "k8s:shop/"
#define STOREFRONT "web/storefront-307aaa9f5-7xk2p"
#define AGENT "kube-system/node-agent-4jx7c"
#define CART "web/cart-ac173a249-c5wqz"

/* An edge that is there: its label, verdict, and what its words hold. */
static const struct {
    const char *from, *to, *edge, *verdict, *words[3];
} edges[] = {
    {K "container/" CART "/cart",
     K "secret/web/cart-session",
     "MOUNTS_SECRET",
     "yes",
     {"Pod " CART
      ": a key of the Secret is in the environment of the container (spec.containers[0].env)",
      "Therefore who holds container cart of Pod " CART " can get Secret web/cart-session"}},
    {K "permissionset/data/db-maintenance",
     K "pod/data/customer-db-0",
     "POD_EXEC",
     "yes",
     {"Role data/db-maintenance allows create on pods/exec by name (rules[1])",
      "RoleBinding data/db-maintenance: grants Role data/db-maintenance (roleRef)"}},
    {K "permissionset/kube-system/addon-installer",
     K "podslot/kube-system/all",
     "POD_CREATE",
     "yes",
     {"Role kube-system/addon-installer allows create on pods (rules[0])"}},
    {K "podslot/web/all",
     K "nodeset//all",
     "SLOT_ESCAPE",
     "blocked",
     {"Namespace web: Pod Security enforces \"baseline\": privileged pods are refused",
      "is blocked, and not walked"}},
    {K "podslot/kube-system/all",
     K "nodeset//all",
     "SLOT_ESCAPE",
     "yes",
     {"no Pod Security label", "can get all nodes of the cluster"}},
    {K "container/" AGENT "/agent",
     K "node//worker-1",
     "CE_NSENTER",
     "yes",
     {"the container sees the processes of the node (spec.hostPID)",
      "(spec.containers[0].securityContext.privileged)"}},
    {K "container/" STOREFRONT "/storefront",
     K "serviceaccount/web/storefront",
     "IDENTITY_ASSUME",
     "yes",
     {"mounts a token that the API server accepts (spec.containers[0].volumeMounts[0])"}},
    {"internet",
     K "endpoint/" STOREFRONT "/tcp:8080",
     "EXPOSE_LB",
     "yes",
     {"Service web/storefront: published at 203.0.113.40 (status.loadBalancer.ingress)",
      "Therefore anyone on the internet reaches port tcp:8080 of Pod " STOREFRONT}},
    {K "permissionset//cluster-operator",
     K "clusteradmin//all",
     "WILDCARD_ADMIN",
     "yes",
     {"ClusterRole cluster-admin allows every verb on every resource (rules[0])"}},
    {K "serviceaccount/web/storefront",
     K "permissionset/data/db-maintenance",
     "PERMISSION_DISCOVER",
     "yes",
     {"grants Role data/db-maintenance (subjects[0])"}},
};

/* One that is not there: the kind asked for (NULL: any), and what the nearest answer holds. */
static const struct {
    const char *from, *to, *kind, *edge, *object, *field, *reason;
} absent[] = {
    {STOREFRONT, "data/orders-db-0", NULL, "POD_EXEC", "Role data/db-maintenance", "rules[1]",
     "rules[1] gives create on pods/exec only by name: customer-db-0"},
    {CART, "worker-1", "CE_PRIV_MOUNT", "CE_PRIV_MOUNT", "Pod " CART,
     "spec.containers[0].securityContext.privileged", "privileged is not set"},
    {"internet", CART, NULL, "EXPOSE_LB", "Service web/cart", "spec.type",
     "it is of type ClusterIP: no load balancer publishes it"},
    {K "permissionset/web/deployer", K "podset/web/all", "POD_EXEC", "POD_EXEC",
     "Role web/deployer", "rules[1]", "which leaves out pods/exec"},
    {CART, K "serviceaccount/web/cart", "IDENTITY_ASSUME", "IDENTITY_ASSUME", "Pod " CART,
     "spec.automountServiceAccountToken", "automountServiceAccountToken is false"},
    {"sandbox/load-generator-3c91487d1-zz8hv", K "endpoint/data/customer-db-0/tcp:5432",
     "NET_REACH", "NET_REACH", "NetworkPolicy sandbox/sandbox-isolated", "",
     "isolates the pod for egress"},
    {K "serviceaccount/web/cart", "data/customer-db-0", "POD_EXEC", "POD_EXEC",
     "RoleBinding web/config-reader", "metadata.namespace",
     "the binding is in namespace web, the target in data"},
    {"worker-1", K "secret/data/customer-db-credentials", "NODE_SECRETS", "NODE_SECRETS",
     "Node worker-1", "", "no pod of the node refers to Secret data/customer-db-credentials"},
};

static const char *question(struct arena *a, const char *from, const char *to, const char *kind)
{
    return arena_printf(a, "/v1/edge?from=%s&to=%s%s%s", fetch_escape(a, from), fetch_escape(a, to),
                        kind ? "&kind=" : "", kind ? kind : "");
}

static void check_edge(struct http_agree *h, size_t i)
{
    AUTO(arena) a = arena_new();
    json_auto_t *doc =
        http_agree_ask(h, question(a, edges[i].from, edges[i].to, edges[i].edge), NULL);
    const json_t *edge = shop_at(doc, "edges/0");
    const char *words = shop_text(edge, "words");

    cr_expect_str_eq(shop_text(doc, "answer"), "edge", "%s", edges[i].edge);
    cr_expect_eq(json_array_size(shop_at(doc, "edges")), 1, "%s", edges[i].edge);
    cr_expect_str_eq(shop_text(edge, "edge"), edges[i].edge);
    cr_expect_str_eq(shop_text(edge, "verdict"), edges[i].verdict, "%s", words);
    cr_expect(json_array_size(shop_at(edge, "evidence")) > 0);
    cr_expect(g_str_has_prefix(shop_text(edge, "defend"), "docs/edges/") &&
                  g_file_test(shop_text(edge, "defend"), G_FILE_TEST_EXISTS),
              "%s", shop_text(edge, "defend"));
    cr_expect(strchr(shop_text(edge, "rule"), '.'), "%s", shop_text(edge, "rule"));
    cr_expect_eq(strcmp(edges[i].verdict, "yes") == 0, json_is_null(shop_at(edge, "decides")));
    cr_expect(json_is_null(shop_at(doc, "missing")), "nothing is missing");
    for (size_t k = 0; k < ARRAY_LEN(edges[i].words) && edges[i].words[k]; k++)
        cr_expect(strstr(words, edges[i].words[k]), "%s: \"%s\" lacks \"%s\"", edges[i].edge, words,
                  edges[i].words[k]);
}

static void check_absent(struct http_agree *h, size_t i)
{
    AUTO(arena) a = arena_new();
    const char *path = question(a, absent[i].from, absent[i].to, absent[i].kind);
    json_auto_t *doc = http_agree_ask(h, path, NULL);
    const json_t *first = shop_at(doc, "missing/0");

    cr_expect_eq(json_array_size(shop_at(doc, "edges")), 0, "%s", path);
    cr_expect_str_eq(shop_text(first, "edge"), absent[i].edge, "%s: %s", path,
                     shop_text(first, "words"));
    cr_expect_str_eq(shop_text(first, "object"), absent[i].object, "%s", path);
    cr_expect_str_eq(shop_text(first, "field"), absent[i].field, "%s", path);
    cr_expect(strstr(shop_text(first, "reason"), absent[i].reason), "%s: \"%s\" lacks \"%s\"", path,
              shop_text(first, "reason"), absent[i].reason);
    cr_expect(json_is_true(shop_at(first, "specific")), "%s", path);
    cr_expect(strstr(shop_text(first, "words"), "Therefore there is no "), "%s",
              shop_text(first, "words"));
}

static void check_path(struct http_agree *h)
{
    AUTO(arena) a = arena_new();
    json_auto_t *doc = http_agree_ask(h, question(a, STOREFRONT, "data/customer-db-0", NULL), NULL);

    cr_expect_str_eq(shop_text(doc, "answer"), "path");
    cr_expect_str_eq(shop_text(doc, "reachable"), "yes");
    cr_expect_eq(json_array_size(shop_at(doc, "path")), 2);
    cr_expect_eq(json_array_size(shop_at(doc, "path_words")), 4);
    cr_expect(strstr(shop_text(doc, "path_words/3"), "can get Pod data/customer-db-0 (POD_EXEC"));
    cr_expect_str_eq(shop_text(doc, "nearby/0/edge"), "POD_EXEC");
    cr_expect(json_is_null(shop_at(doc, "missing")));
}

static void check_refused(struct http_agree *h, const char *path, int status, const char *detail)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_get(&h->api, a, path, "", &r);
    cr_expect_eq(r.status, status, "%s: %d %s", path, r.status, r.body);
    cr_expect(strstr(r.body, detail), "%s: %s lacks %s", path, r.body, detail);
}

static void check_command(const struct http_agree *h)
{
    AUTO(arena) a = arena_new();
    const char *url = arena_printf(a, "http://127.0.0.1:%u", h->api.port);
    struct run_result r = run_program(a, "graphctl",
                                      (const char *const[]){"explain", CART, "worker-1", "--kind",
                                                            "CE_PRIV_MOUNT", "--url", url, NULL});
    struct run_result json = run_program(
        a, "graphctl",
        (const char *const[]){"explain", CART, "worker-1", "--output", "json", "--url", url, NULL});

    cr_expect_eq(r.status, 0, "%s", r.err);
    cr_expect(strstr(r.out, "What is missing"), "%s", r.out);
    cr_expect(strstr(r.out, "CE_PRIV_MOUNT"), "%s", r.out);
    for (const char *line = r.out; line;) {
        const char *end = strchr(line, '\n');
        cr_expect(!end || end - line <= 100, "too long: %s", line);
        line = end ? end + 1 : NULL;
    }
    json_auto_t *doc = json_loads(json.out, 0, NULL);
    cr_expect_str_eq(shop_text(doc, "answer"), "none");
}

/* Nothing may be connected to, as if the server were gone; a renamed database keeps its rows. */
static void cut_off(const struct http_agree *h)
{
    g_autofree char *maintenance = db_test_url("postgres");
    g_autofree char *deny =
        g_strdup_printf("alter database \"%s\" with allow_connections false", h->t.name);
    g_autofree char *end = g_strdup_printf(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '%s'", h->t.name);
    struct err why = {0};
    AUTO(db) db = db_open_bare(maintenance, &why);

    cr_assert(db, "%s", why.msg);
    must(db_exec(db, deny, &e));
    must(db_exec(db, end, &e));
}

Test(explain_api, edges_and_what_is_missing_in_words, .timeout = 60)
{
    struct http_agree h;

    db_test_need();
    http_agree_init(&h);
    http_agree_store(&h, "shop", "examples/shop");
    http_agree_serve(&h);
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        check_edge(&h, i);
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        check_absent(&h, i);
    check_path(&h);
    check_command(&h);
    check_refused(&h, "/v1/edge?from=web/stonefront&to=worker-1", 404, "near: ");
    check_refused(&h, "/v1/edge?from=worker-1&to=worker-2&kind=POD_EXECUTE", 400,
                  "kind: no edge kind is called \\\"POD_EXECUTE\\\"");
    check_refused(&h, "/v1/edge?from=worker-1&to=worker-1", 400, "the same node");
    check_refused(&h, "/v1/edge?from=worker-1", 400, "to");
    check_refused(&h, "/v1/edge?from=worker-1&to=worker-2&max_hops=2", 400, "max_hops");
    http_agree_done(&h);
}

Test(explain_api, without_a_database_what_is_there_is_told, .timeout = 60)
{
    AUTO(arena) a = arena_new();
    struct http_agree h;

    db_test_need();
    http_agree_init(&h);
    http_agree_store(&h, "shop", "examples/shop");
    http_agree_serve(&h);
    cut_off(&h);
    check_edge(&h, 0);
    check_path(&h);
    const char *why_not = question(a, absent[0].from, absent[0].to, NULL);
    check_refused(&h, why_not, 503, "stored objects");
    http_agree_done(&h);
}

/* What was read once needs no database for the next question. */
Test(explain_api, the_second_question_is_answered_from_memory, .timeout = 60)
{
    struct http_agree h;

    db_test_need();
    http_agree_init(&h);
    http_agree_store(&h, "shop", "examples/shop");
    http_agree_serve(&h);
    check_absent(&h, 0);
    cut_off(&h);
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        check_absent(&h, i);
    http_agree_done(&h);
}
