/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways to credentials in the recorded zoo of rights; where a real request was made, the comment
 * says what the server answered. */
#include "tests/support/cluster.h"
#include "tests/test.h"

#define SA "serviceaccount/zoo/"
#define WORKER "user//system:node:kubehound.test.local-worker"

static const struct {
    const char *label, *from, *to;
    bool want;
} edges[] = {
    {"TOKEN_REQUEST", "permissionset/zoo/sa-token-any", "samintset/zoo/all", true},
    /* for another account: 403 */
    {"TOKEN_REQUEST", "permissionset/zoo/sa-token-named", "samintset/zoo/all", false},
    {"TOKEN_REQUEST", "permissionset/zoo/sa-token-named", "samint/zoo/pods-create", false},
    {"TOKEN_REQUEST", "permissionset//zoo:sa-token-crb", "samintset//all", true},
    /* creating a token Secret: 201; it has get as well */
    {"SECRET_TOKEN_CREATE", SA "secrets-create", "serviceaccountset/zoo/all", true},
    {"SECRET_TOKEN_CREATE", SA "secrets-watch-only", "serviceaccountset/zoo/all", false},
    {"SECRET_TOKEN_CREATE", SA "pods-create", "serviceaccountset/zoo/all", false},
    {"CSR_APPROVE", SA "csr-chain", "userset//all", true},
    {"CSR_APPROVE", SA "csr-chain", "groupset//all", true},
    {"CSR_APPROVE", SA "csr-chain", "serviceaccountset//spoken", true},
    /* asking for system:masters: 403 */
    {"HUB_MEMBER", "groupset//all", "group//system:masters", false},
    {"CSR_APPROVE", SA "csr-noapprovesigner", "userset//all", false},
    {"CSR_SIGN", SA "csr-chain", "userset//all", false},
    {"BOOTSTRAP_NODE_CSR", "group//system:bootstrappers:kubeadm:default-node-token",
     "userset//nodes", true},
    {"CONFIGMAP_READ", "permissionset/zoo/cm-aws-auth", "configmapset/zoo/all", false},
    /* tokens for accounts with a pod on the node: 201; for coredns, which has none there: 403 */
    {"NODE_IDENTITY_READ", WORKER, "serviceaccount/prod/api", true},
    {"NODE_IDENTITY_READ", WORKER, SA "w-res-core", true},
    {"NODE_IDENTITY_READ", WORKER, SA "w-all-crb", true},
    {"NODE_IDENTITY_READ", WORKER, "serviceaccount/kube-system/coredns", false},
    /* a Secret that no pod of the node refers to: 403 */
    {"NODE_IDENTITY_READ", WORKER, "secret/zoo/db-creds", false},
};

Test(creds, agrees_with_what_the_server_answered)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("zoo", a);

    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        const struct edge_row *e = cluster_edge(&p, edges[i].label, edges[i].from, edges[i].to);

        cr_expect_eq(e != NULL, edges[i].want, "%s %s -> %s", edges[i].label, edges[i].from,
                     edges[i].to);
        cr_expect(!e || e->verdict == VERDICT_YES, "%s %s -> %s: %s", edges[i].label, edges[i].from,
                  edges[i].to, kinds_verdict_name(e->verdict));
    }
}

/* What every cluster has draws nothing: strangers of a fresh cluster, and its built-in controllers.
 */
Test(creds, leaves_the_clusters_own_bindings_alone)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("kubehound", a);
    static const char *const none[] = {"ANON_ACCESS", "SA_PATCH", "CSR_SIGN"};

    for (size_t i = 0; i < p.nedges; i++)
        for (size_t k = 0; k < ARRAY_LEN(none); k++)
            cr_expect(strstr(p.nodes[p.edges[i].src].key, "/kube-system/") ||
                          strstr(p.nodes[p.edges[i].src].key, "/group/") ||
                          p.edges[i].kind != kinds_edge_by_name(none[k]),
                      "%s %s -> %s", none[k], p.nodes[p.edges[i].src].key,
                      p.nodes[p.edges[i].dst].key);
}
