/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KubeHound's rolebind accounts, each with the answers of a real API server to five attempts to
 * make a binding, and where our ROLE_BIND edges lead from it. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/rule.h"
#include "schema/key.h"
#include "tests/support/cluster.h"
#include "tests/test.h"

#define SA "serviceaccount/default/rolebind-sa-"

/* What the server answered, 1 for 201 and 0 for 403: a ClusterRoleBinding to cluster-admin; in the
 * account's namespace a RoleBinding to a ClusterRole, to a Role; in another namespace the same. */
static const struct {
    const char *who;
    bool made[5];
} attempts[] = {
    {SA "crb-cr-crb-cr", {1, 0, 0, 0, 0}},
    {SA "crb-cr-rb-cr", {0, 1, 0, 1, 0}},
    {SA "crb-cr-rb-r", {0, 0, 1, 0, 1}},
    {SA "rb-cr-rb-cr", {0, 1, 0, 0, 0}},
    {SA "rb-r-rb-crb", {0, 1, 0, 0, 0}},
    {SA "rb-cr-rb-r", {0, 0, 1, 0, 0}},
    {SA "rb-r-rb-r", {0, 0, 1, 0, 0}},
    {SA "crb-cr-crb-r-fail", {0, 0, 0, 0, 0}},
    {SA "rb-cr-crb-cr-fail", {0, 0, 0, 0, 0}},
    {SA "rb-r-crb-cr-fail", {0, 0, 0, 0, 0}},
    /* a user and a group with the same bindings */
    {"user//user-rb-r-rb-crb", {0, 1, 0, 0, 0}},
    {"group//group-rb-r-rb-crb", {0, 1, 0, 0, 0}},
    {"user//user-rb-r-rb-r", {0, 0, 1, 0, 0}},
    {"group//group-rb-r-rb-r", {0, 0, 1, 0, 0}},
    {"user//user-rb-r-crb-cr-fail", {0, 0, 0, 0, 0}},
    {"group//group-rb-r-crb-cr-fail", {0, 0, 0, 0, 0}},
};

static const char *const targets[] = {
    "clusteradmin//all", "nsadmin/default/all", "role/default/admin",
    "nsadmin/vault/all", "role/vault/admin",
};

Test(rolebind, agrees_with_the_server_about_every_binding)
{
    static const char *const steps[] = {"ROLE_BIND", "HUB_MEMBER", NULL};
    size_t agree = 0, all = 0;

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    for (size_t i = 0; i < ARRAY_LEN(attempts); i++)
        for (size_t k = 0; k < ARRAY_LEN(targets); k++) {
            bool got = cluster_reaches(&p, attempts[i].who, targets[k], steps);

            all++;
            agree += got == attempts[i].made[k];
            cr_expect_eq(got, attempts[i].made[k], "%s -> %s: %d", attempts[i].who, targets[k],
                         got);
        }
    printf("conformance rolebind: %zu attempts, %zu agree\n", all, agree);
}

/* What the bindings are worth: the Roles default/admin and vault/admin, which nobody is bound to,
 * allow everything in their namespace. */
Test(rolebind, reaches_the_administrators_of_its_namespaces_only)
{
    static const char *const steps[] = {"ROLE_BIND", "HUB_MEMBER", "ROLE_GRANT", "WILDCARD_ADMIN",
                                        NULL};
    static const struct {
        const char *who;
        bool in_default, in_vault;
    } want[] = {
        {SA "crb-cr-rb-cr", true, true},        {SA "crb-cr-rb-r", true, true},
        {SA "rb-cr-rb-cr", true, false},        {SA "rb-r-rb-crb", true, false},
        {SA "rb-cr-rb-r", true, false},         {SA "rb-r-rb-r", true, false},
        {"user//user-rb-r-rb-r", true, false},  {"group//group-rb-r-rb-r", true, false},
        {SA "crb-cr-crb-r-fail", false, false}, {SA "rb-r-crb-cr-fail", false, false},
        {SA "rb-cr-crb-cr-fail", false, false},
    };

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        cr_expect_eq(cluster_reaches(&p, want[i].who, "nsadmin/default/all", steps),
                     want[i].in_default, "%s", want[i].who);
        cr_expect_eq(cluster_reaches(&p, want[i].who, "nsadmin/vault/all", steps), want[i].in_vault,
                     "%s", want[i].who);
        cr_expect_not(cluster_reaches(&p, want[i].who, "clusteradmin//all", steps));
    }
}

/* Everything that these rules draw there beside the accounts of the cases. */
Test(rolebind, draws_nothing_else)
{
    static const struct {
        const char *label, *from, *to;
        size_t want;
    } counts[] = {
        {"ROLE_BIND", "serviceaccount/", "", 7},
        {"ROLE_BIND", "user/", "", 2},
        /* two of the cases; the groups of administrators */
        {"ROLE_BIND", "group/", "", 4},
        {"ROLE_BIND", "group/", "clusteradmin//all", 2},
        {"ROLE_ESCALATE", "serviceaccount/", "", 1},
        {"ROLE_ESCALATE", "serviceaccount/kube-system/clusterrole-aggregation-controller",
         "clusteradmin//all", 1},
        {"ROLE_ESCALATE", "group//kubeadm:cluster-admins", "clusteradmin//all", 1},
        {"ROLE_ESCALATE", "", "", 2},
        /* a Role over users and groups is dead */
        {"IDENTITY_IMPERSONATE", "permissionset/default/pod-impersonate", "", 0},
        {"IDENTITY_IMPERSONATE", "permissionset/default/impersonate/role", "", 0},
        {"IDENTITY_IMPERSONATE", "serviceaccount/", "", 0},
        {"AUTHN_CONFIG", "node//kubehound.test.local-control-plane", "clusteradmin//all", 1},
        {"AUTHN_CONFIG", "", "", 1},
    };

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        size_t got = cluster_count(&p, counts[i].label, counts[i].from, counts[i].to);
        cr_expect_eq(got, counts[i].want, "%s %s -> %s: %zu, want %zu", counts[i].label,
                     counts[i].from, counts[i].to, got, counts[i].want);
    }
}

/* The authorizer itself against the graph: one identity at a time, every role in every scope. */
struct census {
    const struct facts *f;
    const struct rbac *rbac;
    const struct part *p;
    GHashTable *ix; /* key -> index + 1 of the node */
    bool *at;       /* reached by binding */
    size_t asked, yes;
};

static bool at(const struct census *c, const char *kind, const char *ns, const char *name,
               const char *sub)
{
    AUTO(arena) a = arena_new();
    const char *key = key_make(a, "c", kinds_node_by_name(kind), ns, name, sub);
    uint32_t ix = GPOINTER_TO_UINT(g_hash_table_lookup(c->ix, key));

    return ix && c->at[ix - 1];
}

static void spread(const struct census *c, enum edge_kind kind, const bool *from)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < c->p->nedges; i++) {
            const struct edge_row *e = &c->p->edges[i];

            if (e->kind == kind && from[e->src] && !c->at[e->dst])
                c->at[e->dst] = grew = true;
        }
    }
}

static bool may(const struct census *c, const struct rbac_subject *who, const char *verb,
                const char *resource, const char *ns, const char *name)
{
    struct rbac_request q = {verb, "rbac.authorization.k8s.io", resource, "", ns, name, NULL};

    return rbac_allows(c->rbac, who, &q, NULL);
}

/* Whether the server would let `who` make a binding to a role in a scope. */
static bool makes(const struct census *c, const struct rbac_subject *who, const struct fact_role *r,
                  const char *ns)
{
    return may(c, who, "create", *ns ? "rolebindings" : "clusterrolebindings", ns, "") &&
           may(c, who, "bind", *r->meta.ns ? "roles" : "clusterroles", ns, r->meta.name);
}

static void compare(struct census *c, const struct rbac_subject *who, const struct fact_role *r,
                    const char *ns)
{
    bool cluster = !*r->meta.ns, truth = makes(c, who, r, ns);
    bool top = at(c, "clusteradmin", "", "all", NULL);
    bool admin = *ns && at(c, "nsadmin", ns, "all", NULL);
    bool exact = cluster ? at(c, "permissionset", ns, r->meta.name, "clusterrole")
                         : at(c, "role", r->meta.ns, r->meta.name, NULL);

    c->asked++;
    c->yes += truth;
    cr_expect(!truth || top || admin || exact, "%s/%s binds %s/%s in \"%s\": not drawn", who->ns,
              who->name, r->meta.ns, r->meta.name, ns);
    cr_expect(truth || !exact, "%s/%s does not bind %s/%s in \"%s\": drawn", who->ns, who->name,
              r->meta.ns, r->meta.name, ns);
    cr_expect(truth || !cluster || !(admin || (top && !*ns)),
              "%s/%s does not bind %s in \"%s\": drawn as administrator", who->ns, who->name,
              r->meta.name, ns);
}

static void one_identity(struct census *c, const struct fact_subject *s, uint32_t node)
{
    const struct facts *f = c->f;
    struct rbac_subject who = {s->kind, s->ns, s->name, {NULL, 0}};
    bool *start = g_new0(bool, c->p->nnodes);

    memset(c->at, 0, c->p->nnodes * sizeof(*c->at));
    c->at[node] = true;
    spread(c, EDGE_MEMBER_OF, c->at);
    memcpy(start, c->at, c->p->nnodes * sizeof(*start));
    memset(c->at, 0, c->p->nnodes * sizeof(*c->at));
    spread(c, EDGE_ROLE_BIND, start);
    spread(c, EDGE_HUB_MEMBER, c->at);
    for (size_t i = 0; i < f->roles.n; i++) {
        const struct fact_role *r = &f->roles.v[i];

        if (r->nrules == 0)
            continue;
        if (*r->meta.ns) {
            compare(c, &who, r, r->meta.ns);
            continue;
        }
        compare(c, &who, r, "");
        for (size_t k = 0; k < f->namespaces.n; k++)
            compare(c, &who, r, f->namespaces.v[k].meta.name);
    }
    g_free(start);
}

static void census(const char *cluster)
{
    AUTO(arena) a = arena_new();
    g_autofree char *dir = g_build_filename(test_fixtures(), "clusters", cluster, "lists", NULL);
    AUTO(facts) f = cluster_load(dir, a);
    struct part p = {0};
    must(rule_derive(f, NULL, a, &p, &e));
    AUTO(rbac) rbac = rbac_new(f);
    g_autoptr(GHashTable) ix = g_hash_table_new(g_str_hash, g_str_equal);
    struct census c = {f, rbac, &p, ix, g_new0(bool, p.nnodes), 0, 0};

    for (uint32_t i = 0; i < p.nnodes; i++)
        g_hash_table_insert(ix, (gpointer)p.nodes[i].key, GUINT_TO_POINTER(i + 1));
    for (size_t i = 0; i < f->serviceaccounts.n; i++) {
        const struct meta *m = &f->serviceaccounts.v[i].meta;
        struct fact_subject s = {SUBJECT_SERVICEACCOUNT, m->ns, m->name};
        const char *key = key_make(a, "c", NODE_SERVICEACCOUNT, m->ns, m->name, NULL);

        one_identity(&c, &s, GPOINTER_TO_UINT(g_hash_table_lookup(ix, key)) - 1);
    }
    printf("conformance rolebind %s: %zu questions, %zu allowed\n", cluster, c.asked, c.yes);
    cr_expect(c.yes > 0 && c.yes < c.asked);
    g_free(c.at);
}

Test(rolebind, says_what_the_authorizer_says)
{
    static const char *const clusters[] = {"kubehound", "goat", "zoo"};

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    for (size_t i = 0; i < ARRAY_LEN(clusters); i++)
        census(clusters[i]);
}
