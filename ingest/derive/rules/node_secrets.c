/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_SECRETS: a node may read every Secret that its pods refer to. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void draw(struct rule_ctx *c, const struct fact_pod *p, uint32_t node,
                 const struct texts *names, const char *field)
{
    struct evidence ev = {.uid = p->meta.uid, .field = field};

    for (size_t i = 0; i < names->n; i++) {
        const struct fact_secret *s = facts_secret(c->f, p->meta.ns, names->v[i]);
        if (!s)
            continue;
        ev.object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);
        ev.reason = "a pod of the node refers to the Secret";
        draft_edge_yes(c->d, node, s->meta.ix, EDGE_NODE_SECRETS, &ev);
    }
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, uint32_t node)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);

    draw(c, p, node, &p->image_pull_secrets, "spec.imagePullSecrets");
    /* Admission copies them into the pod, so only pods that did not pass it need this. */
    if (sa && !p->token_mounts_known && p->image_pull_secrets.n == 0)
        draw(c, p, node, &sa->image_pull_secrets, "spec.serviceAccountName");
    for (size_t i = 0; i < p->nvolumes; i++)
        if (p->volumes[i].secrets.n)
            draw(c, p, node, &p->volumes[i].secrets,
                 arena_printf(c->scratch, "spec.volumes[%zu]", i));
    for (size_t i = 0; i < p->ncontainers; i++)
        if (p->containers[i].env_secrets.n)
            draw(c, p, node, &p->containers[i].env_secrets,
                 escape_field(c->scratch, p, &p->containers[i], "{env,envFrom}"));
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = *p->node && !p->mirror ? assets_node(c->f, c->d, p) : UINT32_MAX;
        if (node != UINT32_MAX)
            of_pod(c, p, node);
    }
}

/* Whether a pod or its account refers to the Secret in any way. */
static bool refers(const struct facts *f, const struct fact_pod *p, const char *name)
{
    const struct fact_serviceaccount *sa = facts_sa(f, p->meta.ns, p->service_account);
    bool any =
        facts_has(&p->image_pull_secrets, name) || (sa && facts_has(&sa->image_pull_secrets, name));

    for (size_t i = 0; i < p->nvolumes; i++)
        any |= facts_has(&p->volumes[i].secrets, name);
    for (size_t i = 0; i < p->ncontainers; i++)
        any |= facts_has(&p->containers[i].env_secrets, name);
    return any;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *ended = NULL;

    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        if (strcmp(p->node, q->from.name) == 0 && strcmp(p->meta.ns, q->to.ns) == 0 && !p->mirror &&
            refers(c->f, p, q->to.name)) {
            if (nodes_pod_runs(p))
                return false;
            ended = p;
        }
    }
    if (ended)
        return why_ended(c, out, ended);
    return q->from.node &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", q->from.name),
                   q->from.node->meta.uid, NULL,
                   nodes_virtual(q->from.node)
                       ? "each pod of a virtual node has a machine of its own"
                       : arena_printf(c->scratch,
                                      "no pod of the node refers to Secret %s/%s, and a kubelet "
                                      "gets only what its pods refer to",
                                      q->to.ns, q->to.name));
}

const struct rule rule_node_secrets = {
    .name = "node_secrets",
    .version = 2,
    .kinds = {EDGE_NODE_SECRETS},
    .derive = derive,
    .missing = missing,
};
