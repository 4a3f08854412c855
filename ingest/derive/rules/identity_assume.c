/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IDENTITY_ASSUME: a container with an API token is its service account; a node is the user of its
 * kubelet, who is a member of system:nodes. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                 const char *sa, const char *field, const char *reason)
{
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, sa};
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = field,
        .reason = reason,
    };

    draft_edge(c->d, k->ix, assets_subject(c->f, c->d, &s), EDGE_IDENTITY_ASSUME,
               escape_class_any(k, CLASS_TRIVIAL), VERDICT_YES, &ev, 1);
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    struct token t;

    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_mount *m = &k->mounts[i];
        if (m->volume >= p->nvolumes || !tokens_of_volume(c->f, p, &p->volumes[m->volume], &t) ||
            !tokens_visible(m, t.path))
            continue;
        draw(c, p, k, t.sa,
             escape_field(c->scratch, p, k, arena_printf(c->scratch, "volumeMounts[%zu]", i)),
             t.legacy ? "mounts a token Secret" : "mounts a token that the API server accepts");
    }
    if (k->type != CONTAINER_EPHEMERAL && tokens_automounted(c->f, p))
        draw(c, p, k, p->service_account,
             p->automount == TRI_YES ? "spec.automountServiceAccountToken" : NULL,
             "the token is mounted unless pod or service account opts out");
}

static void of_node(struct rule_ctx *c, const struct fact_node *n)
{
    const char *name = arena_printf(c->scratch, "system:node:%s", n->meta.name);
    uint32_t user = draft_node(c->d, NODE_USER, "", name);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Node %s", n->meta.name),
        .uid = n->meta.uid,
        .reason = "the kubelet's credentials lie on the node",
    };

    draft_edge_yes(c->d, n->meta.ix, user, EDGE_IDENTITY_ASSUME, &ev);
    ev.reason = "every kubelet is in this group";
    draft_edge_yes(c->d, user, draft_node(c->d, NODE_GROUP, "", "system:nodes"), EDGE_MEMBER_OF,
                   &ev);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            if (!p->containers[k].ended)
                of_container(c, p, &p->containers[k]);
    }
    for (size_t i = 0; i < c->f->nodes.n; i++)
        if (!nodes_virtual(&c->f->nodes.v[i]))
            of_node(c, &c->f->nodes.v[i]);
}

const struct rule rule_identity_assume = {
    .name = "identity_assume",
    .version = 3,
    .kinds = {EDGE_IDENTITY_ASSUME, EDGE_MEMBER_OF},
    .derive = derive,
};
