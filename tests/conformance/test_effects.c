/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What permissions are worth: attack requests that were made to a real API server with real tokens
 * (fixtures/clusters/zoo/effects.json), and the edge that each must have, or must not.
 *
 * Differences, should there be any, stand with their reasons in docs/known-differences.md. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "tests/support/cluster.h"
#include "tests/test.h"

enum want {
    LEADS,   /* the request worked: so do these steps */
    GAINS_0, /* it worked, and gains nothing: no edge */
    FAILS,   /* it was refused: no edge */
    LEFT_OUT /* it says nothing about edges; `note` says why */
};

#define SA "serviceaccount/zoo/"
#define WORKER "kubehound.test.local-worker"
#define ANY NULL /* no edge of the kinds at all */

/* One recorded request by the beginning of its text, who made it, and our question: does a walk
 * along edges of these kinds, after the identity's own rights, reach that node?  A request may have
 * several; all must hold. */
static const struct expected {
    const char *what, *from;
    int http;
    enum want want;
    const char *steps[4];
    const char *to;
    const char *note;
} table[] = {
    {"impersonate user through a namespaced Role",
     SA "imp-users-in-role",
     403,
     FAILS,
     {"IDENTITY_IMPERSONATE"},
     ANY,
     NULL},
    {"impersonate user cluster-wide",
     SA "imp-users",
     200,
     LEADS,
     {"IDENTITY_IMPERSONATE"},
     "user//alice",
     NULL},
    {"impersonate SA username with 'users' only",
     SA "imp-users",
     403,
     FAILS,
     {"IDENTITY_IMPERSONATE"},
     SA "w-all-crb",
     NULL},
    {"impersonate system:masters with named user+group",
     SA "imp-groups-masters",
     200,
     LEADS,
     {"IDENTITY_IMPERSONATE", "WILDCARD_ADMIN"},
     "clusteradmin//all",
     NULL},
    {"groups only, no users right",
     SA "imp-groups-any",
     403,
     FAILS,
     {"IDENTITY_IMPERSONATE"},
     ANY,
     NULL},
    {"impersonate SA of kube-system",
     SA "imp-sa",
     200,
     LEADS,
     {"IDENTITY_IMPERSONATE"},
     "serviceaccount/kube-system/namespace-controller",
     NULL},
    {"impersonate SA of another ns",
     SA "imp-sa",
     403,
     FAILS,
     {"IDENTITY_IMPERSONATE"},
     SA "w-all-crb",
     NULL},
    {"impersonate named SA",
     SA "imp-sa-named",
     200,
     LEADS,
     {"IDENTITY_IMPERSONATE"},
     SA "w-all-crb",
     NULL},
    {"impersonate SA that does not exist",
     SA "imp-wild-group",
     200,
     LEADS,
     {"IDENTITY_IMPERSONATE"},
     "serviceaccount/no-such-namespace/ghost",
     NULL},

    {"create RB to view with bind on view",
     SA "bind-view-only",
     201,
     LEADS,
     {"ROLE_BIND"},
     "permissionset/prod/view/clusterrole",
     NULL},
    {"create CRB to cluster-admin with bind",
     SA "bind-any",
     201,
     LEADS,
     {"ROLE_BIND"},
     "clusteradmin//all",
     NULL},
    {"create RB with no bind to a missing Role",
     SA "bind-ns",
     404,
     FAILS,
     {"ROLE_BIND"},
     ANY,
     NULL},
    {"narrow own role without escalate",
     SA "edit-role-own",
     200,
     GAINS_0,
     {"ROLE_ESCALATE"},
     ANY,
     NULL},
    {"admin in prod binds admin there", SA "rb-admin", 201, GAINS_0, {"ROLE_BIND"}, ANY, NULL},

    {"create pod using a stronger SA",
     SA "pods-create",
     201,
     LEADS,
     {"POD_CREATE", "SLOT_RUN_AS", "SA_CONTROL"},
     SA "w-all-crb",
     NULL},
    {"create pod in another namespace",
     SA "pods-create",
     403,
     FAILS,
     {"POD_CREATE"},
     "podslot/prod/all",
     NULL},
    {"create privileged pod, no PSA label",
     SA "pods-create",
     201,
     LEADS,
     {"POD_CREATE", "SLOT_ESCAPE"},
     "node//" WORKER,
     NULL},
    {"node-restriction n/a: create mirror pod",
     SA "pods-create",
     201,
     LEADS,
     {"POD_CREATE"},
     "podslot/zoo/all",
     NULL},
    {"patch image of running pod",
     SA "pods-patch",
     200,
     LEADS,
     {"POD_PATCH"},
     "pod/zoo/p-w-verbs",
     NULL},
    {"patch pod to privileged", SA "pods-patch", 422, FAILS, {"POD_PATCH"}, "node//" WORKER, NULL},
    {"patch pod serviceAccountName",
     SA "pods-patch",
     422,
     FAILS,
     {"POD_PATCH", "SA_CONTROL"},
     SA "w-all-crb",
     NULL},
    {"add privileged ephemeral container",
     SA "ephemeral",
     200,
     LEADS,
     {"EPHEMERAL_CONTAINER"},
     "pod/zoo/p-w-verbs",
     NULL},
    {"add privileged ephemeral container",
     SA "ephemeral",
     200,
     LEADS,
     {"EPHEMERAL_CONTAINER"},
     "node//" WORKER,
     NULL},

    {"exec via POST with create",
     SA "exec-create",
     400,
     LEADS,
     {"POD_EXEC"},
     "pod/zoo/p-w-verbs",
     "400: authorized, only the protocol was missing"},
    {"exec via websocket GET, only get", SA "exec-get-only", 403, FAILS, {"POD_EXEC"}, ANY, NULL},
    {"exec via plain GET, only get", SA "exec-get-only", 403, FAILS, {"POD_EXEC"}, ANY, NULL},
    {"exec via websocket GET, only create",
     SA "exec-create",
     403,
     LEFT_OUT,
     {NULL},
     NULL,
     "the same right works over POST, which is the step"},
    {"nodes/proxy GET with get",
     SA "nodes-proxy-get",
     400,
     LEADS,
     {"NODE_PROXY"},
     "pod/zoo/p-w-verbs",
     "400: authorized, the recording has no kubelet to answer"},
    {"nodes/proxy GET with get", SA "nodes-proxy-get", 400, FAILS, {"POD_PROXY"}, ANY, NULL},
    {"nodes/proxy GET with get", SA "nodes-proxy-get", 400, FAILS, {"PORT_FORWARD"}, ANY, NULL},
    {"exec via POST with create", SA "exec-create", 400, FAILS, {"PORT_FORWARD"}, ANY, NULL},

    {"get named secret",
     SA "rn-secret-get",
     200,
     LEADS,
     {"SECRET_READ"},
     "secret/zoo/db-creds",
     NULL},
    {"deletecollection echoes secrets?",
     SA "secrets-deletecollection",
     200,
     LEADS,
     {"SECRET_READ"},
     "secretset/zoo/all",
     NULL},
    {"create SA token secret",
     SA "secrets-create",
     201,
     LEADS,
     {"SECRET_TOKEN_CREATE"},
     SA "w-all-crb",
     NULL},
    {"token request other SA",
     SA "sa-token-named",
     403,
     FAILS,
     {"TOKEN_REQUEST"},
     "samint/zoo/pods-create",
     NULL},
    {"token request other SA",
     SA "sa-token-named",
     403,
     LEADS,
     {"TOKEN_REQUEST"},
     "samint/zoo/w-all-crb",
     "the one that is named works"},
    {"subject without namespace",
     SA "sub-no-ns",
     200,
     LEADS,
     {"SECRET_READ"},
     "secret/zoo/db-creds",
     NULL},
    {"missing role: 403", SA "missing-role", 403, FAILS, {"SECRET_READ"}, ANY, NULL},
    {"missing + good role",
     SA "missing-and-good",
     200,
     LEADS,
     {"SECRET_READ"},
     "secret/zoo/db-creds",
     NULL},
    {"User subject naming an SA",
     SA "user-form",
     200,
     LEADS,
     {"SECRET_READ"},
     "secret/zoo/db-creds",
     NULL},
    {"verb upper", SA "verb-upper", 403, FAILS, {"SECRET_READ"}, ANY, NULL},

    {"Role in zoo, get namespace prod",
     SA "ns-patch-rb",
     403,
     FAILS,
     {"NAMESPACE_PSA_PATCH"},
     ANY,
     NULL},
    {"deploy in wrong group", SA "wl-wrong-group", 403, FAILS, {"WORKLOAD_CREATE"}, ANY, NULL},
    {"deploy in wrong group", SA "wl-wrong-group", 403, FAILS, {"WORKLOAD_PATCH"}, ANY, NULL},
    {"CSR as system:masters",
     SA "csr-chain",
     403,
     FAILS,
     {"CSR_APPROVE"},
     "group//system:masters",
     NULL},
    {"anonymous api", "user//system:anonymous", 403, FAILS, {"SECRET_READ"}, ANY, NULL},
    {"anonymous version",
     "user//system:anonymous",
     200,
     LEFT_OUT,
     {NULL},
     NULL,
     "the version is no secret"},

    {"node lists all pods",
     "user//system:node:" WORKER,
     403,
     LEFT_OUT,
     {NULL},
     NULL,
     "listing pods is no step"},
    {"node lists own pods",
     "user//system:node:" WORKER,
     200,
     LEFT_OUT,
     {NULL},
     NULL,
     "listing pods is no step"},
    {"node lists secrets", "node//" WORKER, 403, FAILS, {"NODE_SECRETS"}, "secretset//all", NULL},
    {"node lists secrets",
     "user//system:node:" WORKER,
     403,
     FAILS,
     {"NODE_IDENTITY_READ"},
     "secretset//all",
     NULL},
    {"node gets secret not referenced",
     "node//" WORKER,
     403,
     FAILS,
     {"NODE_SECRETS"},
     "secret/zoo/db-creds",
     NULL},
    {"node gets secret not referenced",
     "user//system:node:" WORKER,
     403,
     FAILS,
     {"NODE_IDENTITY_READ"},
     "secret/zoo/db-creds",
     NULL},
    {"node asks a token for prod/api",
     "node//" WORKER,
     201,
     LEADS,
     {"NODE_TOKENS"},
     "serviceaccount/prod/api",
     NULL},
    {"node asks a token for prod/api",
     "user//system:node:" WORKER,
     201,
     LEADS,
     {"NODE_IDENTITY_READ"},
     "serviceaccount/prod/api",
     NULL},
    {"node asks a token for zoo/w-res-core",
     "node//" WORKER,
     201,
     LEADS,
     {"NODE_TOKENS"},
     SA "w-res-core",
     NULL},
    {"node asks a token for zoo/w-all-crb",
     "node//" WORKER,
     201,
     LEADS,
     {"NODE_TOKENS"},
     SA "w-all-crb",
     NULL},
    {"node asks a token for kube-system/coredns",
     "node//" WORKER,
     403,
     FAILS,
     {"NODE_TOKENS"},
     "serviceaccount/kube-system/coredns",
     NULL},
    {"node asks a token for kube-system/coredns",
     "user//system:node:" WORKER,
     403,
     FAILS,
     {"NODE_IDENTITY_READ"},
     "serviceaccount/kube-system/coredns",
     NULL},
    {"node patches other node's labels",
     "user//system:node:" WORKER,
     403,
     FAILS,
     {"NODE_PATCH"},
     ANY,
     NULL},
    {"node patches own labels",
     "user//system:node:" WORKER,
     200,
     LEFT_OUT,
     {NULL},
     NULL,
     "a node's labels are its own: what they attract is judged where pods are moved"},
};

static bool known(const struct expected *x)
{
    for (size_t i = 0; i < ARRAY_LEN(x->steps) && x->steps[i]; i++)
        if (!kinds_edge_by_name(x->steps[i]))
            return false;
    return true;
}

/* Adds what edges of a kind lead to: to the set itself until it grows no more, or to another. */
static bool follow(const struct part *p, enum edge_kind kind, const bool *from, bool *to)
{
    bool any = false;

    for (size_t i = 0; i < p->nedges; i++) {
        const struct edge_row *e = &p->edges[i];

        if (e->kind != kind || e->verdict != VERDICT_YES || !from[e->src] || to[e->dst])
            continue;
        to[e->dst] = any = true;
    }
    return any;
}

static void close_over(const struct part *p, bool *set, enum edge_kind one, enum edge_kind other)
{
    while (follow(p, one, set, set) || follow(p, other, set, set))
        ;
}

static bool holds(const struct part *p, const bool *set, const char *key)
{
    for (uint32_t i = 0; i < p->nnodes; i++)
        if (set[i] && (!key || g_strcmp0(p->nodes[i].key + strlen("k8s:c/"), key) == 0))
            return true;
    return false;
}

/* Each step once and in order, so that a chain of attacks is not taken for one. */
static bool leads(const struct part *p, const struct expected *x)
{
    bool *at = g_new0(bool, p->nnodes), found;

    for (uint32_t i = 0; i < p->nnodes; i++)
        at[i] = g_str_has_prefix(p->nodes[i].key, "k8s:c/") &&
                strcmp(p->nodes[i].key + strlen("k8s:c/"), x->from) == 0;
    cr_expect(holds(p, at, NULL), "no node %s", x->from);
    close_over(p, at, EDGE_PERMISSION_DISCOVER, EDGE_MEMBER_OF);
    for (size_t i = 0; i < ARRAY_LEN(x->steps) && x->steps[i]; i++) {
        bool *next = g_new0(bool, p->nnodes);

        follow(p, kinds_edge_by_name(x->steps[i]), at, next);
        close_over(p, next, EDGE_HUB_MEMBER, EDGE_HUB_MEMBER);
        g_free(at);
        at = next;
    }
    found = holds(p, at, x->to);
    g_free(at);
    return found;
}

struct tally {
    size_t rows, agree, disagree, left_out, pending;
};

/* One recorded request: all that is expected of it. */
static void judge(const struct part *p, const char *what, int http, struct tally *t)
{
    bool seen = false, pending = false, left_out = false, wrong = false;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct expected *x = &table[i];

        if (!g_str_has_prefix(what, x->what))
            continue;
        seen = true;
        cr_expect_eq(http, x->http, "%s: recorded %d", what, http);
        if (x->want == LEFT_OUT) {
            left_out = true;
        } else if (!known(x)) {
            pending = true;
            printf("effects: pending: %s: %s\n", what, x->steps[0]);
        } else if (leads(p, x) != (x->want == LEADS)) {
            wrong = true;
            cr_expect_fail("%s (%d): %s %s %s %s", what, http, x->from,
                           x->want == LEADS ? "lacks" : "draws", x->steps[0],
                           x->to ? x->to : "anything");
        }
    }
    cr_expect(seen, "no row for: %s", what);
    t->rows++;
    t->disagree += wrong;
    t->left_out += left_out;
    t->pending += !wrong && pending;
    t->agree += seen && !wrong && !pending && !left_out;
}

Test(effects, are_the_edges_of_the_graph)
{
    struct tally t = {0};

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("zoo", a);
    g_autofree char *path = g_build_filename(test_fixtures(), "clusters/zoo/effects.json", NULL);
    json_error_t why;
    json_auto_t *rows = json_load_file(path, 0, &why);
    json_t *row;
    size_t i;

    cr_assert(rows, "%s: %s", path, why.text);
    json_array_foreach (rows, i, row)
        judge(&p, json_string_value(json_object_get(row, "what")),
              (int)json_integer_value(json_object_get(row, "http")), &t);
    for (i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].want == LEFT_OUT)
            printf("effects: left out: %s: %s\n", table[i].what, table[i].note);
    printf(
        "conformance effects: %zu requests, %zu agree, %zu disagree, %zu left out, %zu pending\n",
        t.rows, t.agree, t.disagree, t.left_out, t.pending);
    cr_expect_eq(t.rows, 51);
    cr_expect_eq(t.pending, 0, "kinds of edges that do not exist");
}
