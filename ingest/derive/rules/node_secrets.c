/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NODE_SECRETS: a node may read every Secret and ConfigMap that its pods refer to. */
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/references.h"
#include "ingest/derive/rule.h"

static void draw(struct rule_ctx *c, const struct fact_pod *p, uint32_t node, enum node_kind kind,
                 const struct texts *names, const char *field)
{
    struct evidence ev = {.uid = p->meta.uid, .field = field};

    for (size_t i = 0; i < names->n; i++) {
        uint32_t to = references_find(c->f, kind, p->meta.ns, names->v[i]);
        if (to == UINT32_MAX)
            continue;
        ev.object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);
        ev.reason = kind == NODE_SECRET ? "a pod of the node refers to the Secret"
                                        : "a pod of the node refers to the ConfigMap";
        draft_edge_yes(c->d, node, to, EDGE_NODE_SECRETS, &ev);
    }
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, uint32_t node)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    const char *field;

    draw(c, p, node, NODE_SECRET, &p->image_pull_secrets, "spec.imagePullSecrets");
    /* Admission copies them into the pod, so only pods that did not pass it need this. */
    if (sa && !p->token_mounts_known && p->image_pull_secrets.n == 0)
        draw(c, p, node, NODE_SECRET, &sa->image_pull_secrets, "spec.serviceAccountName");
    for (size_t i = 0; i < p->nvolumes; i++) {
        const struct fact_volume *v = &p->volumes[i];

        if (v->secrets.n + v->configmaps.n == 0)
            continue;
        field = arena_printf(c->scratch, "spec.volumes[%zu]", i);
        draw(c, p, node, NODE_SECRET, &v->secrets, field);
        draw(c, p, node, NODE_CONFIGMAP, &v->configmaps, field);
    }
    for (size_t i = 0; i < p->ncontainers; i++) {
        const struct fact_container *k = &p->containers[i];

        if (k->env_secrets.n + k->env_configmaps.n == 0)
            continue;
        field = escape_field(c->scratch, p, k, "{env,envFrom}");
        draw(c, p, node, NODE_SECRET, &k->env_secrets, field);
        draw(c, p, node, NODE_CONFIGMAP, &k->env_configmaps, field);
    }
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

const struct rule rule_node_secrets = {
    .name = "node_secrets",
    .version = 3,
    .kinds = {EDGE_NODE_SECRETS},
    .derive = derive,
};
