/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights as edges against the authorizer itself: on random roles and bindings, who may do something
 * to an object by rbac_allows is who reaches it by the edges of that kind, with groups and hubs
 * opened; and nobody else does. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/rule.h"
#include "tests/support/rbac_world.h"
#include "tests/test.h"

/* What a kind of edge must say: each of these rights over an object gives it. */
struct right {
    const char *verb, *group, *resource, *sub;
    bool nameless; /* the request has no name */
};

enum { RIGHTS = 8 };

static const struct kind_case {
    enum edge_kind edge;
    enum node_kind target;
    const char *workload; /* of WORKLOAD: its kind */
    bool cluster;         /* the request has no namespace */
    struct right any[RIGHTS];
} kind_cases[] = {
    {EDGE_SECRET_READ,
     NODE_SECRET,
     NULL,
     false,
     {{"get", "", "secrets", "", false},
      {"list", "", "secrets", "", false},
      {"list", "", "secrets", "", true},
      {"watch", "", "secrets", "", false},
      {"watch", "", "secrets", "", true},
      {"patch", "", "secrets", "", false},
      {"deletecollection", "", "secrets", "", true}}},
    {EDGE_CONFIGMAP_READ,
     NODE_CONFIGMAP,
     NULL,
     false,
     {{"get", "", "configmaps", "", false},
      {"list", "", "configmaps", "", false},
      {"list", "", "configmaps", "", true},
      {"watch", "", "configmaps", "", false},
      {"watch", "", "configmaps", "", true},
      {"patch", "", "configmaps", "", false},
      {"deletecollection", "", "configmaps", "", true}}},
    {EDGE_POD_EXEC, NODE_POD, NULL, false, {{"create", "", "pods", "exec", false}}},
    {EDGE_POD_PATCH,
     NODE_POD,
     NULL,
     false,
     {{"patch", "", "pods", "", false}, {"update", "", "pods", "", false}}},
    {EDGE_EPHEMERAL_CONTAINER,
     NODE_POD,
     NULL,
     false,
     {{"patch", "", "pods", "ephemeralcontainers", false},
      {"update", "", "pods", "ephemeralcontainers", false}}},
    {EDGE_POD_ATTACH_API, NODE_POD, NULL, false, {{"create", "", "pods", "attach", false}}},
    {EDGE_POD_BINDING,
     NODE_POD,
     NULL,
     false,
     {{"create", "", "pods", "binding", false}, {"create", "", "bindings", "", true}}},
    {EDGE_NODE_PROXY,
     NODE_POD,
     NULL,
     true,
     {{"get", "", "nodes", "proxy", false}, {"create", "", "nodes", "proxy", false}}},
    {EDGE_NODE_PATCH,
     NODE_NODE,
     NULL,
     true,
     {{"patch", "", "nodes", "", false},
      {"update", "", "nodes", "", false},
      {"patch", "", "nodes", "status", false},
      {"update", "", "nodes", "status", false}}},
    {EDGE_POD_CREATE, NODE_POD_SLOT, NULL, false, {{"create", "", "pods", "", true}}},
    {EDGE_WORKLOAD_CREATE,
     NODE_POD_SLOT,
     NULL,
     false,
     {{"create", "apps", "deployments", "", true},
      {"create", "apps", "daemonsets", "", true},
      {"create", "apps", "statefulsets", "", true},
      {"create", "apps", "replicasets", "", true},
      {"create", "batch", "jobs", "", true},
      {"create", "batch", "cronjobs", "", true},
      {"create", "", "replicationcontrollers", "", true}}},
    {EDGE_WORKLOAD_PATCH,
     NODE_WORKLOAD,
     "Deployment",
     false,
     {{"patch", "apps", "deployments", "", false}, {"update", "apps", "deployments", "", false}}},
    {EDGE_WORKLOAD_PATCH,
     NODE_WORKLOAD,
     "StatefulSet",
     false,
     {{"patch", "apps", "statefulsets", "", false}, {"update", "apps", "statefulsets", "", false}}},
    {EDGE_TOKEN_REQUEST,
     NODE_SA_MINT,
     NULL,
     false,
     {{"create", "", "serviceaccounts", "token", false}}},
    {EDGE_IDENTITY_IMPERSONATE,
     NODE_SERVICEACCOUNT,
     NULL,
     false,
     {{"impersonate", "", "serviceaccounts", "", false}}},
    {EDGE_IDENTITY_IMPERSONATE, NODE_USER, NULL, true, {{"impersonate", "", "users", "", false}}},
};

/* From an identity to all that edges of a kind give it, hubs opened. */
static void gains(struct rbac_world_walk *w, const char *who, enum edge_kind kind)
{
    rbac_world_start(w, who);
    rbac_world_follow(w, EDGE_MEMBER_OF);
    rbac_world_step(w, EDGE_PERMISSION_DISCOVER, true);
    rbac_world_step(w, kind, false);
    rbac_world_follow(w, EDGE_HUB_MEMBER);
}

/* Objects that a kind says nothing about. */
static bool outside(const struct facts *f, const struct kind_case *k, const struct node_row *n)
{
    const struct fact_pod *pod = NULL;

    switch (k->target) {
    case NODE_POD:
        pod = facts_pod(f, n->ns, n->name);
        break;
    case NODE_WORKLOAD:
        return !strstr(n->props, k->workload);
    case NODE_USER: /* a name without the group is no kubelet */
        return g_str_has_prefix(n->name, "system:node:");
    default:
        return false;
    }
    if (k->edge == EDGE_POD_PATCH || k->edge == EDGE_EPHEMERAL_CONTAINER)
        return pod->mirror;
    if (k->edge == EDGE_POD_ATTACH_API)
        return !pod->containers[0].reads_stdin;
    if (k->edge == EDGE_POD_BINDING || k->edge == EDGE_NODE_PROXY)
        return !*pod->node == (k->edge == EDGE_NODE_PROXY);
    return false;
}

static bool wanted(const struct facts *f, const struct rbac *r, const struct kind_case *k,
                   const struct rbac_world_identity *who, const struct node_row *n)
{
    const char *ns = k->cluster ? "" : n->ns, *name = n->name;
    bool yes = false;

    if (k->edge == EDGE_NODE_PROXY)
        name = facts_pod(f, n->ns, n->name)->node;
    if (k->target == NODE_POD_SLOT)
        ns = n->ns;
    for (size_t i = 0; i < RIGHTS && k->any[i].verb; i++)
        yes = yes || rbac_world_may(r, who,
                                    (struct rbac_request){k->any[i].verb, k->any[i].group,
                                                          k->any[i].resource, k->any[i].sub, ns,
                                                          k->any[i].nameless ? "" : name, NULL});
    return yes;
}

static const char *const names[] = {"x", "y", "z", "n1", "ann", "", "gone", "system:node:n1"};

/* Whether a server-side apply may create something by a name. */
static bool applies(const struct rbac *r, const struct kind_case *k,
                    const struct rbac_world_identity *who, const char *ns)
{
    bool yes = false;

    for (size_t i = 0; i < RIGHTS && k->any[i].verb; i++)
        for (size_t n = 0; n < ARRAY_LEN(names); n++) {
            struct rbac_request
                q = {"create", k->any[i].group, k->any[i].resource, "", ns, names[n], NULL},
                p = q;
            p.verb = "patch";
            yes = yes || (rbac_world_may(r, who, q) && rbac_world_may(r, who, p));
        }
    return yes;
}

struct count {
    size_t asked, yes;
};

static void compare(const struct facts *f, const struct rbac *r, struct rbac_world_walk *w,
                    const struct kind_case *k, const struct rbac_world_identity *who,
                    const char *text, struct count *count)
{
    /* NodeRestriction keeps kubelets to their own node */
    if (k->edge == EDGE_NODE_PATCH && g_str_has_prefix(who->name, "system:node:"))
        return;
    gains(w, who->key, k->edge);
    for (uint32_t i = 0; i < w->p->nnodes; i++) {
        const struct node_row *n = &w->p->nodes[i];
        bool want;

        if (n->kind != k->target || strcmp(n->key, who->key) == 0)
            continue;
        if (outside(f, k, n)) {
            cr_expect_not(w->at[i] && k->edge != EDGE_NODE_PROXY &&
                              k->edge != EDGE_IDENTITY_IMPERSONATE &&
                              k->edge != EDGE_WORKLOAD_PATCH,
                          "%s has %s over %s", who->key, kinds_edge(k->edge)->label, n->key);
            continue;
        }
        want = wanted(f, r, k, who, n) ||
               (k->target == NODE_POD_SLOT && w->at[i] && applies(r, k, who, n->ns));
        count->asked++;
        count->yes += want;
        cr_assert_eq(w->at[i], want, "%s and %s: the authorizer says %s, %s %s:\n%s", who->key,
                     n->key, want ? "yes" : "no", kinds_edge(k->edge)->label,
                     want ? "lacks" : "is drawn", text);
    }
}

Test(rights, edges_say_of_each_object_what_the_authorizer_says)
{
    static const char *const verbs[] = {
        "get",         "list", "watch", "create", "patch", "update", "deletecollection",
        "impersonate", "*"};
    static const char *const groups[] = {"", "", "apps", "*"};
    static const char *const resources[] = {"pods",
                                            "pods/exec",
                                            "pods/attach",
                                            "pods/ephemeralcontainers",
                                            "pods/binding",
                                            "secrets",
                                            "serviceaccounts",
                                            "serviceaccounts/token",
                                            "nodes",
                                            "nodes/proxy",
                                            "nodes/status",
                                            "deployments",
                                            "statefulsets",
                                            "configmaps",
                                            "users",
                                            "bindings",
                                            "*",
                                            "*/exec",
                                            "pods/*",
                                            "*/*"};
    static const struct rbac_world_words v = {verbs,
                                              groups,
                                              resources,
                                              names,
                                              ARRAY_LEN(verbs),
                                              ARRAY_LEN(groups),
                                              ARRAY_LEN(resources),
                                              ARRAY_LEN(names)};
    g_autoptr(GString) text = g_string_new(NULL);
    struct count count = {0};

    srand(7);
    for (int round = 0; round < 400; round++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = rbac_world_facts(a, &v, text);
        AUTO(rbac) r = rbac_new(f);
        struct part p;

        must(rule_derive(f, NULL, a, &p, &e));
        struct rbac_world_walk w = {&p, calloc(p.nnodes + 1, sizeof(bool))};
        for (size_t k = 0; k < ARRAY_LEN(kind_cases); k++)
            for (size_t i = 0; i < RBAC_WORLD_IDENTITIES; i++)
                compare(f, r, &w, &kind_cases[k], &rbac_world_identities[i], text->str, &count);
        free(w.at);
    }
    printf("rights: %zu asked, %zu yes\n", count.asked, count.yes);
    cr_expect_gt(count.yes, count.asked / 100);
}
