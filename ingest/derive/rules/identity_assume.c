/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IDENTITY_ASSUME: a container with an API token is its service account; a node is the user of its
 * kubelet, who is a member of system:nodes. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                 const char *sa, const char *field, const char *reason)
{
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, sa};
    struct evidence ev = {
        .object = rule_pod(c, p),
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

/* Whether some mount of the container is of a volume with such a token that it hides. */
static bool hides(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k)
{
    for (size_t i = 0; i < k->nmounts; i++)
        if (k->mounts[i].volume < p->nvolumes && tokens_hidden(c->f, p, &k->mounts[i]))
            return true;
    return false;
}

static bool missing_token(struct rule_ctx *c, const struct fact_pod *p,
                          const struct fact_container *k, struct rule_why *out)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    struct token t;

    if (k->type != CONTAINER_EPHEMERAL && tokens_automounted(c->f, p))
        return false;
    for (size_t i = 0; i < p->nvolumes; i++)
        if (tokens_of_volume(c->f, p, &p->volumes[i], &t) && strcmp(t.sa, p->service_account) == 0)
            return why_container(c, out, WHY_ALMOST, p, k, "volumeMounts",
                                 hides(c, p, k)
                                     ? "the mount has a subPath that leaves out the token"
                                     : "a volume of the pod holds a token, and this container does "
                                       "not mount it");
    if (p->automount == TRI_NO)
        return why_pod(
            c, out, WHY_ALMOST, p, "spec.automountServiceAccountToken",
            "automountServiceAccountToken is false, and no volume holds a token that the "
            "API server accepts");
    if (sa && p->automount == TRI_UNSET && sa->automount == TRI_NO)
        return why_say(out, WHY_ALMOST,
                       arena_printf(c->scratch, "ServiceAccount %s/%s", sa->meta.ns, sa->meta.name),
                       sa->meta.uid, "automountServiceAccountToken",
                       "automountServiceAccountToken is false, and no volume of the pod holds a "
                       "token that the API server accepts");
    return why_pod(c, out, WHY_ALMOST, p, "spec.volumes",
                   "no volume of the pod holds a token that the API server accepts");
}

/* Whether the container sees a token of the account, of whatever volume. */
static bool mounts_token_of(struct rule_ctx *c, const struct rule_question *q)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    struct token t;

    for (size_t i = 0; i < k->nmounts; i++)
        if (k->mounts[i].volume < p->nvolumes &&
            tokens_of_volume(c->f, p, &p->volumes[k->mounts[i].volume], &t) &&
            tokens_visible(&k->mounts[i], t.path) && strcmp(t.ns, q->to.ns) == 0 &&
            strcmp(t.sa, q->to.name) == 0)
            return true;
    return false;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;

    if (q->from.kind == NODE_NODE)
        return strcmp(q->to.name, arena_printf(c->scratch, "system:node:%s", q->from.name)) != 0 &&
               why_say(out, WHY_APART, arena_printf(c->scratch, "Node %s", q->from.name), NULL,
                       NULL,
                       arena_printf(c->scratch,
                                    "the kubelet of the node is user system:node:%s, "
                                    "and nobody else",
                                    q->from.name));
    if (!k)
        return false;
    if (why_ended(c, out, p))
        return true;
    if (k->ended)
        return why_no_linux(c, out, p, k);
    if (mounts_token_of(c, q))
        return false;
    if (strcmp(p->meta.ns, q->to.ns) != 0 || strcmp(p->service_account, q->to.name) != 0)
        return why_pod(c, out, WHY_APART, p, "spec.serviceAccountName",
                       arena_printf(c->scratch, "the pod runs as service account %s/%s", p->meta.ns,
                                    p->service_account));
    return missing_token(c, p, k, out);
}

const struct rule rule_identity_assume = {
    .name = "identity_assume",
    .version = 3,
    .kinds = {EDGE_IDENTITY_ASSUME, EDGE_MEMBER_OF},
    .derive = derive,
    .missing = missing,
};
