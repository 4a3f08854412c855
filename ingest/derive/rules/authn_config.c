/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flags of a self-managed API server are files of its node: who writes them decides whom the
 * server believes. */
#include <string.h>

#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* Whether a node is known for etcd only, which may run apart from the API server. */
static bool etcd_only(const struct facts *f, const char *node, const struct evidence *why)
{
    if (!(why->field ? strstr(why->field, "/etcd]") : strstr(why->reason, "etcd runs")))
        return false;
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        if (!p->mirror || strcmp(p->node, node) != 0 || strcmp(p->meta.ns, "kube-system") != 0)
            continue;
        for (size_t k = 0; k < p->ncontainers; k++)
            if (strcmp(p->containers[k].name, "kube-apiserver") == 0)
                return false;
    }
    return true;
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->nodes.n; i++) {
        const struct meta *m = &c->f->nodes.v[i].meta;
        const struct evidence *why = assets_control_plane(c->as, m->name);
        struct evidence ev[2];

        if (!why)
            continue;
        ev[0] = *why;
        ev[1] = (struct evidence){.object = arena_printf(c->scratch, "Node %s", m->name),
                                  .uid = m->uid,
                                  .reason = "the flags, static pods and authentication settings of "
                                            "the API server are files there"};
        bool doubt = etcd_only(c->f, m->name, why);
        if (doubt)
            ev[1].reason = "only etcd is known to run there; whether the API server does is not";
        draft_edge(c->d, m->ix, c->as->cluster_admin, EDGE_AUTHN_CONFIG,
                   kinds_edge(EDGE_AUTHN_CONFIG)->class, doubt ? VERDICT_UNKNOWN : VERDICT_YES, ev,
                   2);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return why_no_control_plane(c, out, &q->from);
}

const struct rule rule_authn_config = {
    .name = "authn_config",
    .version = 1,
    .kinds = {EDGE_AUTHN_CONFIG},
    .derive = derive,
    .missing = missing,
};
