/* SPDX-License-Identifier: GPL-3.0-or-later */
/* StatefulSets; each pod of one has claims of its own. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/podspec.h"

static const char *const keep[] = {
    "spec.replicas",
    "spec.selector.*",
    "spec.volumeClaimTemplates[].metadata.name",
    "spec.volumeClaimTemplates[].spec.storageClassName",
    PODSPEC_KEEP_TEMPLATE("spec.template."),
    NULL,
};

enum { MAX_CLAIMS = 1000 };

static bool read_claim(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_volume *out = element;
    struct jx meta;

    *out = (struct fact_volume){
        .type = VOLUME_PVC, .host_path = "", .host_path_type = "", .driver = "", .ix = UINT32_MAX};
    return jx_obj(in, "metadata", &meta, e) && field_name(&meta, "name", arg, &out->name, e);
}

/* Mounts of the template whose volume is a claim template point to it. */
static void point_mounts(const struct fact_pod *p, const char *name, uint32_t volume)
{
    for (size_t c = 0; c < p->ncontainers; c++)
        for (size_t i = 0; i < p->containers[c].nmounts; i++) {
            struct fact_mount *m = (struct fact_mount *)(uintptr_t)&p->containers[c].mounts[i];
            if (m->volume == UINT32_MAX && !strcmp(m->volume_name, name))
                m->volume = volume;
        }
}

/* Adds the claims of the first pod, "data-web-0", to the volumes of the template. */
static void add_claims(struct facts *f, struct fact_workload *w, struct fact_volume *claims,
                       size_t n)
{
    struct fact_pod *p = arena_memdup(f->arena, w->template, sizeof(*p));
    struct fact_volume *all = arena_calloc(f->arena, p->nvolumes + n, sizeof(*all));

    if (p->nvolumes)
        memcpy(all, p->volumes, p->nvolumes * sizeof(*all));
    for (size_t i = 0; i < n; i++) {
        claims[i].claim = arena_printf(f->arena, "%s-%s-0", claims[i].name, w->meta.name);
        all[p->nvolumes + i] = claims[i];
        point_mounts(p, claims[i].name, (uint32_t)(p->nvolumes + i));
    }
    p->volumes = all;
    p->nvolumes += n;
    w->template = p;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct jx spec;
    void *claims;
    size_t n;

    if (!jx_opt_obj(item, "spec", &spec, e) ||
        !field_objects(&spec, "volumeClaimTemplates", MAX_CLAIMS, f, sizeof(struct fact_volume),
                       read_claim, f, &claims, &n, e) ||
        !podspec_replicated(item, "StatefulSet", f, e))
        return false;
    struct fact_workload *w = &f->workloads.v[f->workloads.n - 1];
    if (n && w->template)
        add_claims(f, w, claims, n);
    return true;
}

const struct kind kind_statefulset = {
    .resource = "statefulsets",
    .group = "apps",
    .kind = "StatefulSet",
    .namespaced = true,
    .source = FACTS_WORKLOADS,
    .keep = keep,
    .parse = parse,
};
