/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHARE_PS_NAMESPACE: containers of a pod that see each other's processes.  What they may do to
 * them is what ptrace(2) asks: the same user and no capability less, or SYS_PTRACE. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* In larger pods an edge for each pair would grow with the square: they go by the pod. */
enum { MOST_PAIRED = 16 };

/* What counts of a container's processes. */
struct peer {
    const struct fact_container *k;
    bool root;
    uint64_t caps; /* effective: other users than root have none */
};

static struct peer peer_of(const struct fact_container *k, const struct fact_node *n)
{
    bool root = escape_uid(k) != ESCAPE_OTHER;

    return (struct peer){k, root, root ? escape_caps(k, n) : 0};
}

static bool same_user(const struct peer *a, const struct peer *b)
{
    if (a->root || b->root)
        return a->root && b->root;
    if (a->k->run_as_user >= 0 || b->k->run_as_user >= 0)
        return a->k->run_as_user == b->k->run_as_user;
    return strcmp(a->k->image, b->k->image) == 0; /* the image decides, for both */
}

static bool traces_all(const struct peer *a)
{
    return a->root && (a->caps & ESCAPE_CAP(CAP_SYS_PTRACE));
}

/* Whether two containers run at one time: init containers end before others start, but for
 * sidecars. */
static bool meet(const struct fact_container *a, const struct fact_container *b)
{
    if (a->ended || b->ended)
        return false;
    if (a->type == CONTAINER_INIT)
        return b->type == CONTAINER_SIDECAR;
    return b->type != CONTAINER_INIT || a->type == CONTAINER_SIDECAR;
}

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct peer *from, uint32_t to,
                 bool brief, bool same, const struct evidence *shared)
{
    const char *why = "another user or more capabilities: tracing is refused, looking and signals "
                      "are what is left";
    bool own_profile = g_str_has_prefix(from->k->apparmor, "Localhost/");
    enum edge_class class = brief || !(same || traces_all(from)) ? CLASS_HARD : CLASS_EASY;

    if (traces_all(from))
        why = "SYS_PTRACE lets it trace processes of any user";
    else if (same && escape_uid(from->k) == ESCAPE_ASSUMED)
        why = "no user is named, which counts as root here and there, and no capability that it "
              "lacks: it may trace and alter them";
    else if (same)
        why = "the same user, and no capability that it lacks: it may trace and alter them";
    struct evidence ev[] = {
        *shared,
        {shared->object, p->meta.uid, escape_field(c->scratch, p, from->k, "securityContext"), why},
        {shared->object, p->meta.uid, escape_field(c->scratch, p, from->k, "securityContext"),
         "what the node's AppArmor profile allows cannot be seen"},
    };
    draft_edge(c->d, from->k->ix, to, EDGE_SHARE_PS_NAMESPACE, class,
               own_profile ? VERDICT_UNKNOWN : VERDICT_YES, ev, own_profile ? 3 : 2);
}

static void pair(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *a,
                 const struct fact_container *b, const struct evidence *shared)
{
    const struct fact_node *n = facts_node(c->f, p->node);
    struct peer from = peer_of(a, n), to = peer_of(b, n);
    bool same = same_user(&from, &to) && !(to.caps & ~from.caps);

    if (meet(a, b))
        draw(c, p, &from, b->ix, a->type == CONTAINER_INIT || b->type == CONTAINER_INIT, same,
             shared);
}

/* A pod of many containers: each takes the pod if it may trace all others. */
static void by_pod(struct rule_ctx *c, const struct fact_pod *p, const struct evidence *shared)
{
    const struct fact_node *n = facts_node(c->f, p->node);
    struct peer first = peer_of(&p->containers[0], n);
    uint64_t caps = 0;
    bool one_user = true;

    for (size_t i = 0; i < p->ncontainers; i++) {
        struct peer k = peer_of(&p->containers[i], n);
        one_user &= same_user(&first, &k);
        caps |= k.caps;
    }
    for (size_t i = 0; i < p->ncontainers; i++) {
        struct peer k = peer_of(&p->containers[i], n);
        if (!k.k->ended)
            draw(c, p, &k, p->meta.ix, k.k->type == CONTAINER_INIT, one_user && !(caps & ~k.caps),
                 shared);
    }
}

static void of_sharing_pod(struct rule_ctx *c, const struct fact_pod *p, const char *object)
{
    const struct evidence shared = {object, p->meta.uid, "spec.shareProcessNamespace",
                                    "the containers of the pod see each other's processes"};

    if (p->ncontainers > MOST_PAIRED) {
        by_pod(c, p, &shared);
        return;
    }
    for (size_t i = 0; i < p->ncontainers; i++)
        for (size_t k = 0; k < p->ncontainers; k++)
            if (i != k)
                pair(c, p, &p->containers[i], &p->containers[k], &shared);
}

/* `kubectl debug --target`: an ephemeral container in the process namespace of one other. */
static void of_targets(struct rule_ctx *c, const struct fact_pod *p, const char *object)
{
    for (size_t i = 0; i < p->ncontainers; i++) {
        const struct fact_container *e = &p->containers[i];
        if (!*e->target)
            continue;
        struct evidence shared = {object, p->meta.uid,
                                  escape_field(c->scratch, p, e, "targetContainerName"),
                                  "the two containers see each other's processes"};
        for (size_t k = 0; k < p->ncontainers; k++)
            if (strcmp(p->containers[k].name, e->target) == 0) {
                pair(c, p, e, &p->containers[k], &shared);
                pair(c, p, &p->containers[k], e, &shared);
            }
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        const struct fact_node *n = facts_node(c->f, p->node);
        const char *object = rule_pod(c, p);

        if (!nodes_pod_runs(p) || (n && nodes_windows(n)))
            continue;
        if (p->share_pid == TRI_YES)
            of_sharing_pod(c, p, object);
        else
            of_targets(c, p, object);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *a = q->from.container, *b = q->to.container;

    if (!a || !q->to.pod)
        return false;
    if (p != q->to.pod)
        return why_pod(c, out, WHY_APART, q->to.pod, "metadata.name",
                       "containers of different pods never share their processes");
    if (why_ended(c, out, p))
        return true;
    if (p->share_pid != TRI_YES && !*a->target && (!b || !*b->target))
        return why_pod(c, out, WHY_ALMOST, p, "spec.shareProcessNamespace",
                       "shareProcessNamespace is not true: each container sees its own processes");
    return b && !meet(a, b) &&
           why_container(c, out, WHY_ALMOST, p, a, "name",
                         "the two containers never run at one time");
}

const struct rule rule_share_ps_namespace = {
    .name = "share_ps_namespace",
    .version = 2,
    .kinds = {EDGE_SHARE_PS_NAMESPACE},
    .derive = derive,
    .missing = missing,
};
