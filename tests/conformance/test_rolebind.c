/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KubeHound's rolebind accounts, each with the answers of a real API server to five attempts to
 * make a binding, and where our ROLE_BIND edges lead from it. */
#include <stdio.h>

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
