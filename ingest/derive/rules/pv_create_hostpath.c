/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PV_CREATE_HOSTPATH: a volume of the node's disk behind a claim, which Pod Security takes for any
 * claim. */
#include <string.h>

#include "ingest/derive/podmaking.h"
#include "ingest/derive/podsecurity.h"

#define CREATE(plural)                                                                             \
    {                                                                                              \
        .verb = "create", .group = "", .resource = plural, .subresource = "",                      \
        .class = CLASS_TRIVIAL                                                                     \
    }

static const struct rbac_right volumes[] = {CREATE("persistentvolumes")};
static const struct rbac_right claims[] = {CREATE("persistentvolumeclaims")};

/* What the pod may be that mounts the disk. */
struct way {
    const struct fact_namespace *ns;
    enum verdict verdict;
    enum edge_class class;
    const char *field, *reason;
};

static struct way judge(struct rule_ctx *c, const struct fact_namespace *ns)
{
    const char *label = facts_label(&ns->meta, "pod-security.kubernetes.io/enforce");
    struct way w = {ns, VERDICT_YES, CLASS_EASY, NULL,
                    "Pod Security sees a claim, and not what is behind it"};

    (void)c;
    if (facts_annotation(&ns->meta, "openshift.io/sa.scc.uid-range")) {
        w.verdict = VERDICT_UNKNOWN;
        w.field = "metadata.annotations[openshift.io/sa.scc.uid-range]";
        w.reason = "the nodes of OpenShift enforce SELinux, which keeps a plain container from the "
                   "node's files";
    } else if (label && podsecurity_level(label) == PODSECURITY_RESTRICTED) {
        w.class = CLASS_MODERATE;
        w.field = "metadata.labels[pod-security.kubernetes.io/enforce]";
        w.reason = "Pod Security sees a claim only, but the pod may not be root: groups are free, "
                   "so what a group may write serves";
    }
    return w;
}

static void hit(struct rule_ctx *c, const struct podmaking_hit *h, void *arg)
{
    struct way best = {0};

    (void)arg;
    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        struct way w = judge(c, &c->f->namespaces.v[i]);

        if (podmaking_in(c, h, w.ns) && (!best.ns || w.verdict < best.verdict ||
                                         (w.verdict == best.verdict && w.class < best.class)))
            best = w;
    }
    if (!best.ns)
        return;
    struct evidence *why = arena_alloc(c->scratch, (h->u->nwhy + 1) * sizeof(*why));
    memcpy(why, h->u->why, h->u->nwhy * sizeof(*why));
    why[h->u->nwhy] =
        (struct evidence){arena_printf(c->scratch, "Namespace %s", best.ns->meta.name),
                          best.ns->meta.uid, best.field, best.reason};
    draft_edge(c->d, h->u->identity, c->as->nodes, EDGE_PV_CREATE_HOSTPATH, best.class,
               best.verdict, why, h->u->nwhy + 1);
}

static void derive(struct rule_ctx *c)
{
    const struct rbac_part parts[] = {{volumes, ARRAY_LEN(volumes), true},
                                      {claims, ARRAY_LEN(claims), false}};

    podmaking_each(c, parts, ARRAY_LEN(parts), hit, NULL);
}

/* For explaining: a volume, a claim on it, and a way to make pods. */
static const struct rbac_part edit0[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[0].edit, 2, false}};
static const struct rbac_part edit1[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[1].edit, 2, false}};
static const struct rbac_part edit2[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[2].edit, 2, false}};
static const struct rbac_part edit3[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[3].edit, 2, false}};
static const struct rbac_part edit4[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[4].edit, 2, false}};
static const struct rbac_part edit5[] = {{volumes, ARRAY_LEN(volumes), true},
                                         {claims, ARRAY_LEN(claims), false},
                                         {podmaking_kinds[5].edit, 2, false}};
static const struct rbac_part make[] = {{volumes, ARRAY_LEN(volumes), true},
                                        {claims, ARRAY_LEN(claims), false},
                                        {podmaking_creates, PODMAKING_CREATES, false}};
static const struct rule_wants wants[] = {
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = make, .nparts = ARRAY_LEN(make)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit0, .nparts = ARRAY_LEN(edit0)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit1, .nparts = ARRAY_LEN(edit1)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit2, .nparts = ARRAY_LEN(edit2)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit3, .nparts = ARRAY_LEN(edit3)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit4, .nparts = ARRAY_LEN(edit4)},
    {.kind = EDGE_PV_CREATE_HOSTPATH, .parts = edit5, .nparts = ARRAY_LEN(edit5)},
};

const struct rule rule_pv_create_hostpath = {
    .name = "pv_create_hostpath",
    .version = 1,
    .kinds = {EDGE_PV_CREATE_HOSTPATH},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
