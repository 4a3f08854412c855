/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saying what is missing. */
#include "ingest/derive/why.h"

#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"

bool why_say(struct rule_why *out, unsigned near, const char *object, const char *uid,
             const char *field, const char *reason)
{
    *out = (struct rule_why){.ev = {object, uid, field, reason}, .near = near, .specific = true};
    return true;
}

bool why_pod(struct rule_ctx *c, struct rule_why *out, unsigned near, const struct fact_pod *p,
             const char *field, const char *reason)
{
    return why_say(out, near, rule_pod(c, p), p->meta.uid, field, reason);
}

bool why_container(struct rule_ctx *c, struct rule_why *out, unsigned near,
                   const struct fact_pod *p, const struct fact_container *k, const char *field,
                   const char *reason)
{
    return why_pod(c, out, near, p, escape_field(c->scratch, p, k, field), reason);
}

bool why_ended(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p)
{
    return !nodes_pod_runs(p) &&
           why_pod(c, out, WHY_APART, p, "status.phase",
                   arena_printf(c->scratch, "the pod has ended: its phase is %s", p->phase));
}

bool why_no_control_plane(struct rule_ctx *c, struct rule_why *out, const struct rule_end *node)
{
    return node->node && !assets_control_plane(c->as, node->name) &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", node->name),
                   node->node->meta.uid, "metadata.labels",
                   "no label marks it as a node of the control plane, and no static pod of the API "
                   "server or etcd runs on it");
}

bool why_elsewhere(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p,
                   const struct rule_end *node)
{
    static const char field[] = "spec.nodeName";
    const char *name = p->meta.predicted && !*p->node ? NODES_UNSCHEDULED : p->node;

    if (why_ended(c, out, p))
        return true;
    if (!*name)
        return why_pod(c, out, WHY_APART, p, field, "the pod is not scheduled to a node yet");
    if (strcmp(name, node->name) != 0)
        return why_pod(
            c, out, WHY_APART, p, field,
            arena_printf(c->scratch, "the pod runs on node %s, not on %s", name, node->name));
    if (node->node && nodes_virtual(node->node))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", node->name),
                       node->node->meta.uid, "metadata.labels",
                       "a virtual node gives each pod a machine of its own: there is no shared "
                       "node to take");
    return false;
}

bool why_no_linux(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p,
                  const struct fact_container *k)
{
    const struct fact_node *n = facts_node(c->f, p->node);

    if (k->ended)
        return why_container(c, out, WHY_RELATED, p, k, "name",
                             "the ephemeral container has ended and never starts again");
    if (k->host_process || (n && nodes_windows(n)))
        return why_container(c, out, WHY_RELATED, p, k, "securityContext.windowsOptions",
                             "it is a Windows container: what holds for Linux does not apply");
    return false;
}

const char *why_volume_field(struct arena *a, const struct fact_pod *p, const struct fact_volume *v)
{
    return arena_printf(a, "spec.volumes[%zu]", (size_t)(v - p->volumes));
}

const char *why_list(struct arena *a, const struct texts *t, size_t max)
{
    const char *all = "";

    for (size_t i = 0; i < t->n && i < max; i++)
        all = arena_printf(a, "%s%s%.100s", all,
                           i == 0                         ? ""
                           : i + 1 == t->n && t->n <= max ? " and "
                                                          : ", ",
                           t->v[i]);
    return t->n > max ? arena_printf(a, "%s and %zu more", all, t->n - max) : all;
}
