/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PersistentVolumes: where the bytes are. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.hostPath.*",
    "spec.local.path",
    "spec.csi.driver",
    "spec.csi.volumeHandle",
    "spec.csi.nodePublishSecretRef.*",
    "spec.csi.nodeStageSecretRef.*",
    "spec.csi.nodeExpandSecretRef.*",
    "spec.claimRef.namespace",
    "spec.claimRef.name",
    "spec.claimRef.uid",
    "spec.storageClassName",
    "spec.accessModes.*",
    "spec.volumeMode",
    "spec.nodeAffinity.*",
    "spec.nfs.server",
    "spec.nfs.path",
    "spec.awsElasticBlockStore.volumeID",
    "spec.gcePersistentDisk.pdName",
    "spec.azureDisk.diskURI",
    NULL,
};

enum { MAX_TERMS = 1000 };

/* A requirement of a nodeSelectorTerm is that of a label selector, but for two operators more:
 * those are left out, and said to be. */
static bool read_requirements(const struct jx *in, const char *key, struct facts *f,
                              struct fact_node_term *term, struct err *e)
{
    static const char *const names[] = {
        [SELECTOR_IN] = "In",
        [SELECTOR_NOT_IN] = "NotIn",
        [SELECTOR_EXISTS] = "Exists",
        [SELECTOR_DOES_NOT_EXIST] = "DoesNotExist",
    };
    /* what matchExpressions gave before matchFields */
    const struct fact_selector old = term->match;
    struct jx list, item;
    size_t n = old.nrequirements, op;

    if (!jx_opt_arr(in, key, &list, e))
        return false;
    struct fact_requirement *all = arena_calloc(f->arena, n + jx_count(&list), sizeof(*all));
    if (n)
        memcpy(all, old.requirements, n * sizeof(*all));
    for (size_t i = 0; i < jx_count(&list); i++) {
        const char *name;
        if (!jx_at_obj(&list, i, &item, e) || !field_name(&item, "key", f, &all[n].key, e) ||
            !jx_str(&item, "operator", &name, e) ||
            !field_texts(&item, "values", f, &all[n].values, e))
            return false;
        for (op = 0; op < ARRAY_LEN(names) && strcmp(names[op], name) != 0; op++)
            ;
        if (op < ARRAY_LEN(names))
            all[n++].op = (enum selector_operator)op;
        else
            term->more = true;
    }
    term->match.requirements = all;
    term->match.nrequirements = n;
    return true;
}

static bool read_term(void *arg, const struct jx *in, void *element, struct err *e)
{
    return read_requirements(in, "matchExpressions", arg, element, e) &&
           read_requirements(in, "matchFields", arg, element, e);
}

static bool read_affinity(const struct jx *spec, struct facts *f, struct fact_pv *v, struct err *e)
{
    struct jx affinity, required;
    void *terms = NULL;

    if (!jx_opt_obj(spec, "nodeAffinity", &affinity, e) ||
        !jx_opt_obj(&affinity, "required", &required, e) ||
        !field_objects(&required, "nodeSelectorTerms", MAX_TERMS, f, sizeof(struct fact_node_term),
                       read_term, f, &terms, &v->nterms, e))
        return false;
    v->terms = terms;
    return true;
}

/* Those of the CSI that a kubelet uses; the controller's own are not shown to nodes. */
static bool read_secrets(const struct jx *csi, struct facts *f, struct fact_pv *v, struct err *e)
{
    static const struct {
        const char *key, *field;
    } refs[] = {
        {"nodePublishSecretRef", "spec.csi.nodePublishSecretRef"},
        {"nodeStageSecretRef", "spec.csi.nodeStageSecretRef"},
        {"nodeExpandSecretRef", "spec.csi.nodeExpandSecretRef"},
    };
    struct fact_pv_secret *all = arena_calloc(f->arena, ARRAY_LEN(refs), sizeof(*all));
    struct jx ref;

    for (size_t i = 0; i < ARRAY_LEN(refs); i++) {
        struct fact_pv_secret *s = &all[v->nsecrets];
        if (!jx_opt_obj(csi, refs[i].key, &ref, e) || !field_str(&ref, "namespace", f, &s->ns, e) ||
            !field_str(&ref, "name", f, &s->name, e))
            return false;
        s->field = refs[i].field;
        v->nsecrets += *s->ns && *s->name;
    }
    v->secrets = all;
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_pv v = {0};
    struct jx spec, host, local, csi, claim;

    if (!kind_meta(item, false, f, &v.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(&spec, "hostPath", &host, e) || !jx_opt_obj(&spec, "local", &local, e) ||
        !jx_opt_obj(&spec, "csi", &csi, e) || !jx_opt_obj(&spec, "claimRef", &claim, e) ||
        !field_str(&host, "path", f, &v.host_path, e) ||
        !field_str(&local, "path", f, &v.local_path, e) ||
        !field_str(&csi, "driver", f, &v.csi_driver, e) ||
        !field_str(&csi, "volumeHandle", f, &v.csi_handle, e) ||
        !field_str(&claim, "namespace", f, &v.claim_ns, e) ||
        !field_str(&claim, "name", f, &v.claim_name, e) || !read_affinity(&spec, f, &v, e) ||
        !read_secrets(&csi, f, &v, e))
        return false;
    FACTS_ADD(f, pvs, v);
    return true;
}

const struct kind kind_persistentvolume = {
    .resource = "persistentvolumes",
    .group = "",
    .kind = "PersistentVolume",
    .source = FACTS_PVS,
    .keep = keep,
    .parse = parse,
};
