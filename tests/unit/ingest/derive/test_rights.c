/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights as edges against the authorizer itself: on random roles and bindings, who may do something
 * to an object by rbac_allows is who reaches it by the edges of that kind, with groups and hubs
 * opened; and nobody else does. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/rule.h"
#include "ingest/kind.h"
#include "tests/test.h"

static const struct {
    const char *api, *kind, *json;
} objects[] = {
#define META(ns, name) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\"}"
#define PLAIN(api, kind, ns, name) {api, kind, META(ns, name) "}"}
#define POD(ns, name, node)                                                                        \
    {                                                                                              \
        "v1", "Pod",                                                                               \
            META(ns, name) ",\"spec\":{\"nodeName\":\"" node                                       \
                           "\",\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]},"                \
                           "\"status\":{\"phase\":\"Running\"}}"                                   \
    }
    PLAIN("v1", "Namespace", "", "a"),
    PLAIN("v1", "Namespace", "", "b"),
    PLAIN("v1", "Namespace", "", "empty"),
    PLAIN("v1", "Node", "", "n1"),
    PLAIN("v1", "Node", "", "n2"),
    POD("a", "x", "n1"),
    POD("a", "y", "n2"),
    POD("b", "x", "n2"),
    {"v1", "Pod",
     "{\"metadata\":{\"name\":\"z\",\"namespace\":\"b\"},\"spec\":{\"containers\":[{\"name\":\"c\","
     "\"image\":\"i\",\"stdin\":true}]},\"status\":{\"phase\":\"Pending\"}}"},
    {"v1", "Pod",
     "{\"metadata\":{\"name\":\"m\",\"namespace\":\"b\",\"annotations\":{"
     "\"kubernetes.io/config.mirror\":\"1\"}},\"spec\":{\"nodeName\":\"n1\",\"containers\":[{"
     "\"name\":\"c\",\"image\":\"i\"}]},\"status\":{\"phase\":\"Running\"}}"},
    PLAIN("v1", "ServiceAccount", "a", "x"),
    PLAIN("v1", "ServiceAccount", "a", "y"),
    PLAIN("v1", "ServiceAccount", "b", "x"),
    PLAIN("v1", "Secret", "a", "x"),
    PLAIN("v1", "Secret", "a", "z"),
    PLAIN("v1", "Secret", "b", "x"),
    PLAIN("v1", "ConfigMap", "a", "x"),
    PLAIN("v1", "ConfigMap", "b", "y"),
    PLAIN("apps/v1", "Deployment", "a", "x"),
    PLAIN("apps/v1", "Deployment", "b", "y"),
    PLAIN("apps/v1", "StatefulSet", "b", "x"),
};

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
     {{"patch", "apps", "statefulsets", "", false},
      {"update", "apps", "statefulsets", "", false}}},
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

static const char *const people[] = {"User ann",
                                     "User bob",
                                     "User system:node:n1",
                                     "User system:anonymous",
                                     "User system:serviceaccount:a:y",
                                     "ServiceAccount a/x",
                                     "ServiceAccount b/x",
                                     "ServiceAccount a/gone",
                                     "Group ops",
                                     "Group system:serviceaccounts",
                                     "Group system:serviceaccounts:a",
                                     "Group system:authenticated",
                                     "Group system:unauthenticated",
                                     "Group system:nodes"};

static size_t below(size_t n)
{
    return (size_t)rand() % n;
}

static void words(GString *out, const char *key, const char *const *from, size_t n, size_t least)
{
    size_t count = least + below(2);

    g_string_append_printf(out, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(out, "%s\"%s\"", i ? "," : "", from[below(n)]);
    g_string_append(out, "]");
}

/* Words that roles are made of. */
struct vocabulary {
    const char *const *verbs, *const *groups, *const *resources, *const *names;
    size_t nverbs, ngroups, nresources, nnames;
};

/* The roles and bindings at hand, for failures. */
static GString *world;

static void parse(struct facts *f, const char *api, const char *kind, const char *json)
{
    json_auto_t *doc = json_loads(json, 0, NULL);
    struct jx root = jx_root(doc);

    cr_assert(doc, "%s", json);
    must(kind_find(api, kind)->parse(&root, f, &e));
}

#define RBAC "rbac.authorization.k8s.io/v1"

static void random_role(struct facts *f, const struct vocabulary *v, const char *ns,
                        const char *name)
{
    g_autoptr(GString) json = g_string_new(NULL);
    size_t n = 1 + below(2);

    g_string_printf(json, "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"},\"rules\":[", name,
                    ns);
    for (size_t i = 0; i < n; i++) {
        g_string_append(json, i ? ",{" : "{");
        words(json, "verbs", v->verbs, v->nverbs, 1);
        g_string_append(json, ",");
        words(json, "apiGroups", v->groups, v->ngroups, 1);
        g_string_append(json, ",");
        words(json, "resources", v->resources, v->nresources, 1);
        if (below(2)) {
            g_string_append(json, ",");
            words(json, "resourceNames", v->names, v->nnames, 0);
        }
        g_string_append(json, "}");
    }
    g_string_append(json, "]}");
    g_string_append_printf(world, "%s\n", json->str);
    parse(f, RBAC, *ns ? "Role" : "ClusterRole", json->str);
}

static void random_binding(struct facts *f, const char *ns, const char *role_kind, const char *role,
                           size_t i)
{
    g_auto(GStrv) who = g_strsplit(people[below(ARRAY_LEN(people))], " ", 2);
    g_auto(GStrv) part = g_strsplit(who[1], "/", 2);
    g_autofree char *json = g_strdup_printf(
        "{\"metadata\":{\"name\":\"%s%zu\",\"namespace\":\"%s\"},\"roleRef\":{\"kind\":\"%s\","
        "\"name\":\"%s\"},\"subjects\":[{\"kind\":\"%s\",\"name\":\"%s\"%s%s%s}]}",
        i % 3 ? "b" : "x", i, ns, role_kind, role, who[0], part[1] ? part[1] : who[1],
        part[1] ? ",\"namespace\":\"" : "", part[1] ? part[0] : "", part[1] ? "\"" : "");

    g_string_append_printf(world, "%s\n", json);
    parse(f, RBAC, *ns ? "RoleBinding" : "ClusterRoleBinding", json);
}

/* Everybody is bound to something that is worth nothing: who no object names is not known. */
static void base_rbac(struct facts *f)
{
    parse(f, RBAC, "ClusterRole",
          "{\"metadata\":{\"name\":\"none\"},\"rules\":[{\"verbs\":[\"get\"],\"apiGroups\":[\"x\"],"
          "\"resources\":[\"things\"]}]}");
    parse(f, RBAC, "ClusterRoleBinding",
          "{\"metadata\":{\"name\":\"none\"},\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":"
          "\"none\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"ann\"},{\"kind\":\"User\",\"name\":"
          "\"bob\"},{\"kind\":\"User\",\"name\":\"system:anonymous\"},{\"kind\":\"ServiceAccount\","
          "\"namespace\":\"a\",\"name\":\"gone\"}]}");
}

static void random_rbac(struct facts *f, const struct vocabulary *v)
{
    static const char *const spaces[] = {"", "", "a", "b"};

    for (size_t i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("r%zu", i);
        const char *home = i < 3 ? "" : i == 3 ? "a" : "b";
        const char *ns = *home ? home : spaces[below(ARRAY_LEN(spaces))];

        random_role(f, v, home, name);
        if (below(6)) /* some are bound to nobody */
            random_binding(f, ns, *home ? "Role" : "ClusterRole", name, i);
        if (below(2))
            random_binding(f, ns, *home ? "Role" : "ClusterRole", name, i + 10);
    }
}

static struct facts *random_facts(struct arena *a, const struct vocabulary *v)
{
    struct facts *f = facts_new(a, "c");

    f->version_major = 1;
    f->version_minor = 36;
    memset(f->listed, true, sizeof(f->listed));
    g_string_truncate(world, 0);
    base_rbac(f);
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        parse(f, objects[i].api, objects[i].kind, objects[i].json);
    random_rbac(f, v);
    facts_index(f);
    return f;
}

/* The graph, and a walk in it. */
struct walk {
    const struct part *p;
    bool *at;
};

static uint32_t find(const struct part *p, const char *key)
{
    for (uint32_t i = 0; i < p->nnodes; i++)
        if (strcmp(p->nodes[i].key, key) == 0)
            return i;
    return UINT32_MAX;
}

/* Goes one step along edges of a kind from where it stands; `stay`: and still stands there. */
static void step(struct walk *w, enum edge_kind kind, bool stay)
{
    bool *to = calloc(w->p->nnodes + 1, sizeof(*to));

    for (size_t i = 0; i < w->p->nedges; i++) {
        const struct edge_row *e = &w->p->edges[i];
        if (e->kind == kind && e->verdict != VERDICT_BLOCKED && w->at[e->src])
            to[e->dst] = true;
    }
    for (size_t i = 0; i < w->p->nnodes; i++)
        w->at[i] = to[i] || (stay && w->at[i]);
    free(to);
}

/* As far as edges of a kind lead. */
static void follow(struct walk *w, enum edge_kind kind)
{
    for (int i = 0; i < 4; i++)
        step(w, kind, true);
}

/* From an identity to all that edges of a kind give it, hubs opened. */
static void gains(struct walk *w, const char *who, enum edge_kind kind)
{
    uint32_t from = find(w->p, who);

    memset(w->at, 0, w->p->nnodes);
    if (from == UINT32_MAX)
        return;
    w->at[from] = true;
    follow(w, EDGE_MEMBER_OF);
    step(w, EDGE_PERMISSION_DISCOVER, true);
    step(w, kind, false);
    follow(w, EDGE_HUB_MEMBER);
}

static const struct {
    enum subject_kind kind;
    const char *ns, *name, *key;
} identities[] = {
    {SUBJECT_USER, "", "ann", "k8s:c/user//ann"},
    {SUBJECT_USER, "", "bob", "k8s:c/user//bob"},
    {SUBJECT_USER, "", "system:node:n1", "k8s:c/user//system:node:n1"},
    {SUBJECT_USER, "", "system:node:n2", "k8s:c/user//system:node:n2"},
    {SUBJECT_USER, "", "system:anonymous", "k8s:c/user//system:anonymous"},
    {SUBJECT_SERVICEACCOUNT, "a", "x", "k8s:c/serviceaccount/a/x"},
    {SUBJECT_SERVICEACCOUNT, "a", "y", "k8s:c/serviceaccount/a/y"},
    {SUBJECT_SERVICEACCOUNT, "b", "x", "k8s:c/serviceaccount/b/x"},
    {SUBJECT_SERVICEACCOUNT, "a", "gone", "k8s:c/serviceaccount/a/gone"},
};

static bool may(const struct rbac *r, size_t who, const char *verb, const char *group,
                const char *resource, const char *sub, const char *ns, const char *name)
{
    struct rbac_subject s = {
        identities[who].kind, identities[who].ns, identities[who].name, {NULL, 0}};
    struct rbac_request q = {verb, group, resource, sub, ns, name, NULL};

    return rbac_allows(r, &s, &q, NULL);
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
                   size_t who, const struct node_row *n)
{
    const char *ns = k->cluster ? "" : n->ns, *name = n->name;
    bool yes = false;

    if (k->edge == EDGE_NODE_PROXY)
        name = facts_pod(f, n->ns, n->name)->node;
    if (k->target == NODE_POD_SLOT)
        ns = n->ns;
    for (size_t i = 0; i < RIGHTS && k->any[i].verb; i++)
        yes = yes || may(r, who, k->any[i].verb, k->any[i].group, k->any[i].resource, k->any[i].sub,
                         ns, k->any[i].nameless ? "" : name);
    return yes;
}

struct count {
    size_t asked, yes;
};

static void compare(const struct facts *f, const struct rbac *r, struct walk *w,
                    const struct kind_case *k, size_t who, struct count *count)
{
    /* NodeRestriction keeps kubelets to their own node */
    if (k->edge == EDGE_NODE_PATCH && g_str_has_prefix(identities[who].name, "system:node:"))
        return;
    gains(w, identities[who].key, k->edge);
    for (uint32_t i = 0; i < w->p->nnodes; i++) {
        const struct node_row *n = &w->p->nodes[i];
        bool want;

        if (n->kind != k->target || strcmp(n->key, identities[who].key) == 0)
            continue;
        if (outside(f, k, n)) {
            cr_expect_not(w->at[i] && k->edge != EDGE_NODE_PROXY &&
                              k->edge != EDGE_IDENTITY_IMPERSONATE &&
                              k->edge != EDGE_WORKLOAD_PATCH,
                          "%s has %s over %s", identities[who].key, kinds_edge(k->edge)->label,
                          n->key);
            continue;
        }
        want = wanted(f, r, k, who, n);
        count->asked++;
        count->yes += want;
        cr_assert_eq(w->at[i], want, "%s and %s: the authorizer says %s, %s %s:\n%s",
                     identities[who].key, n->key, want ? "yes" : "no", kinds_edge(k->edge)->label,
                     want ? "lacks" : "is drawn", world->str);
    }
}

Test(rights, edges_say_of_each_object_what_the_authorizer_says)
{
    static const char *const verbs[] = {"get",   "list",   "watch",            "create",
                                        "patch", "update", "deletecollection", "impersonate",
                                        "*"};
    static const char *const groups[] = {"", "", "apps", "*"};
    static const char *const resources[] = {
        "pods",         "pods/exec",   "pods/attach",     "pods/ephemeralcontainers",
        "pods/binding", "secrets",     "serviceaccounts", "serviceaccounts/token",
        "nodes",        "nodes/proxy", "nodes/status",    "deployments",
        "statefulsets", "configmaps",  "users",           "bindings",
        "*",            "*/exec",      "pods/*",          "*/*"};
    static const char *const names[] = {"x", "y", "z", "n1", "ann", "", "gone", "system:node:n1"};
    static const struct vocabulary v = {
        verbs,           groups, resources, names, ARRAY_LEN(verbs), ARRAY_LEN(groups),
        ARRAY_LEN(resources), ARRAY_LEN(names)};
    struct count count = {0};

    world = g_string_new(NULL);
    srand(7);
    for (int round = 0; round < 400; round++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = random_facts(a, &v);
        AUTO(rbac) r = rbac_new(f);
        struct part p;

        must(rule_derive(f, NULL, a, &p, &e));
        struct walk w = {&p, calloc(p.nnodes + 1, sizeof(bool))};
        for (size_t k = 0; k < ARRAY_LEN(kind_cases); k++)
            for (size_t i = 0; i < ARRAY_LEN(identities); i++)
                compare(f, r, &w, &kind_cases[k], i, &count);
        free(w.at);
    }
    g_string_free(world, TRUE);
    printf("rights: %zu asked, %zu yes\n", count.asked, count.yes);
    cr_expect_gt(count.yes, count.asked / 100);
}
