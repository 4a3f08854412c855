/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes through one place of the node that a container mounts: the sockets of container runtimes,
 * what the kernel runs by itself, and where the kubelet finds plugins. */
#include "ingest/derive/hostmount.h"
#include "ingest/derive/hostplace.h"
#include "ingest/derive/why.h"

/* What stands between this container and the place. */
static struct escape_guard guard_of(struct rule_ctx *c, const struct fact_pod *p,
                                    const struct fact_container *k, const struct hostmount *m,
                                    const struct hostplace *w)
{
    struct escape_guard g;

    if (w->kernel && p->host_users == TRI_NO && escape_guard(p, k, facts_node(c->f, p->node), &g)) {
        if (g.verdict == VERDICT_BLOCKED)
            g.why = "the pod has a user namespace, and only root of the node may write this";
        return g;
    }
    if (w->kernel && escape_uid(k) == ESCAPE_OTHER && k->allow_privilege_escalation == TRI_NO)
        return (struct escape_guard){
            VERDICT_BLOCKED,
            escape_field(c->scratch, p, k, "securityContext.allowPrivilegeEscalation"),
            "the container is not root and cannot become it"};
    return m->guard;
}

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                 size_t at, const struct hostmount *m, const struct hostplace *w)
{
    const struct edge_kind_info *kind = kinds_edge(w->kind);
    struct escape_guard g = guard_of(c, p, k, m, w);
    const char *object = rule_pod(c, p);
    bool ro = k->mounts[at].read_only;
    struct evidence ev[4] = {
        {object, p->meta.uid, m->field,
         arena_printf(c->scratch, "%s of the node %s %s: %s%s", m->path,
                      hostpath_inside(m->path, w->path) ? "is" : "holds", w->path, w->note,
                      ro ? "; readOnly does not keep it from connecting" : "")},
    };
    size_t n = 1;

    if (m->pv)
        ev[n++] = hostmount_by_claim(c->scratch, m);
    if (w->doubt)
        ev[n++] =
            (struct evidence){arena_printf(c->scratch, "Node %s", *p->node ? p->node : "unknown"),
                              NULL, w->doubt_field, w->doubt};
    if (g.why)
        ev[n++] = escape_evidence(c->scratch, p, facts_node(c->f, p->node), &g);
    if (w->doubt && g.verdict == VERDICT_YES)
        g.verdict = VERDICT_UNKNOWN;
    draft_edge(c->d, k->ix, assets_node(c->f, c->d, p), w->kind, escape_class(k, kind->class),
               g.verdict, ev, n);
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    struct hostplace places[HOSTPLACE_KINDS];
    struct hostmount m;

    for (size_t at = 0; at < k->nmounts; at++) {
        if (!hostmount_at(c, p, k, at, &m))
            continue;
        size_t n =
            hostplace_find(m.path, k->mounts[at].read_only, facts_node(c->f, p->node), places);
        for (size_t i = 0; i < n; i++)
            draw(c, p, k, at, &m, &places[i]);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if (assets_node(c->f, c->d, p) == UINT32_MAX)
            continue;
        for (size_t k = 0; k < p->ncontainers; k++)
            of_container(c, p, &p->containers[k]);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    struct hostplace places[HOSTPLACE_KINDS];
    struct hostmount m;
    bool any = false;

    if (!k)
        return false;
    if (why_elsewhere(c, out, p, &q->to) || why_no_linux(c, out, p, k))
        return true;
    for (size_t at = 0; at < k->nmounts; at++) {
        if (!hostmount_at(c, p, k, at, &m))
            continue;
        any = true;
        size_t n =
            hostplace_find(m.path, k->mounts[at].read_only, facts_node(c->f, p->node), places);
        for (size_t i = 0; i < n; i++)
            if (places[i].kind == q->kind)
                return false;
    }
    return why_container(c, out, any ? WHY_ALMOST : WHY_RELATED, p, k, "volumeMounts",
                         any ? "no path of the node that the container mounts, as it is mounted, "
                               "holds such a place"
                             : "the container mounts no path of the node");
}

const struct rule rule_ce_host_path = {
    .name = "ce_host_path",
    .version = 2,
    .kinds = {EDGE_EXPLOIT_CONTAINERD_SOCK, EDGE_CE_UMH_CORE_PATTERN, EDGE_CE_UEVENT_HELPER,
              EDGE_CE_KUBELET_SOCK},
    .derive = derive,
    .missing = missing,
};
