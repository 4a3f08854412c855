/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small cluster, the same each time, under roles that are not. */
#include "tests/support/rbac_world.h"

#include <string.h>

#include "ingest/kind.h"
#include "tests/test.h"

static const struct {
    const char *api, *kind, *json;
} objects[] = {
#define META(ns, name) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\"}"
#define PLAIN(api, kind, ns, name)                                                                 \
    {                                                                                              \
        api, kind, META(ns, name) "}"                                                              \
    }
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

/* The roles and bindings at hand, for failures. */
static void parse(struct facts *f, const char *api, const char *kind, const char *json)
{
    json_auto_t *doc = json_loads(json, 0, NULL);
    struct jx root = jx_root(doc);

    cr_assert(doc, "%s", json);
    must(kind_find(api, kind)->parse(&root, f, &e));
}

#define RBAC "rbac.authorization.k8s.io/v1"

static void random_role(struct facts *f, const struct rbac_world_words *v, const char *ns,
                        const char *name, GString *text)
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
    g_string_append_printf(text, "%s\n", json->str);
    parse(f, RBAC, *ns ? "Role" : "ClusterRole", json->str);
}

static void random_binding(struct facts *f, const char *ns, const char *role_kind, const char *role,
                           size_t i, GString *text)
{
    g_auto(GStrv) who = g_strsplit(people[below(ARRAY_LEN(people))], " ", 2);
    g_auto(GStrv) part = g_strsplit(who[1], "/", 2);
    g_autofree char *json = g_strdup_printf(
        "{\"metadata\":{\"name\":\"%s%zu\",\"namespace\":\"%s\"},\"roleRef\":{\"kind\":\"%s\","
        "\"name\":\"%s\"},\"subjects\":[{\"kind\":\"%s\",\"name\":\"%s\"%s%s%s}]}",
        i % 3 ? "b" : "x", i, ns, role_kind, role, who[0], part[1] ? part[1] : who[1],
        part[1] ? ",\"namespace\":\"" : "", part[1] ? part[0] : "", part[1] ? "\"" : "");

    g_string_append_printf(text, "%s\n", json);
    parse(f, RBAC, *ns ? "RoleBinding" : "ClusterRoleBinding", json);
}
/* Everybody is bound to something that is worth nothing: who no object names is not known. */
static void base_rbac(struct facts *f)
{
    parse(f, RBAC, "ClusterRole",
          "{\"metadata\":{\"name\":\"none\"},\"rules\":[{\"verbs\":[\"get\"],\"apiGroups\":[\"x\"],"
          "\"resources\":[\"things\"]}]}");
    parse(
        f, RBAC, "ClusterRoleBinding",
        "{\"metadata\":{\"name\":\"none\"},\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":"
        "\"none\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"ann\"},{\"kind\":\"User\",\"name\":"
        "\"bob\"},{\"kind\":\"User\",\"name\":\"system:anonymous\"},{\"kind\":\"ServiceAccount\","
        "\"namespace\":\"a\",\"name\":\"gone\"}]}");
}

static void random_rbac(struct facts *f, const struct rbac_world_words *v, GString *text)
{
    static const char *const spaces[] = {"", "", "a", "b"};

    for (size_t i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("r%zu", i);
        const char *home = i < 3 ? "" : i == 3 ? "a" : "b";
        const char *ns = *home ? home : spaces[below(ARRAY_LEN(spaces))];

        random_role(f, v, home, name, text);
        if (below(6)) /* some are bound to nobody */
            random_binding(f, ns, *home ? "Role" : "ClusterRole", name, i, text);
        if (below(2))
            random_binding(f, ns, *home ? "Role" : "ClusterRole", name, i + 10, text);
    }
}

struct facts *rbac_world_facts(struct arena *a, const struct rbac_world_words *v, GString *text)
{
    struct facts *f = facts_new(a, "c");

    f->version_major = 1;
    f->version_minor = 36;
    memset(f->listed, true, sizeof(f->listed));
    g_string_truncate(text, 0);
    base_rbac(f);
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        parse(f, objects[i].api, objects[i].kind, objects[i].json);
    random_rbac(f, v, text);
    facts_index(f);
    return f;
}
uint32_t rbac_world_find(const struct part *p, const char *key)
{
    for (uint32_t i = 0; i < p->nnodes; i++)
        if (strcmp(p->nodes[i].key, key) == 0)
            return i;
    return UINT32_MAX;
}

void rbac_world_step(struct rbac_world_walk *w, enum edge_kind kind, bool stay)
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

void rbac_world_follow(struct rbac_world_walk *w, enum edge_kind kind)
{
    for (int i = 0; i < 4; i++)
        rbac_world_step(w, kind, true);
}

void rbac_world_start(struct rbac_world_walk *w, const char *key)
{
    uint32_t from = rbac_world_find(w->p, key);

    memset(w->at, 0, w->p->nnodes);
    if (from != UINT32_MAX)
        w->at[from] = true;
}

const struct rbac_world_identity rbac_world_identities[RBAC_WORLD_IDENTITIES] = {
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

bool rbac_world_may(const struct rbac *r, const struct rbac_world_identity *who,
                    struct rbac_request q)
{
    struct rbac_subject s = {who->kind, who->ns, who->name, {NULL, 0}};

    return rbac_allows(r, &s, &q, NULL);
}
