/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MOUNTS_SECRET and MOUNTS_CONFIGMAP: a container sees a Secret or ConfigMap as environment or
 * files.  imagePullSecrets are for the node alone. */
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/references.h"
#include "ingest/derive/rule.h"

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
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
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

const struct rule rule_mounts_secret = {
    .name = "mounts_secret",
    .version = 3,
    .kinds = {EDGE_MOUNTS_SECRET, EDGE_MOUNTS_CONFIGMAP},
    .derive = derive,
};
