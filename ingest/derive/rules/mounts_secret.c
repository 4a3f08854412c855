/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MOUNTS_SECRET: a container sees a Secret as environment or files.  imagePullSecrets are for the
 * node alone. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                 const struct texts *names, const char *field, enum verdict verdict,
                 const char *reason)
{
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = field,
        .reason = reason,
    };

    for (size_t i = 0; i < names->n; i++) {
        const struct fact_secret *s = facts_secret(c->f, p->meta.ns, names->v[i]);
        if (s)
            draft_edge(c->d, k->ix, s->meta.ix, EDGE_MOUNTS_SECRET,
                       escape_class_any(k, CLASS_TRIVIAL), verdict, &ev, 1);
    }
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    if (k->env_secrets.n)
        draw(c, p, k, &k->env_secrets, escape_field(c->scratch, p, k, "{env,envFrom}"), VERDICT_YES,
             "in the environment of the container");
    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_volume *v =
            k->mounts[i].volume < p->nvolumes ? &p->volumes[k->mounts[i].volume] : NULL;
        if (!v || v->secrets.n == 0)
            continue;
        bool csi = v->type == VOLUME_CSI;
        draw(c, p, k, &v->secrets,
             escape_field(c->scratch, p, k, arena_printf(c->scratch, "volumeMounts[%zu]", i)),
             csi ? VERDICT_UNKNOWN : VERDICT_YES,
             csi ? "the CSI driver gets the Secret; whether it shows it is the driver's matter"
                 : "in files of the container");
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            if (!p->containers[k].ended)
                of_container(c, p, &p->containers[k]);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;

    if (!k)
        return false;
    if (strcmp(p->meta.ns, q->to.ns) != 0)
        return why_pod(
            c, out, WHY_APART, p, "metadata.namespace",
            arena_printf(c->scratch,
                         "a pod of namespace %s uses Secrets of that namespace only; the "
                         "Secret is in %s",
                         p->meta.ns, q->to.ns));
    if (why_ended(c, out, p) || (k->ended && why_no_linux(c, out, p, k)))
        return true;
    if (facts_has(&k->env_secrets, q->to.name))
        return false;
    for (size_t i = 0; i < k->nmounts; i++)
        if (k->mounts[i].volume < p->nvolumes &&
            facts_has(&p->volumes[k->mounts[i].volume].secrets, q->to.name))
            return false;
    for (size_t i = 0; i < p->nvolumes; i++)
        if (facts_has(&p->volumes[i].secrets, q->to.name))
            return why_container(c, out, WHY_ALMOST, p, k, "volumeMounts",
                                 arena_printf(c->scratch,
                                              "volume %.60s of the pod holds the Secret, and this "
                                              "container does not mount it",
                                              p->volumes[i].name));
    if (facts_has(&p->image_pull_secrets, q->to.name))
        return why_pod(c, out, WHY_ALMOST, p, "spec.imagePullSecrets",
                       "the node pulls images with the Secret, and containers do not see it");
    return why_container(c, out, WHY_RELATED, p, k, "{env,envFrom,volumeMounts}",
                         "neither the environment nor a mounted volume refers to the Secret");
}

const struct rule rule_mounts_secret = {
    .name = "mounts_secret",
    .version = 2,
    .kinds = {EDGE_MOUNTS_SECRET},
    .derive = derive,
    .missing = missing,
};
