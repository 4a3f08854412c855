/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VOLUME_DISCOVER: a container sees the volumes that it mounts. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"

/* How the volume is mounted: "at /data, read-only, subPath x". */
static const char *how(struct arena *a, const struct fact_mount *m)
{
    const char *sub = *m->sub_path ? m->sub_path : m->sub_path_expr;

    return arena_printf(a, "%s %s%s%s%s", m->device ? "device" : "mounted at", m->path,
                        m->read_only ? ", read-only" : "", *sub ? ", subPath " : "", sub);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        const char *object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);

        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++) {
            const struct fact_container *ct = &p->containers[k];
            for (size_t j = 0; !ct->ended && j < ct->nmounts; j++) {
                const struct fact_mount *m = &ct->mounts[j];
                if (m->volume >= p->nvolumes)
                    continue;
                struct evidence ev = {
                    .object = object,
                    .uid = p->meta.uid,
                    .field =
                        escape_field(c->scratch, p, ct,
                                     arena_printf(c->scratch, "%s[%zu]",
                                                  m->device ? "volumeDevices" : "volumeMounts", j)),
                    .reason = how(c->scratch, m),
                };
                draft_edge(c->d, ct->ix, p->volumes[m->volume].ix, EDGE_VOLUME_DISCOVER,
                           escape_class_any(ct, CLASS_STRUCTURAL), VERDICT_YES, &ev, 1);
            }
        }
    }
}

const struct rule rule_volume_discover = {
    .name = "volume_discover",
    .version = 2,
    .kinds = {EDGE_VOLUME_DISCOVER},
    .derive = derive,
};
