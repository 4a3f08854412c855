/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_BLOCK_DEVICE: a volumeDevice whose persistent volume is a disk of the node itself. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* Names that the disk which a node starts from usually has, partitions included. */
static bool likely_root(const char *path)
{
    static const char *const names[] = {"/dev/sda",     "/dev/vda",     "/dev/xvda", "/dev/hda",
                                        "/dev/nvme0n1", "/dev/mmcblk0", "/dev/root"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *rest = path + MIN(strlen(names[i]), strlen(path));
        bool numbered =
            g_ascii_isdigit(names[i][strlen(names[i]) - 1]); /* then partitions have a p */

        if (strncmp(path, names[i], strlen(names[i])) == 0 &&
            (!*rest || (numbered ? *rest == 'p' : g_ascii_isdigit(*rest))))
            return true;
    }
    return g_str_has_prefix(path, "/dev/mapper/") && strstr(path, "root");
}

/* The volume that a device of a pod is bound to; NULL if there is none or it was not read. */
static const struct fact_pv *pv_of(const struct rule_ctx *c, const struct fact_pod *p,
                                   const struct fact_mount *m)
{
    const struct fact_volume *v = m->volume < p->nvolumes ? &p->volumes[m->volume] : NULL;

    return m->device && v && v->type == VOLUME_PVC ? facts_pv_of_claim(c->f, p->meta.ns, v->claim)
                                                   : NULL;
}

static void of_mount(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k,
                     const struct fact_mount *m, uint32_t node)
{
    const struct fact_pv *pv = pv_of(c, p, m);
    struct escape_guard g;

    if (!pv || !*pv->local_path || !escape_guard(p, k, facts_node(c->f, p->node), &g))
        return;
    /* A sandbox is handed the disk as well. */
    bool blocked = g.verdict == VERDICT_BLOCKED && !escape_sandboxed(p),
         root = likely_root(pv->local_path);
    const char *object = rule_pod(c, p);
    struct evidence ev[] = {
        {object, p->meta.uid, escape_field(c->scratch, p, k, "volumeDevices"),
         arena_printf(c->scratch, "the container has the device of claim %s/%s", p->meta.ns,
                      p->volumes[m->volume].claim)},
        {arena_printf(c->scratch, "PersistentVolume %s", pv->meta.name), pv->meta.uid,
         "spec.local.path",
         arena_printf(c->scratch,
                      "%s is a disk of the node%s; whether it holds the node's own "
                      "files is not known",
                      pv->local_path, root ? ", by its name the one that it starts from" : "")},
        {object, p->meta.uid, g.field, g.why},
    };
    draft_edge(c->d, k->ix, node, EDGE_CE_BLOCK_DEVICE,
               escape_class(k, root ? CLASS_EASY : CLASS_HARD),
               blocked ? VERDICT_BLOCKED : VERDICT_UNKNOWN, ev, blocked ? 3 : 2);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);

        for (size_t k = 0; node != UINT32_MAX && k < p->ncontainers; k++)
            for (size_t at = 0; at < p->containers[k].nmounts; at++)
                of_mount(c, p, &p->containers[k], &p->containers[k].mounts[at], node);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    bool device = false;

    if (!k)
        return false;
    if (why_elsewhere(c, out, p, &q->to) || why_no_linux(c, out, p, k))
        return true;
    for (size_t at = 0; at < k->nmounts; at++) {
        const struct fact_mount *m = &k->mounts[at];
        const struct fact_pv *pv = pv_of(c, p, m);
        if (pv && *pv->local_path)
            return false;
        device |= m->device;
    }
    return why_container(c, out, device ? WHY_ALMOST : WHY_RELATED, p, k, "volumeDevices",
                         device ? "no device of the container is known to be a local disk of the "
                                  "node"
                                : "the container has no block device");
}

const struct rule rule_ce_block_device = {
    .name = "ce_block_device",
    .version = 2,
    .kinds = {EDGE_CE_BLOCK_DEVICE},
    .derive = derive,
    .missing = missing,
};
