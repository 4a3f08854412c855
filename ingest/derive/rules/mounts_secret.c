/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MOUNTS_SECRET and MOUNTS_CONFIGMAP: a container sees a Secret or ConfigMap as environment or
 * files.  imagePullSecrets are for the node alone. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/references.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* Names of Secrets or of ConfigMaps. */
struct names {
    enum node_kind kind;
    enum edge_kind edge;
    struct texts list;
    size_t from; /* those from here on are of envFrom */
    const char *one, *all;
};

static void draw(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                 const struct names *n, size_t i, enum verdict verdict, const char *field,
                 const char *reason)
{
    uint32_t to = references_find(c->f, n->kind, p->meta.ns, n->list.v[i]);
    struct evidence ev = {
        .object = rule_pod(c, p),
        .uid = p->meta.uid,
        .field = field,
        .reason = reason,
    };

    if (to != UINT32_MAX)
        draft_edge(c->d, k->ix, to, n->edge, escape_class_any(k, CLASS_TRIVIAL), verdict, &ev, 1);
}

static void of_environment(struct rule_ctx *c, const struct fact_pod *p,
                           const struct fact_container *k, const struct names *n)
{
    const char *field = escape_field(c->scratch, p, k, "env");
    const char *from = escape_field(c->scratch, p, k, "envFrom");

    for (size_t i = 0; i < n->list.n; i++)
        draw(c, p, k, n, i, VERDICT_YES, i < n->from ? field : from, i < n->from ? n->one : n->all);
}

static void of_volume(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                      size_t at, enum volume_type type, const struct names *n)
{
    const char *field =
        escape_field(c->scratch, p, k, arena_printf(c->scratch, "volumeMounts[%zu]", at));

    for (size_t i = 0; i < n->list.n; i++)
        if (type == VOLUME_CSI)
            draw(c, p, k, n, i, VERDICT_UNKNOWN, field,
                 "the CSI driver gets the Secret; whether it shows it is the driver's matter");
        else
            draw(c, p, k, n, i, VERDICT_YES, field, "in files of the container");
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    struct names secrets = {NODE_SECRET,
                            EDGE_MOUNTS_SECRET,
                            k->env_secrets,
                            k->env_secrets_from,
                            "a key of the Secret is in the environment of the container",
                            "every key of the Secret is in the environment of the container"};
    struct names configmaps = {NODE_CONFIGMAP,
                               EDGE_MOUNTS_CONFIGMAP,
                               k->env_configmaps,
                               k->env_configmaps_from,
                               "a key of the ConfigMap is in the environment of the container",
                               "every key of the ConfigMap is in the environment of the container"};

    of_environment(c, p, k, &secrets);
    of_environment(c, p, k, &configmaps);
    for (size_t i = 0; i < k->nmounts; i++) {
        if (k->mounts[i].volume >= p->nvolumes)
            continue;
        const struct fact_volume *v = &p->volumes[k->mounts[i].volume];
        secrets.list = v->secrets;
        configmaps.list = v->configmaps;
        of_volume(c, p, k, i, v->type, &secrets);
        of_volume(c, p, k, i, v->type, &configmaps);
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
    bool secret = q->kind == EDGE_MOUNTS_SECRET;
    const char *what = secret ? "Secret" : "ConfigMap", *name = q->to.name;

    if (!k)
        return false;
    if (strcmp(p->meta.ns, q->to.ns) != 0)
        return why_pod(c, out, WHY_APART, p, "metadata.namespace",
                       arena_printf(c->scratch,
                                    "a pod of namespace %s uses %ss of that namespace only; the %s "
                                    "is in %s",
                                    p->meta.ns, what, what, q->to.ns));
    if (why_ended(c, out, p) || (k->ended && why_no_linux(c, out, p, k)))
        return true;
    if (facts_has(secret ? &k->env_secrets : &k->env_configmaps, name))
        return false;
    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_volume *v =
            k->mounts[i].volume < p->nvolumes ? &p->volumes[k->mounts[i].volume] : NULL;
        if (v && facts_has(secret ? &v->secrets : &v->configmaps, name))
            return false;
    }
    for (size_t i = 0; i < p->nvolumes; i++)
        if (facts_has(secret ? &p->volumes[i].secrets : &p->volumes[i].configmaps, name))
            return why_container(c, out, WHY_ALMOST, p, k, "volumeMounts",
                                 arena_printf(c->scratch,
                                              "volume %.60s of the pod holds the %s, and this "
                                              "container does not mount it",
                                              p->volumes[i].name, what));
    if (secret && facts_has(&p->image_pull_secrets, name))
        return why_pod(c, out, WHY_ALMOST, p, "spec.imagePullSecrets",
                       "the node pulls images with the Secret, and containers do not see it");
    return why_container(c, out, WHY_RELATED, p, k, "{env,envFrom,volumeMounts}",
                         arena_printf(c->scratch,
                                      "neither the environment nor a mounted volume refers to the "
                                      "%s",
                                      what));
}

const struct rule rule_mounts_secret = {
    .name = "mounts_secret",
    .version = 3,
    .kinds = {EDGE_MOUNTS_SECRET, EDGE_MOUNTS_CONFIGMAP},
    .derive = derive,
    .missing = missing,
};
