/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single objects of kube-system that decide more than they look: whom AWS identities are, what
 * names mean, how nodes are set up.  Each is known by its name. */
#include <string.h>

#include "ingest/derive/managed.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define HOME "kube-system"

#define CHANGE(api_group, plural)                                                                  \
    {.verb = "patch", .group = api_group, .resource = plural, .subresource = "", .named = true},   \
    {                                                                                              \
        .verb = "update", .group = api_group, .resource = plural, .subresource = "", .named = true \
    }

static const struct rbac_right change_configmaps[] = {CHANGE("", "configmaps")};
static const struct rbac_right change_deployments[] = {CHANGE("apps", "deployments")};
static const struct rbac_right change_daemonsets[] = {CHANGE("apps", "daemonsets")};
static const struct rbac_right make_configmaps[] = {
    {.verb = "create", .group = "", .resource = "configmaps", .subresource = ""},
};

enum presence { ABSENT, PRESENT, NOT_KNOWN };

enum platform { NONE, EKS, AKS, K3S, EVERY, PLATFORMS };

enum target { ADMIN, ALL_NODES, DNS_TRAFFIC, API_TRAFFIC };

static const struct setting {
    enum edge_kind edge;
    const char *kind, *name; /* of the object */
    bool mounted;            /* a pod mounts it where it matters, so pods show it */
    bool always;             /* every cluster has it */
    enum platform usual;     /* where it is likely to exist if that was not read */
    enum platform creatable; /* where it is read if somebody makes it */
    enum target target;
    enum edge_class class;
    enum verdict verdict;
    const char *gain;
} settings[] = {
    {EDGE_AWS_AUTH_WRITE, "ConfigMap", "aws-auth", false, false, EKS, EKS, ADMIN, CLASS_TRIVIAL,
     VERDICT_YES, "it makes any AWS identity a member of system:masters"},
    {EDGE_DNS_POISON, "ConfigMap", "coredns", true, false, EVERY, NONE, DNS_TRAFFIC, CLASS_EASY,
     VERDICT_YES, "it decides what names mean in the cluster"},
    {EDGE_DNS_POISON, "ConfigMap", "kube-dns", true, false, NONE, NONE, DNS_TRAFFIC, CLASS_EASY,
     VERDICT_YES, "it names the servers that are asked for names"},
    {EDGE_DNS_POISON, "ConfigMap", "rke2-coredns-rke2-coredns", true, false, NONE, NONE,
     DNS_TRAFFIC, CLASS_EASY, VERDICT_YES, "it decides what names mean in the cluster"},
    {EDGE_DNS_POISON, "ConfigMap", "node-local-dns", true, false, NONE, NONE, DNS_TRAFFIC,
     CLASS_EASY, VERDICT_YES, "it decides what names mean to the pods of every node"},
    {EDGE_DNS_POISON, "ConfigMap", "coredns-custom", true, false, NONE, AKS, DNS_TRAFFIC,
     CLASS_EASY, VERDICT_YES, "it is imported by CoreDNS"},
    {EDGE_DNS_POISON, "ConfigMap", "coredns-custom", true, false, NONE, K3S, DNS_TRAFFIC,
     CLASS_EASY, VERDICT_YES, "it is imported by CoreDNS"},
    {EDGE_DNS_POISON, "Deployment", "coredns", false, false, EVERY, NONE, DNS_TRAFFIC, CLASS_EASY,
     VERDICT_YES, "it answers for all names of the cluster"},
    {EDGE_DNS_POISON, "Deployment", "kube-dns", false, false, NONE, NONE, DNS_TRAFFIC, CLASS_EASY,
     VERDICT_YES, "it answers for all names of the cluster"},
    {EDGE_DNS_POISON, "Deployment", "rke2-coredns-rke2-coredns", false, false, NONE, NONE,
     DNS_TRAFFIC, CLASS_EASY, VERDICT_YES, "it answers for all names of the cluster"},
    {EDGE_DNS_POISON, "DaemonSet", "node-local-dns", false, false, NONE, NONE, DNS_TRAFFIC,
     CLASS_EASY, VERDICT_YES, "it answers for all names that pods ask for"},
    {EDGE_SYSTEM_CONFIG_WRITE, "ConfigMap", "kubelet-config", false, false, NONE, NONE, ALL_NODES,
     CLASS_HARD, VERDICT_UNKNOWN,
     "nodes take it over when kubeadm upgrades or joins them, which no object foretells"},
    {EDGE_SYSTEM_CONFIG_WRITE, "ConfigMap", "kubeadm-config", false, false, NONE, NONE, ALL_NODES,
     CLASS_HARD, VERDICT_UNKNOWN,
     "the control plane takes it over when kubeadm upgrades it, which no object foretells"},
    {EDGE_SYSTEM_CONFIG_WRITE, "ConfigMap", "kube-proxy", true, false, NONE, NONE, ALL_NODES,
     CLASS_HARD, VERDICT_UNKNOWN,
     "its kubeconfig may name a command for a privileged container, if the image has one, at the "
     "next restart"},
    {EDGE_SYSTEM_CONFIG_WRITE, "ConfigMap", "extension-apiserver-authentication", false, true, NONE,
     NONE, API_TRAFFIC, CLASS_HARD, VERDICT_UNKNOWN,
     "aggregated API servers trust the proxy certificates that it names, where there are any"},
};

/* What stands in the facts, found once. */
struct found {
    bool platforms[PLATFORMS];
    bool no_eks; /* there are nodes, and they are no machines of EKS as far as they tell */
    const struct meta *objects[ARRAY_LEN(settings)];
    enum presence presence[ARRAY_LEN(settings)];
    const char *kind; /* that is being changed */
};

/* Where machines of Amazon may be EKS, they count as EKS: what follows from that is unknown. */
static void find_platforms(const struct facts *f, bool *out, bool *no_eks)
{
    enum managed_by by = managed_by(f).by;

    *no_eks = by == MANAGED_NO || by == MANAGED_GKE || by == MANAGED_AKS;
    out[EVERY] = true;
    out[EKS] = by == MANAGED_EKS || by == MANAGED_MAYBE_EKS;
    out[AKS] = by == MANAGED_AKS;
    for (size_t i = 0; i < f->nodes.n; i++)
        out[K3S] = out[K3S] || strstr(f->nodes.v[i].kubelet, "+k3s");
}

static const struct meta *find(const struct facts *f, const struct setting *s)
{
    if (strcmp(s->kind, "ConfigMap") == 0) {
        for (size_t i = 0; i < f->configmaps.n; i++)
            if (strcmp(f->configmaps.v[i].meta.name, s->name) == 0 &&
                strcmp(f->configmaps.v[i].meta.ns, HOME) == 0)
                return &f->configmaps.v[i].meta;
        return NULL;
    }
    for (size_t i = 0; i < f->workloads.n; i++)
        if (strcmp(f->workloads.v[i].meta.name, s->name) == 0 &&
            strcmp(f->workloads.v[i].meta.ns, HOME) == 0 &&
            strcmp(f->workloads.v[i].kind, s->kind) == 0)
            return &f->workloads.v[i].meta;
    return NULL;
}

static enum presence presence(const struct facts *f, const struct setting *s, const bool *platforms)
{
    bool map = strcmp(s->kind, "ConfigMap") == 0;

    if (s->always)
        return PRESENT;
    if (facts_read(f, map ? FACTS_CONFIGMAPS : FACTS_WORKLOADS) ||
        (s->mounted && facts_read(f, FACTS_PODS)))
        return ABSENT;
    return platforms[s->usual] ? NOT_KNOWN : ABSENT;
}

static void find_all(const struct facts *f, struct found *out)
{
    *out = (struct found){0};
    find_platforms(f, out->platforms, &out->no_eks);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        out->objects[i] = find(f, &settings[i]);
        out->presence[i] = out->objects[i] ? PRESENT : presence(f, &settings[i], out->platforms);
    }
}

static uint32_t target_of(struct rule_ctx *c, enum target t)
{
    switch (t) {
    case ADMIN:
        return c->as->cluster_admin;
    case ALL_NODES:
        return c->as->nodes;
    case DNS_TRAFFIC:
        return hubs_traffic(c->hubs, "", "all", NULL);
    case API_TRAFFIC:
        break;
    }
    return hubs_traffic(c->hubs, "", "api", NULL);
}

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, const struct setting *s,
                 const struct meta *object, enum verdict verdict, enum edge_class class,
                 const char *more)
{
    struct evidence why[] = {h->why[0], h->why[1], {0}};

    why[2] = (struct evidence){
        .object = arena_printf(c->scratch, "%s " HOME "/%s", s->kind, s->name),
        .uid = object ? object->uid : NULL,
        .reason = arena_printf(c->scratch, "%s%s", s->gain, more),
    };
    draft_edge(c->d, h->set, target_of(c, s->target), s->edge, class, verdict, why, 3);
}

static bool in_scope(const struct rbac_right_hit *h, const struct setting *s)
{
    const char *ns = h->binding->meta.ns;

    return (!*ns || strcmp(ns, HOME) == 0) && (!h->name || strcmp(h->name, s->name) == 0);
}

/* Changing an object that is there. */
static void change(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct found *found = arg;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];

        if (strcmp(s->kind, found->kind) != 0 || !in_scope(h, s))
            continue;
        if (found->presence[i] == PRESENT && s->edge == EDGE_AWS_AUTH_WRITE && found->no_eks)
            draw(c, h, s, found->objects[i], VERDICT_UNKNOWN, CLASS_HARD,
                 "; whether anything reads it is not known, since no node looks like one of EKS");
        else if (found->presence[i] == PRESENT)
            draw(c, h, s, found->objects[i], s->verdict, s->class, "");
        else if (found->presence[i] == NOT_KNOWN)
            draw(c, h, s, NULL, VERDICT_UNKNOWN, s->class,
                 arena_printf(c->scratch,
                              "; whether it exists is not known, since %ss were not read",
                              s->kind));
    }
}

/* Making one that is not there, where it would be read. */
static void make(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct found *found = arg;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];

        if (!in_scope(h, s) || !found->platforms[s->creatable] || found->presence[i] == PRESENT)
            continue;
        draw(c, h, s, NULL, VERDICT_UNKNOWN, s->class,
             s->edge == EDGE_AWS_AUTH_WRITE
                 ? "; whether the cluster's authentication mode still reads it is not known"
                 : "; whether the provider's own set-up still imports it is not known");
    }
}

static void derive(struct rule_ctx *c)
{
    static const struct {
        const char *kind;
        const struct rbac_right *rights;
        size_t n;
    } changes[] = {
        {"ConfigMap", change_configmaps, ARRAY_LEN(change_configmaps)},
        {"Deployment", change_deployments, ARRAY_LEN(change_deployments)},
        {"DaemonSet", change_daemonsets, ARRAY_LEN(change_daemonsets)},
    };
    struct found found;

    find_all(c->f, &found);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        found.kind = changes[i].kind;
        rbac_right_each(c, changes[i].rights, changes[i].n, change, &found);
    }
    rbac_right_each(c, make_configmaps, ARRAY_LEN(make_configmaps), make, &found);
}

/* The rights that change or make the object of a setting. */
static struct rule_wants wanted(const struct setting *s)
{
    struct rule_wants w = {.rights = change_configmaps, .n = ARRAY_LEN(change_configmaps)};

    if (strcmp(s->kind, "Deployment") == 0)
        w.rights = change_deployments;
    if (strcmp(s->kind, "DaemonSet") == 0)
        w.rights = change_daemonsets;
    return w;
}

/* The nearest of the objects that are there. */
static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct found found;
    bool any = false, maybe = false;

    find_all(c->f, &found);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];
        struct rule_wants w = wanted(s);
        struct rule_question at = *q;
        struct rule_why why;

        if (s->edge != q->kind)
            continue;
        maybe |= found.presence[i] == NOT_KNOWN || found.platforms[s->creatable];
        if (found.presence[i] != PRESENT)
            continue;
        at.to = (struct rule_end){.kind = NODE_CONFIGMAP, .ns = HOME, .name = s->name, .sub = ""};
        if (!rbac_miss_say(c, &at, &w, &why) || why.near >= WHY_HELD)
            return false;
        if (!any || why.near > out->near)
            *out = why;
        any = true;
    }
    return !maybe && (any || why_say(out, WHY_RELATED, "Namespace " HOME, NULL, NULL,
                                     "none of the objects that decide it is there"));
}

const struct rule rule_cluster_config = {
    .name = "cluster_config",
    .version = 2,
    .kinds = {EDGE_AWS_AUTH_WRITE, EDGE_DNS_POISON, EDGE_SYSTEM_CONFIG_WRITE},
    .derive = derive,
    .missing = missing,
};
