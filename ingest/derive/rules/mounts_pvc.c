/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MOUNTS_PVC: a container uses what a claim stores; the claim is the persistent volume it is bound
 * to.  A volume that is a dangerous path of the node is left out of the second step: what a mount
 * of it gives stands at the pod's own volume (EXPLOIT_HOST_READ and its like), which knows readOnly
 * and subPath. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/hostpv.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* The node of a claim; one that only pods name where claims were not read. */
static uint32_t claim_node(struct rule_ctx *c, const char *ns, const char *name)
{
    uint32_t ix = draft_find(c->d, NODE_PERSISTENTVOLUMECLAIM, ns, name);

    if (ix == UINT32_MAX && !facts_read(c->f, FACTS_PVCS)) {
        ix = draft_node(c->d, NODE_PERSISTENTVOLUMECLAIM, ns, name);
        draft_set_props(c->d, ix, "{\"inferred\":true}");
    }
    return ix;
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    struct evidence ev = {
        .object = rule_pod(c, p),
        .uid = p->meta.uid,
    };

    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_mount *m = &k->mounts[i];
        const struct fact_volume *v = m->volume < p->nvolumes ? &p->volumes[m->volume] : NULL;

        if (!v || v->type != VOLUME_PVC)
            continue;
        uint32_t claim = claim_node(c, p->meta.ns, v->claim);
        if (claim == UINT32_MAX)
            continue;
        ev.field = escape_field(
            c->scratch, p, k,
            arena_printf(c->scratch, "%s[%zu]", m->device ? "volumeDevices" : "volumeMounts", i));
        ev.reason = m->read_only ? "read-only" : "writable";
        draft_edge(c->d, k->ix, claim, EDGE_MOUNTS_PVC, escape_class_any(k, CLASS_TRIVIAL),
                   VERDICT_YES, &ev, 1);
    }
}

static void of_claim(struct rule_ctx *c, const struct fact_pvc *claim)
{
    const struct fact_pv *pv = facts_pv_of_claim(c->f, claim->meta.ns, claim->meta.name);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "PersistentVolumeClaim %s/%s", claim->meta.ns,
                               claim->meta.name),
        .uid = claim->meta.uid,
        .field = "spec.volumeName",
        .reason = "the claim is bound to it",
    };

    if (pv && !hostpv_dangerous(c->scratch, pv))
        draft_edge(c->d, claim->meta.ix, pv->meta.ix, EDGE_MOUNTS_PVC, CLASS_STRUCTURAL,
                   VERDICT_YES, &ev, 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            if (!p->containers[k].ended)
                of_container(c, p, &p->containers[k]);
    }
    for (size_t i = 0; i < c->f->pvcs.n; i++)
        of_claim(c, &c->f->pvcs.v[i]);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;

    if (q->from.kind == NODE_PERSISTENTVOLUMECLAIM) {
        const struct fact_pv *pv = facts_pv_of_claim(c->f, q->from.ns, q->from.name);
        const char *object =
            arena_printf(c->scratch, "PersistentVolumeClaim %s/%s", q->from.ns, q->from.name);

        if (q->to.kind != NODE_PERSISTENTVOLUME)
            return false;
        if (!pv || strcmp(pv->meta.name, q->to.name) != 0)
            return why_say(out, WHY_APART, object, NULL, "spec.volumeName",
                           pv ? arena_printf(c->scratch, "the claim is bound to %s", pv->meta.name)
                              : "the claim is bound to no volume that was read");
        return hostpv_dangerous(c->scratch, pv) &&
               why_say(out, WHY_HELD, object, NULL, "spec.volumeName",
                       "the volume is a path of the node: what a mount of it gives stands at the "
                       "pod's own volume");
    }
    if (!k || q->to.kind != NODE_PERSISTENTVOLUMECLAIM)
        return false;
    if (strcmp(p->meta.ns, q->to.ns) != 0)
        return why_pod(c, out, WHY_APART, p, "metadata.namespace",
                       arena_printf(c->scratch,
                                    "a pod of namespace %s uses claims of that namespace only; the "
                                    "claim is in %s",
                                    p->meta.ns, q->to.ns));
    if (why_ended(c, out, p))
        return true;
    for (size_t i = 0; i < k->nmounts; i++)
        if (k->mounts[i].volume < p->nvolumes &&
            p->volumes[k->mounts[i].volume].type == VOLUME_PVC &&
            strcmp(p->volumes[k->mounts[i].volume].claim, q->to.name) == 0)
            return false;
    return why_container(c, out, WHY_RELATED, p, k, "volumeMounts",
                         "no volume that the container mounts is of the claim");
}

const struct rule rule_mounts_pvc = {
    .name = "mounts_pvc",
    .version = 2,
    .kinds = {EDGE_MOUNTS_PVC},
    .derive = derive,
    .missing = missing,
};
