/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VOLUME_DISCOVER: a container sees the volumes that it mounts. */
#include <string.h>

#include "ingest/derive/hostmount.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

/* How the volume is mounted: "at /data, read-only, subPath x". */
static const char *how(struct arena *a, const struct fact_mount *m)
{
    const char *sub = *m->sub_path ? m->sub_path : m->sub_path_expr;

    return arena_printf(a, "%s %s%s%s%s", m->device ? "device" : "mounted at", m->path,
                        m->read_only ? ", read-only" : "", *sub ? ", subPath " : "", sub);
}

/* What the mount gives of what leaves the volume: its edges are as good as any container makes
 * them. */
static struct hostmount_share share(struct rule_ctx *c, const struct fact_pod *p,
                                    const struct fact_container *k, size_t at,
                                    const struct hostmount_volume *best)
{
    const struct fact_mount *m = &k->mounts[at];
    struct hostmount host;

    if (tokens_hidden(c->f, p, m))
        return (struct hostmount_share){VERDICT_BLOCKED, CLASS_STRUCTURAL,
                                        "the subPath leaves out the token"};
    if (!best)
        return (struct hostmount_share){VERDICT_YES, CLASS_STRUCTURAL, NULL};
    return hostmount_share(&best[m->volume], hostmount_judge(c, p, k, at, &host) ? &host : NULL);
}

static void of_mount(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                     size_t at, const struct hostmount_volume *best)
{
    const struct fact_mount *m = &k->mounts[at];
    struct evidence ev[2] = {
        {.object = rule_pod(c, p),
         .uid = p->meta.uid,
         .field = escape_field(
             c->scratch, p, k,
             arena_printf(c->scratch, "%s[%zu]", m->device ? "volumeDevices" : "volumeMounts", at)),
         .reason = how(c->scratch, m)},
    };

    if (m->volume >= p->nvolumes)
        return;
    struct hostmount_share s = share(c, p, k, at, best);
    ev[1] = (struct evidence){ev[0].object, ev[0].uid, ev[0].field, s.why};
    draft_edge(c->d, k->ix, p->volumes[m->volume].ix, EDGE_VOLUME_DISCOVER,
               escape_class_any(k, s.class), s.verdict, ev, s.why ? 2 : 1);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        const struct hostmount_volume *best;

        if (!nodes_pod_runs(p))
            continue;
        best = hostmount_volumes(c, p);
        for (size_t k = 0; k < p->ncontainers; k++)
            for (size_t at = 0; !p->containers[k].ended && at < p->containers[k].nmounts; at++)
                of_mount(c, p, &p->containers[k], at, best);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    if (!q->from.container || !q->to.volume)
        return false;
    if (q->from.pod != q->to.pod)
        return why_pod(c, out, WHY_APART, q->to.pod, "metadata.name",
                       "the volume is of another pod");
    for (size_t i = 0; i < q->from.container->nmounts; i++)
        if (q->from.container->mounts[i].volume == (size_t)(q->to.volume - q->to.pod->volumes))
            return why_ended(c, out, q->from.pod);
    return why_ended(c, out, q->from.pod) ||
           why_container(c, out, WHY_ALMOST, q->from.pod, q->from.container, "volumeMounts",
                         arena_printf(c->scratch, "the container does not mount volume %.60s",
                                      q->to.volume->name));
}

const struct rule rule_volume_discover = {
    .name = "volume_discover",
    .version = 4,
    .kinds = {EDGE_VOLUME_DISCOVER},
    .derive = derive,
    .missing = missing,
};
