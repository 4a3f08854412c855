/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthetic attack graphs with the shape of real clusters: skewed namespaces, six in ten of them
 * hardened, about half of the pods in one giant component, the others reaching a few dozen nodes;
 * cluster-wide rights and network policy classes through hubs, role chains between clusters.
 *
 * Deterministic: same numbers, same graph.  Node and edge kinds stand in for shapes only; no edge
 * is structural, so hops count every edge and agree with the reference answers in bench_queries.c.
 */
#pragma once

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "schema/rows.h"

enum kgen_node {
    KN_POD,
    KN_NODE,
    KN_NAMESPACE,
    KN_SA,
    KN_PERM,
    KN_SECRET,
    KN_IAM,
    KN_DATA,
    KN_NET_EGRESS,
    KN_NET_INGRESS,
    KN_NS_SECRETS,
    KN_NS_PODS,
    KN_NS_SAS,
    KN_NS_NET,
    KN_ALL_SECRETS,
    KN_ALL_PODS,
    KN_ALL_SAS,
    KN_ALL_NODES,
    KN_CLUSTER_NET,
    KN_ACCOUNT_DATA,
    KN_COUNT
};

enum kgen_edge {
    KE_ESC_PRIV,
    KE_ESC_MOUNT,
    KE_ESC_PID,
    KE_RUNS_POD,
    KE_POD_TOKEN,
    KE_POD_SECRET,
    KE_IN_NS,
    KE_BOUND,
    KE_READ_SECRET,
    KE_EXEC_POD,
    KE_IMPERSONATE,
    KE_SCOPE,
    KE_TOKEN_OF,
    KE_SECRET_IAM,
    KE_SECRET_DATA,
    KE_ASSUME_WEB,
    KE_INSTANCE_ROLE,
    KE_ASSUME_ROLE,
    KE_CLUSTER_ACCESS,
    KE_DATA_ACCESS,
    KE_EGRESS_CLASS,
    KE_ALLOW_CLASS,
    KE_INGRESS_POD,
    KE_NET_REACH,
    KE_CONTROL_NODE,
    KE_COUNT
};

struct kgen_record {
    uint32_t src, dst;
    uint8_t kind, class;
};

struct kgen {
    uint64_t rng;
    struct kgen_vertex {
        uint8_t kind;
        uint32_t cluster, ns, ord;
    } * nodes;
    struct kgen_record *edges;
    size_t n, cap_n, m, cap_m;
    uint32_t *jewels, *sources; /* `njewels` data stores, `nsources` pods */
    uint32_t njewels, nsources;
};

struct kgen_list {
    uint32_t *at, n, cap;
};

/* What a cluster shows to those made after it. */
struct kgen_cluster {
    uint32_t iam, niam, admin, pod, npod, data, ndata;
};

/* Replicas with the same labels: one service account, one policy class each way. */
struct kgen_app {
    uint32_t ns, sa, egress, ingress;
    bool open_egress, open_ingress;
    struct kgen_list pods;
};

/* One cluster in the making. */
struct kgen_state {
    struct kgen *g;
    uint32_t cluster, npod, nnode, nns, nsa, nrole, nsecret, niam, ndata;
    uint32_t pod, node, ns, perm, secret, iam, data, hub_secrets, hub_pods, hub_sas;
    uint32_t all_secrets, all_pods, all_sas, all_nodes, account_data;
    uint32_t *pod_ns, *pod_app;
    uint8_t *hard, *role, *serves;
    struct kgen_list *pods, *sas, *secrets, *perms, *apps_of; /* by namespace */
    struct kgen_app *apps;
    uint32_t napp, cap_app;
};

static inline uint64_t kgen_rnd64(struct kgen *g)
{
    uint64_t z = (g->rng += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The high half of a 96-bit product, in two steps. */
static inline uint32_t kgen_rnd(struct kgen *g, uint32_t n)
{
    uint64_t z = kgen_rnd64(g), low = (z & UINT32_MAX) * n;

    return (uint32_t)(((z >> 32) * n + (low >> 32)) >> 32);
}

static inline bool kgen_percent(struct kgen *g, double p)
{
    return kgen_rnd(g, 1000000) < (uint32_t)(p * 10000.0);
}

static inline void kgen_push(struct kgen_list *l, uint32_t x)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 8;
        l->at = must_realloc(l->at, l->cap * sizeof(*l->at));
    }
    l->at[l->n++] = x;
}

static inline uint32_t kgen_any(struct kgen *g, const struct kgen_list *l)
{
    return l->at[kgen_rnd(g, l->n)];
}

static inline uint32_t kgen_node(struct kgen *g, enum kgen_node kind, uint32_t cluster, uint32_t ns,
                                 uint32_t ord)
{
    if (g->n == g->cap_n) {
        g->cap_n = g->cap_n ? g->cap_n * 2 : 1 << 18;
        g->nodes = must_realloc(g->nodes, g->cap_n * sizeof(*g->nodes));
    }
    g->nodes[g->n] = (struct kgen_vertex){(uint8_t)kind, cluster, ns, ord};
    return (uint32_t)g->n++;
}

/* The class whose cost is nearest to that of a probability in percent. */
static inline uint8_t kgen_class(uint32_t percent)
{
    return percent >= 92   ? CLASS_TRIVIAL
           : percent >= 65 ? CLASS_EASY
           : percent >= 32 ? CLASS_MODERATE
           : percent >= 10 ? CLASS_HARD
                           : CLASS_RARE;
}

static inline void kgen_edge(struct kgen *g, uint32_t src, uint32_t dst, enum kgen_edge kind)
{
    /* Range of the probability of success, in percent. */
    static const uint8_t percent[KE_COUNT][2] = {
        {80, 98}, {60, 95}, {50, 90}, {95, 99}, {90, 99}, {85, 99}, {98, 99}, {97, 99}, {90, 99},
        {80, 98}, {70, 95}, {98, 99}, {90, 99}, {60, 95}, {50, 95}, {90, 99}, {85, 99}, {60, 95},
        {70, 95}, {70, 99}, {97, 99}, {97, 99}, {5, 60},  {5, 60},  {80, 98}};

    if (src == dst)
        return;
    if (g->m == g->cap_m) {
        g->cap_m = g->cap_m ? g->cap_m * 2 : 1 << 20;
        g->edges = must_realloc(g->edges, g->cap_m * sizeof(*g->edges));
    }
    uint32_t p = percent[kind][0] + kgen_rnd(g, percent[kind][1] - percent[kind][0] + 1u);
    g->edges[g->m++] = (struct kgen_record){src, dst, (uint8_t)kind, kgen_class(p)};
}

static inline void kgen_each(struct kgen *g, uint32_t src, const struct kgen_list *l,
                             enum kgen_edge kind)
{
    for (uint32_t i = 0; i < l->n; i++)
        kgen_edge(g, src, l->at[i], kind);
}

/* Pods into namespaces of skewed size. */
static inline void kgen_place_pods(struct kgen_state *s)
{
    double *weight = must_malloc(s->nns * sizeof(*weight)), total = 0;
    uint32_t placed = 0;

    for (uint32_t i = 0; i < s->nns; i++) {
        double u = (kgen_rnd(s->g, 1000000) + 1) / 1000000.0;
        weight[i] = 1.0 / sqrt(u + 0.01);
        total += weight[i];
    }
    s->pod_ns = must_malloc(s->npod * sizeof(*s->pod_ns));
    for (uint32_t i = 0; i < s->nns; i++) {
        uint32_t k = (uint32_t)(weight[i] / total * s->npod);
        for (k = k ? k : 1; k && placed < s->npod; k--)
            s->pod_ns[placed++] = i;
    }
    while (placed < s->npod)
        s->pod_ns[placed++] = kgen_rnd(s->g, s->nns);
    free(weight);
}

static inline uint32_t kgen_nodes(struct kgen_state *s, enum kgen_node kind, uint32_t n, bool by_ns)
{
    uint32_t first = (uint32_t)s->g->n;

    for (uint32_t i = 0; i < n; i++)
        kgen_node(s->g, kind, s->cluster, by_ns ? i : 0, i);
    return first;
}

static inline uint8_t kgen_role(uint32_t i, uint32_t r)
{
    static const uint16_t below[] = {2, 8, 15, 200, 440, 820, 920};

    /* 0 cluster admin, 1 all secrets, 2 exec everywhere, 3 read secrets of the namespace, 4 exec
     * there, 5 edit there, 6 named secrets, 7 edit through the hubs */
    for (uint8_t k = 0; i && k < ARRAY_LEN(below); k++)
        if (r < below[k])
            return k;
    return i ? 7 : 0;
}

static inline void kgen_inventory(struct kgen_state *s)
{
    struct kgen *g = s->g;

    s->pod = (uint32_t)g->n;
    for (uint32_t i = 0; i < s->npod; i++)
        kgen_node(g, KN_POD, s->cluster, s->pod_ns[i], i);
    s->node = kgen_nodes(s, KN_NODE, s->nnode, false);
    s->ns = kgen_nodes(s, KN_NAMESPACE, s->nns, true);
    for (uint32_t i = 0; i < s->nns; i++)
        s->hard[i] = i >= 3 && kgen_percent(g, 60);
    for (uint32_t i = 0; i < s->npod; i++)
        kgen_push(&s->pods[s->pod_ns[i]], s->pod + i);
    for (uint32_t i = 0; i < s->nsa; i++) {
        uint32_t ns = i < s->nns ? i : s->pod_ns[kgen_rnd(g, s->npod)];
        kgen_push(&s->sas[ns], kgen_node(g, KN_SA, s->cluster, ns, i));
    }
    s->perm = (uint32_t)g->n;
    for (uint32_t i = 0; i < s->nrole; i++) {
        uint32_t ns = s->pod_ns[kgen_rnd(g, s->npod)];
        s->role[i] = kgen_role(i, kgen_rnd(g, 1000));
        uint32_t id = kgen_node(g, KN_PERM, s->cluster, ns, i);
        if (s->role[i] >= 3)
            kgen_push(&s->perms[ns], id);
    }
    s->secret = (uint32_t)g->n;
    for (uint32_t i = 0; i < s->nsecret; i++) {
        uint32_t ns = s->pod_ns[kgen_rnd(g, s->npod)];
        kgen_push(&s->secrets[ns], kgen_node(g, KN_SECRET, s->cluster, ns, i));
    }
    s->iam = kgen_nodes(s, KN_IAM, s->niam, false);
    s->data = kgen_nodes(s, KN_DATA, s->ndata, false);
    s->hub_secrets = kgen_nodes(s, KN_NS_SECRETS, s->nns, true);
    s->hub_pods = kgen_nodes(s, KN_NS_PODS, s->nns, true);
    s->hub_sas = kgen_nodes(s, KN_NS_SAS, s->nns, true);
    s->all_secrets = kgen_nodes(s, KN_ALL_SECRETS, 1, false);
    s->all_pods = kgen_nodes(s, KN_ALL_PODS, 1, false);
    s->all_sas = kgen_nodes(s, KN_ALL_SAS, 1, false);
    s->all_nodes = kgen_nodes(s, KN_ALL_NODES, 1, false);
    s->account_data = kgen_nodes(s, KN_ACCOUNT_DATA, 1, false);
}

static inline void kgen_hubs(struct kgen_state *s)
{
    for (uint32_t i = 0; i < s->nns; i++) {
        kgen_edge(s->g, s->all_secrets, s->hub_secrets + i, KE_SCOPE);
        kgen_edge(s->g, s->all_pods, s->hub_pods + i, KE_SCOPE);
        kgen_edge(s->g, s->all_sas, s->hub_sas + i, KE_SCOPE);
        kgen_each(s->g, s->hub_secrets + i, &s->secrets[i], KE_SCOPE);
        kgen_each(s->g, s->hub_pods + i, &s->pods[i], KE_SCOPE);
        kgen_each(s->g, s->hub_sas + i, &s->sas[i], KE_SCOPE);
    }
    for (uint32_t i = 0; i < s->nnode; i++)
        kgen_edge(s->g, s->all_nodes, s->node + i, KE_SCOPE);
    for (uint32_t i = 0; i < s->ndata; i++)
        kgen_edge(s->g, s->account_data, s->data + i, KE_SCOPE);
}

static inline void kgen_make_apps(struct kgen_state *s)
{
    struct kgen *g = s->g;

    for (uint32_t n = 0; n < s->nns; n++) {
        uint32_t k = s->pods[n].n / 12 + 1, base = s->napp;
        for (uint32_t a = 0; a < k; a++) {
            if (s->napp == s->cap_app) {
                s->cap_app = s->cap_app ? s->cap_app * 2 : 256;
                s->apps = must_realloc(s->apps, s->cap_app * sizeof(*s->apps));
            }
            uint32_t sa = kgen_percent(g, 60) ? kgen_any(g, &s->sas[n]) : s->sas[n].at[0];
            bool egress = !s->hard[n] && kgen_percent(g, 70);
            bool ingress = !s->hard[n] && kgen_percent(g, 50);
            kgen_push(&s->apps_of[n], s->napp);
            s->apps[s->napp++] = (struct kgen_app){
                .ns = n, .sa = sa, .open_egress = egress, .open_ingress = ingress};
        }
        for (uint32_t i = 0; i < s->pods[n].n; i++)
            s->pod_app[s->pods[n].at[i] - s->pod] = base + kgen_rnd(g, k);
    }
    for (uint32_t i = 0; i < s->npod; i++)
        kgen_push(&s->apps[s->pod_app[i]].pods, s->pod + i);
}

static inline void kgen_pods(struct kgen_state *s)
{
    struct kgen *g = s->g;

    for (uint32_t i = 0; i < s->npod; i++) {
        const struct kgen_app *a = &s->apps[s->pod_app[i]];
        bool hard = s->hard[a->ns];
        uint32_t on = s->node + kgen_rnd(g, s->nnode), pod = s->pod + i;

        kgen_edge(g, on, pod, KE_RUNS_POD);
        kgen_edge(g, pod, s->ns + a->ns, KE_IN_NS);
        if (kgen_percent(g, hard ? 0.2 : 4.4))
            kgen_edge(g, pod, on, (enum kgen_edge)(KE_ESC_PRIV + kgen_rnd(g, 3)));
        if (kgen_percent(g, hard ? 20 : 85))
            kgen_edge(g, pod, a->sa, KE_POD_TOKEN);
        if (s->secrets[a->ns].n)
            for (uint32_t k = kgen_rnd(g, 3); k; k--)
                kgen_edge(g, pod, kgen_any(g, &s->secrets[a->ns]), KE_POD_SECRET);
        s->serves[i] = kgen_percent(g, hard ? 8 : 24);
    }
    for (uint32_t i = 0; i < s->nnode; i++)
        kgen_edge(g, s->node + i, s->iam + kgen_rnd(g, s->niam < 3 ? s->niam : 3),
                  KE_INSTANCE_ROLE);
}

static inline void kgen_accounts(struct kgen_state *s)
{
    struct kgen *g = s->g;

    for (uint32_t n = 0; n < s->nns; n++)
        for (uint32_t k = 0; k < s->sas[n].n; k++) {
            uint32_t sa = s->sas[n].at[k];
            double bound = s->hard[n] ? (k == 0 ? 0 : 6) : (k == 0 ? 20 : 65);

            if (s->perms[n].n && kgen_percent(g, bound))
                for (uint32_t j = 1 + kgen_rnd(g, 2); j; j--)
                    kgen_edge(g, sa, kgen_any(g, &s->perms[n]), KE_BOUND);
            if (kgen_percent(g, s->hard[n] ? 3 : 10))
                kgen_edge(g, sa, s->iam + kgen_rnd(g, s->niam), KE_ASSUME_WEB);
        }
}

static inline void kgen_grant(struct kgen_state *s, uint32_t id, uint32_t n, uint8_t role)
{
    struct kgen *g = s->g;

    if (role == 0 || role == 1)
        kgen_edge(g, id, s->all_secrets, KE_READ_SECRET);
    if (role == 0 || role == 2)
        kgen_edge(g, id, s->all_pods, KE_EXEC_POD);
    if (role == 0) {
        kgen_edge(g, id, s->all_sas, KE_IMPERSONATE);
        kgen_edge(g, id, s->all_nodes, KE_CONTROL_NODE);
    }
    if (role == 7) {
        kgen_edge(g, id, s->hub_secrets + n, KE_READ_SECRET);
        kgen_edge(g, id, s->hub_pods + n, KE_EXEC_POD);
        kgen_edge(g, id, s->hub_sas + n, KE_IMPERSONATE);
    }
    if (role == 6 && s->secrets[n].n)
        for (uint32_t k = 1 + kgen_rnd(g, 3); k; k--)
            kgen_edge(g, id, kgen_any(g, &s->secrets[n]), KE_READ_SECRET);
    if (role == 3 || role == 5)
        kgen_each(g, id, &s->secrets[n], KE_READ_SECRET);
    if (role == 4 || role == 5)
        kgen_each(g, id, &s->pods[n], KE_EXEC_POD);
    if (role == 5)
        kgen_each(g, id, &s->sas[n], KE_IMPERSONATE);
}

static inline void kgen_roles(struct kgen_state *s)
{
    struct kgen *g = s->g;

    for (uint32_t i = 0; i < s->nrole; i++) {
        uint32_t id = s->perm + i, system = s->nns < 3 ? s->nns : 3;

        kgen_grant(s, id, g->nodes[id].ns, s->role[i]);
        if (s->role[i] <= 2) /* who holds cluster-wide rights: mostly system namespaces */
            for (uint32_t k = 1 + kgen_rnd(g, 2); k; k--) {
                uint32_t ns = kgen_percent(g, 85) ? kgen_rnd(g, system) : kgen_rnd(g, s->nns);
                kgen_edge(g, kgen_any(g, &s->sas[ns]), id, KE_BOUND);
            }
    }
}

/* Secrets that are credentials; IAM roles that read data or lead on, also to earlier clusters. */
static inline void kgen_cloud(struct kgen_state *s, const struct kgen_cluster *all)
{
    struct kgen *g = s->g;

    for (uint32_t i = 0; i < s->nsecret; i++) {
        uint32_t id = s->secret + i, n = g->nodes[id].ns;

        if (kgen_percent(g, s->hard[n] ? 2 : 20))
            kgen_edge(g, id, kgen_any(g, &s->sas[n]), KE_TOKEN_OF);
        if (kgen_percent(g, s->hard[n] ? 0.4 : 5))
            kgen_edge(g, id, s->iam + kgen_rnd(g, s->niam), KE_SECRET_IAM);
        if (kgen_percent(g, 25))
            kgen_edge(g, id, s->data + kgen_rnd(g, s->ndata), KE_SECRET_DATA);
    }
    for (uint32_t i = 0; i < s->niam; i++) {
        uint32_t id = s->iam + i;

        if (i >= 3 && kgen_percent(g, 3))
            kgen_edge(g, id, s->account_data, KE_DATA_ACCESS);
        else
            for (uint32_t k = 1 + kgen_rnd(g, 8); k; k--)
                kgen_edge(g, id, s->data + kgen_rnd(g, s->ndata), KE_DATA_ACCESS);
        if (i >= 3 && kgen_percent(g, 15)) {
            uint32_t o = kgen_percent(g, 30) ? kgen_rnd(g, s->cluster + 1) : s->cluster;
            kgen_edge(g, id,
                      o == s->cluster ? s->iam + kgen_rnd(g, s->niam)
                                      : all[o].iam + kgen_rnd(g, all[o].niam),
                      KE_ASSUME_ROLE);
        }
        if (i >= 3 && kgen_percent(g, 0.8)) {
            uint32_t o = kgen_percent(g, 30) ? kgen_rnd(g, s->cluster + 1) : s->cluster;
            kgen_edge(g, id, o == s->cluster ? s->perm : all[o].admin, KE_CLUSTER_ACCESS);
        }
    }
}

/* Egress class to ingress class, through hubs where a policy is broad. */
static inline void kgen_network(struct kgen_state *s)
{
    struct kgen *g = s->g;
    struct kgen_list from = {0}, to = {0};

    for (uint32_t a = 0; a < s->napp; a++) {
        const struct kgen_list *l = &s->apps_of[s->apps[a].ns];
        bool hard = s->hard[s->apps[a].ns];
        for (uint32_t k = hard ? 1 + kgen_rnd(g, 3) : 6 + kgen_rnd(g, 14); k; k--) {
            uint32_t b = kgen_percent(g, hard ? 98.5 : 85) ? kgen_any(g, l) : kgen_rnd(g, s->napp);
            if (s->apps[b].ns != s->apps[a].ns && s->hard[s->apps[b].ns] && !kgen_percent(g, 3))
                continue;
            kgen_push(&from, b);
            kgen_push(&to, a);
        }
    }
    for (uint32_t a = 0; a < s->napp; a++)
        s->apps[a].egress = kgen_node(g, KN_NET_EGRESS, s->cluster, s->apps[a].ns, a);
    for (uint32_t a = 0; a < s->napp; a++)
        s->apps[a].ingress = kgen_node(g, KN_NET_INGRESS, s->cluster, s->apps[a].ns, a);
    uint32_t ns_net = kgen_nodes(s, KN_NS_NET, s->nns, true);
    uint32_t cluster_net = kgen_nodes(s, KN_CLUSTER_NET, 1, false);
    for (uint32_t a = 0; a < s->napp; a++) {
        const struct kgen_app *app = &s->apps[a];

        for (uint32_t k = 0; k < app->pods.n; k++) {
            uint32_t pod = app->pods.at[k];
            kgen_edge(g, pod, app->egress, KE_EGRESS_CLASS);
            if (s->serves[pod - s->pod])
                kgen_edge(g, app->ingress, pod, KE_INGRESS_POD);
        }
        if (!s->hard[app->ns]) {
            kgen_edge(g, app->egress, ns_net + app->ns, KE_ALLOW_CLASS);
            kgen_edge(g, ns_net + app->ns, app->ingress, KE_ALLOW_CLASS);
        }
        if (app->open_egress)
            kgen_edge(g, app->egress, cluster_net, KE_ALLOW_CLASS);
        if (app->open_ingress)
            kgen_edge(g, cluster_net, app->ingress, KE_ALLOW_CLASS);
    }
    for (uint32_t k = 0; k < from.n; k++)
        kgen_edge(g, s->apps[from.at[k]].egress, s->apps[to.at[k]].ingress, KE_ALLOW_CLASS);
    free(from.at);
    free(to.at);
}

static inline void kgen_lists_free(struct kgen_list *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        free(l[i].at);
    free(l);
}

static inline void kgen_make_cluster(struct kgen *g, uint32_t c, uint32_t pods,
                                     struct kgen_cluster *all)
{
    struct kgen_state s = {.g = g, .cluster = c, .npod = pods};

    s.nnode = pods / 30 ? pods / 30 : 1;
    s.nns = pods / 50 ? pods / 50 : 1;
    s.nsa = pods / 4 > s.nns ? pods / 4 : s.nns;
    s.nrole = pods / 5 + 1;
    s.nsecret = pods / 3 + 1;
    s.niam = pods / 50 + 1;
    s.ndata = pods / 40 + 1;
    s.hard = must_calloc(s.nns, 1);
    s.role = must_calloc(s.nrole, 1);
    s.serves = must_calloc(pods, 1);
    s.pod_app = must_calloc(pods, sizeof(*s.pod_app));
    s.pods = must_calloc(s.nns, sizeof(*s.pods));
    s.sas = must_calloc(s.nns, sizeof(*s.sas));
    s.secrets = must_calloc(s.nns, sizeof(*s.secrets));
    s.perms = must_calloc(s.nns, sizeof(*s.perms));
    s.apps_of = must_calloc(s.nns, sizeof(*s.apps_of));
    kgen_place_pods(&s);
    kgen_inventory(&s);
    all[c] = (struct kgen_cluster){s.iam, s.niam, s.perm, s.pod, pods, s.data, s.ndata};
    kgen_hubs(&s);
    kgen_make_apps(&s);
    kgen_pods(&s);
    kgen_accounts(&s);
    kgen_roles(&s);
    kgen_cloud(&s, all);
    kgen_network(&s);
    for (uint32_t a = 0; a < s.napp; a++)
        free(s.apps[a].pods.at);
    kgen_lists_free(s.pods, s.nns);
    kgen_lists_free(s.sas, s.nns);
    kgen_lists_free(s.secrets, s.nns);
    kgen_lists_free(s.perms, s.nns);
    kgen_lists_free(s.apps_of, s.nns);
    free(s.apps);
    free(s.hard);
    free(s.role);
    free(s.serves);
    free(s.pod_app);
    free(s.pod_ns);
}

static inline int kgen_by_kind(const void *a, const void *b)
{
    const struct kgen_record *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->src != y->src)
        return x->src < y->src ? -1 : 1;
    return (x->dst > y->dst) - (x->dst < y->dst);
}

static inline void kgen_choose(struct kgen *g, const struct kgen_cluster *all, uint32_t nc)
{
    g->jewels = must_malloc(g->njewels * sizeof(*g->jewels));
    g->sources = must_malloc(g->nsources * sizeof(*g->sources));
    for (uint32_t i = 0; i < g->njewels; i++) {
        const struct kgen_cluster *c = &all[i % nc];
        bool again = true;

        while (again) {
            g->jewels[i] = c->data + kgen_rnd(g, c->ndata);
            again = false;
            for (uint32_t k = 0; k < i && c->ndata > g->njewels / nc + 1; k++)
                again |= g->jewels[k] == g->jewels[i];
        }
    }
    for (uint32_t i = 0; i < g->nsources; i++) {
        const struct kgen_cluster *c = &all[kgen_rnd(g, nc)];
        g->sources[i] = c->pod + kgen_rnd(g, c->npod);
    }
}

/* A graph of `pods` pods in clusters of `per_cluster`, seed 1, 64 jewels and 200 sources. */
static inline struct kgen kgen_make(uint32_t pods, uint32_t per_cluster)
{
    struct kgen g = {.rng = 0xD1342543DE82EF95u + 1, .njewels = 64, .nsources = 200};
    uint32_t nc = (pods + per_cluster - 1) / per_cluster;
    struct kgen_cluster *all = must_calloc(nc, sizeof(*all));
    size_t m = 0;

    for (uint32_t c = 0; c < nc; c++)
        kgen_make_cluster(&g, c, pods / nc + (c < pods % nc), all);
    for (uint32_t c = 0; c + 1 < nc; c++) /* some of the first clusters lead to later ones */
        for (int k = 0; k < 3; k++) {
            const struct kgen_cluster *o = &all[c + 1 + kgen_rnd(&g, nc - c - 1)];
            uint32_t to = o->iam + kgen_rnd(&g, o->niam);
            uint32_t from = all[c].iam + 3 + kgen_rnd(&g, all[c].niam - 3);
            kgen_edge(&g, from, to, KE_ASSUME_ROLE);
        }
    qsort(g.edges, g.m, sizeof(*g.edges), kgen_by_kind);
    for (size_t i = 0; i < g.m; i++)
        if (!m || kgen_by_kind(&g.edges[m - 1], &g.edges[i]) != 0)
            g.edges[m++] = g.edges[i];
    g.m = m;
    kgen_choose(&g, all, nc);
    free(all);
    return g;
}

static inline void kgen_done(struct kgen *g)
{
    free(g->nodes);
    free(g->edges);
    free(g->jewels);
    free(g->sources);
}

/* The graph as rows in `a`; row i is node i. */
static inline struct part kgen_part(const struct kgen *g, struct arena *a)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } kinds[KN_COUNT] = {
        {"pod", NODE_POD},
        {"node", NODE_NODE},
        {"namespace", NODE_NAMESPACE},
        {"serviceaccount", NODE_SERVICEACCOUNT},
        {"permissionset", NODE_PERMISSION_SET},
        {"secret", NODE_SECRET},
        {"iam", NODE_USER},
        {"data", NODE_DATA_STORE},
        {"egress", NODE_ENDPOINT},
        {"ingress", NODE_SERVICE},
        {"ns-secrets", NODE_SECRETS},
        {"ns-pods", NODE_PODS},
        {"ns-accounts", NODE_SERVICEACCOUNTS},
        {"ns-net", NODE_PODS},
        {"all-secrets", NODE_SECRETS},
        {"all-pods", NODE_PODS},
        {"all-accounts", NODE_SERVICEACCOUNTS},
        {"all-nodes", NODE_NODES},
        {"cluster-net", NODE_PODS},
        {"account-data", NODE_PODS},
    };
    struct node_row *nodes = arena_calloc(a, g->n, sizeof(*nodes));
    struct edge_row *edges = arena_calloc(a, g->m, sizeof(*edges));

    for (size_t i = 0; i < g->n; i++) {
        const struct kgen_vertex *v = &g->nodes[i];
        const char *ns = arena_printf(a, "ns%u", v->ns);
        const char *name = arena_printf(a, "%s-%u", kinds[v->kind].name, v->ord);

        nodes[i] = (struct node_row){
            .key = arena_printf(a, "k8s:c%u/%s/%s/%s", v->cluster, kinds[v->kind].name, ns, name),
            .ns = ns,
            .name = name,
            .uid = v->kind == KN_POD ? arena_printf(a, "%08zx-0000-4000-8000-%012zx", i, i) : "",
            .labels = "{}",
            .props = "{}",
            .kind = kinds[v->kind].kind,
        };
    }
    for (uint32_t i = 0; i < g->njewels; i++) {
        nodes[g->jewels[i]].jewel = JEWEL_DATA_STORE;
        nodes[g->jewels[i]].weight = 0.7;
    }
    for (size_t i = 0; i < g->m; i++)
        edges[i] = (struct edge_row){.src = g->edges[i].src,
                                     .dst = g->edges[i].dst,
                                     .kind = (uint8_t)(g->edges[i].kind + 1),
                                     .class = g->edges[i].class};
    return (struct part){.cluster = "bench",
                         .source = "generated",
                         .coverage = "{}",
                         .generation = 1,
                         .nodes = nodes,
                         .edges = edges,
                         .nnodes = g->n,
                         .nedges = g->m};
}
