/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_MOUNT: no right over Secrets, ConfigMaps or claims is needed to mount one, only its name.  A
 * claim that is bound to a dangerous path of a node leads straight to that volume, since a pod of
 * one's own mounts it as it likes: Pod Security does not look behind a claim. */
#include <string.h>

#include "ingest/derive/hostpv.h"
#include "ingest/derive/podsecurity.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void of_namespace(struct rule_ctx *c, const struct asset_ns *ns, const struct meta *m)
{
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Namespace %s", m->name),
        .uid = m->uid,
        .reason = "a pod may mount any Secret of its namespace by name",
    };

    draft_edge_yes(c->d, ns->slot, ns->secrets, EDGE_SLOT_MOUNT, &ev);
    ev.reason = "a pod may mount any ConfigMap of its namespace by name";
    draft_edge_yes(c->d, ns->slot, ns->configmaps, EDGE_SLOT_MOUNT, &ev);
}

/* The path of a node behind a claim: the files there are root's, so a pod that may not be root has
 * it harder. */
static void to_volume(struct rule_ctx *c, const struct asset_ns *ns, const struct fact_pv *pv,
                      const struct evidence *why)
{
    struct podsecurity ps = podsecurity_of(c->f, facts_namespace(c->f, ns->name), c->scratch);
    bool restricted = ps.level == PODSECURITY_RESTRICTED;
    struct evidence ev[] = {
        *why,
        {arena_printf(c->scratch, "Namespace %s", ns->name), NULL, ps.field,
         "Pod Security wants pods that are not root; it does not see the path behind the claim"},
    };

    ev[0].field = "spec.volumeName";
    ev[0].reason =
        arena_printf(c->scratch, "bound to PersistentVolume %s, a path of the node", pv->meta.name);
    draft_edge(c->d, ns->slot, pv->meta.ix, EDGE_SLOT_MOUNT,
               restricted ? CLASS_MODERATE : CLASS_EASY, VERDICT_YES, ev, restricted ? 2 : 1);
}

static void of_claim(struct rule_ctx *c, const struct fact_pvc *claim)
{
    const struct asset_ns *ns = assets_ns(c->as, claim->meta.ns);
    const struct fact_pv *pv = facts_pv_of_claim(c->f, claim->meta.ns, claim->meta.name);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "PersistentVolumeClaim %s/%s", claim->meta.ns,
                               claim->meta.name),
        .uid = claim->meta.uid,
        .reason = "a pod may mount any claim of its namespace by name",
    };

    if (!ns || facts_namespace(c->f, ns->name)->meta.terminating)
        return;
    draft_edge_yes(c->d, ns->slot, claim->meta.ix, EDGE_SLOT_MOUNT, &ev);
    if (pv && hostpv_dangerous(c->scratch, pv))
        to_volume(c, ns, pv, &ev);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++)
        if (!c->f->namespaces.v[i].meta.terminating)
            of_namespace(c, &c->as->namespaces[i], &c->f->namespaces.v[i].meta);
    for (size_t i = 0; i < c->f->pvcs.n; i++)
        of_claim(c, &c->f->pvcs.v[i]);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const char *object = arena_printf(c->scratch, "Namespace %s", q->from.ns);
    const char *uid = q->from.ns_fact ? q->from.ns_fact->meta.uid : NULL;

    if (q->from.ns_fact && q->from.ns_fact->meta.terminating)
        return why_say(out, WHY_ALMOST, object, uid, "metadata.deletionTimestamp",
                       "the namespace is being deleted: no pod is made in it any more");
    return *q->to.ns && strcmp(q->from.ns, q->to.ns) != 0 &&
           why_say(out, WHY_APART, object, uid, NULL,
                   arena_printf(c->scratch,
                                "a pod of namespace %s mounts objects of its own namespace only",
                                q->from.ns));
}

const struct rule rule_slot_mount = {
    .name = "slot_mount",
    .version = 2,
    .kinds = {EDGE_SLOT_MOUNT},
    .derive = derive,
    .missing = missing,
};
