/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shop's rows, and asking graphd about them. */
#include "tests/api/shop.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "schema/store.h"

enum {
    INTERNET,
    WORKER,
    FRONT_POD,
    FRONT,
    FRONT_SA,
    FRONT_RIGHTS,
    SECRETS,
    DB_SECRET,
    FRONT_PORT,
    ADMIN,
    LOAD_POD,
    LOAD,
    ADMIN_SA,
    ADMIN_RIGHTS,
    ALONE
};

#define PLAIN .labels = "{}", .props = "{}", .uid = ""

static const struct node_row nodes[] = {
    [INTERNET] = {.key = "internet", .ns = "", .name = "internet", PLAIN, .kind = NODE_INTERNET},
    [WORKER] = {.key = "k8s:t/node//worker",
                .ns = "",
                .name = "worker",
                .uid = "",
                .labels = "{}",
                .props = "{\"addresses\":[\"InternalIP=10.0.0.1\"]}",
                .kind = NODE_NODE},
    [FRONT_POD] = {.key = "k8s:t/pod/web/front-5d8c7f9b6d-abcde",
                   .ns = "web",
                   .name = "front-5d8c7f9b6d-abcde",
                   .uid = "11111111-1111-4111-8111-111111111111",
                   .labels = "{\"app\":\"front\",\"tier\":\"web\"}",
                   .props = "{\"workload\":\"Deployment/front\"}",
                   .kind = NODE_POD},
    [FRONT] = {.key = "k8s:t/container/web/front-5d8c7f9b6d-abcde/front",
               .ns = "web",
               .name = "front",
               .uid = SHOP_FRONT_ID,
               .labels = "{}",
               .props = "{\"owner\":\"team-web\",\"dataClass\":\"pii\"}",
               .kind = NODE_CONTAINER},
    [FRONT_SA] = {.key = "k8s:t/serviceaccount/web/front",
                  .ns = "web",
                  .name = "front",
                  PLAIN,
                  .kind = NODE_SERVICEACCOUNT},
    [FRONT_RIGHTS] = {.key = "k8s:t/permissionset/shop/readers",
                      .ns = "shop",
                      .name = "readers",
                      PLAIN,
                      .kind = NODE_PERMISSION_SET},
    [SECRETS] = {.key = "k8s:t/secretset/shop/all",
                 .ns = "shop",
                 .name = "all Secrets",
                 PLAIN,
                 .kind = NODE_SECRETS},
    [DB_SECRET] = {.key = "k8s:t/secret/shop/db",
                   .ns = "shop",
                   .name = "db",
                   PLAIN,
                   .kind = NODE_SECRET,
                   .jewel = JEWEL_CUSTOMER,
                   .weight = 0.9},
    [FRONT_PORT] = {.key = "k8s:t/endpoint/web/front/80",
                    .ns = "web",
                    .name = "front:80",
                    PLAIN,
                    .kind = NODE_ENDPOINT},
    [ADMIN] = {.key = "k8s:t/clusteradmin//all",
               .ns = "",
               .name = "administrator",
               PLAIN,
               .kind = NODE_CLUSTER_ADMIN,
               .jewel = JEWEL_CLUSTER_ADMIN,
               .weight = 1},
    [LOAD_POD] = {.key = "k8s:t/pod/lab/load-0",
                  .ns = "lab",
                  .name = "load-0",
                  .uid = "22222222-2222-4222-8222-222222222222",
                  .labels = "{\"app\":\"load\"}",
                  .props = "{}",
                  .kind = NODE_POD},
    [LOAD] = {.key = "k8s:t/container/lab/load-0/load",
              .ns = "lab",
              .name = "load",
              .uid = SHOP_LOAD_ID,
              .labels = "{}",
              .props = "{}",
              .kind = NODE_CONTAINER},
    [ADMIN_SA] = {.key = "k8s:t/serviceaccount/shop/admin",
                  .ns = "shop",
                  .name = "admin",
                  PLAIN,
                  .kind = NODE_SERVICEACCOUNT},
    [ADMIN_RIGHTS] = {.key = "k8s:t/permissionset//root",
                      .ns = "",
                      .name = "root",
                      PLAIN,
                      .kind = NODE_PERMISSION_SET},
    [ALONE] = {.key = "k8s:t/namespace//al%25ne",
               .ns = "",
               .name = "al%ne",
               PLAIN,
               .kind = NODE_NAMESPACE},
};

#define EDGE(s, d, k, c, v, why)                                                                   \
    {                                                                                              \
        {s, d, EDGE_##k, CLASS_##c, VERDICT_##v, EVIDENCE_NONE}, why                               \
    }
#define BECAUSE(object) "[{\"object\":\"" object "\",\"field\":\"rules[0]\"}]"

static const struct {
    struct edge_row row;
    const char *why; /* its evidence */
} drawn[] = {
    EDGE(INTERNET, FRONT_PORT, EXPOSE_LB, STRUCTURAL, YES, "[]"),
    EDGE(FRONT_PORT, FRONT, ENDPOINT_EXPLOIT, HARD, YES, "[]"),
    EDGE(WORKER, FRONT_POD, POD_ATTACH, STRUCTURAL, YES, "[]"),
    EDGE(WORKER, LOAD_POD, POD_ATTACH, STRUCTURAL, YES, "[]"),
    EDGE(FRONT_POD, FRONT, CONTAINER_ATTACH, STRUCTURAL, YES, "[]"),
    EDGE(LOAD_POD, LOAD, CONTAINER_ATTACH, STRUCTURAL, YES, "[]"),
    EDGE(FRONT, WORKER, CE_PRIV_MOUNT, EASY, UNKNOWN, BECAUSE("Pod web/front")),
    EDGE(LOAD, WORKER, CE_PRIV_MOUNT, EASY, BLOCKED, BECAUSE("Namespace lab")),
    EDGE(FRONT, FRONT_SA, IDENTITY_ASSUME, TRIVIAL, YES, "[]"),
    EDGE(FRONT_SA, FRONT_RIGHTS, PERMISSION_DISCOVER, STRUCTURAL, YES,
         BECAUSE("RoleBinding shop/readers")),
    EDGE(FRONT_RIGHTS, SECRETS, SECRET_READ, TRIVIAL, YES, BECAUSE("Role shop/reader")),
    EDGE(SECRETS, DB_SECRET, HUB_MEMBER, STRUCTURAL, YES, "[]"),
    EDGE(DB_SECRET, ADMIN_SA, SECRET_TOKEN, TRIVIAL, UNKNOWN, "[]"),
    EDGE(ADMIN_SA, ADMIN_RIGHTS, PERMISSION_DISCOVER, STRUCTURAL, YES, "[]"),
    EDGE(ADMIN_RIGHTS, ADMIN, WILDCARD_ADMIN, STRUCTURAL, YES, "[]"),
    EDGE(ADMIN, SECRETS, CLUSTER_ADMIN_CLOSURE, STRUCTURAL, YES, "[]"),
};

const struct part *shop_part(void)
{
    static struct edge_row edges[ARRAY_LEN(drawn)];
    static struct part part = {
        .cluster = "t",
        .source = "by hand",
        .coverage = "{\"complete\":false,\"kinds\":[],\"missing\":[{\"what\":\"networkpolicies\","
                    "\"why\":\"403 Forbidden\"}]}",
        .nodes = nodes,
        .edges = edges,
        .nnodes = ARRAY_LEN(nodes),
        .nedges = ARRAY_LEN(edges),
    };

    for (size_t i = 0; i < ARRAY_LEN(drawn); i++)
        edges[i] = drawn[i].row;
    part.taken_at = clock_now();
    return &part;
}

/* The shop with its evidence, in `a`. */
static struct part whole_part(struct arena *a)
{
    struct part part = *shop_part();
    struct evidence_table *evidence = evidence_new(a);
    struct edge_row *edges = arena_memdup(a, part.edges, part.nedges * sizeof(*edges));

    for (size_t i = 0; i < part.nedges; i++)
        edges[i].evidence = evidence_json(evidence, drawn[i].why, strlen(drawn[i].why));
    part.edges = edges;
    part.evidence = evidence;
    return part;
}

void shop_open(struct shop *s)
{
    AUTO(arena) rows = arena_new();
    struct part part = whole_part(rows);
    struct store_result result;
    int patience = 100;

    db_test_init(&s->t, false);
    must(store_write(s->t.db, &part, &result, &e));
    api_start(&s->api, (const char *const[]){"--database", s->t.url, NULL});
    for (;;) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        api_get(&s->api, a, "/readyz", "", &r);
        if (r.status == 200)
            return;
        cr_assert(patience-- > 0, "not ready: %s %s", r.body, s->api.seen);
        usleep(50000);
    }
}

void shop_close(struct shop *s)
{
    cr_expect_eq(api_stop(&s->api, SIGTERM), 0, "%s", s->api.seen);
    db_test_done(&s->t);
}

json_t *shop_ask(const struct shop *s, const char *path, const char *body, int status)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;
    json_error_t why;
    int fd = api_connect(&s->api);

    cr_assert_geq(fd, 0, "no connection");
    if (body)
        api_say(fd, arena_printf(a,
                                 "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                 "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                                 path, strlen(body), body));
    else
        api_say(fd, arena_printf(a, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    api_read(fd, a, false, &r);
    close(fd);
    cr_assert_eq(r.status, status, "%s: %d %s", path, r.status, r.body);
    json_t *doc = json_loads(r.body, JSON_REJECT_DUPLICATES, &why);
    cr_assert(doc, "%s: %s: %s", path, why.text, r.body);
    return doc;
}

const json_t *shop_at(const json_t *doc, const char *place)
{
    g_auto(GStrv) step = g_strsplit(place, "/", -1);

    for (char **s = step; *s && doc; s++)
        doc = json_is_array(doc) ? json_array_get(doc, strtoul(*s, NULL, 10))
                                 : json_object_get(doc, *s);
    return doc;
}

const char *shop_text(const json_t *doc, const char *place)
{
    const char *text = json_string_value(shop_at(doc, place));

    return text ? text : "";
}

double shop_number(const json_t *doc, const char *place)
{
    const json_t *v = shop_at(doc, place);

    return json_is_number(v) ? json_number_value(v) : -1;
}
