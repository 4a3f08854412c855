/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PV_CREATE_HOSTPATH: a volume of the node's disk behind a claim, which Pod Security takes for any
 * claim.  A pod may say in an ephemeral volume which claim to make for it, whoever made the pod. */
#include <string.h>

#include "ingest/derive/gates.h"
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
    const bool *claims_too = arg;
    struct way best = {0};
    size_t end;

    for (size_t i = podmaking_scope(c, h, &end); i < end; i++) {
        struct way w = judge(c, &c->f->namespaces.v[i]);

        if (podmaking_in(c, h, w.ns) && (!best.ns || w.verdict < best.verdict ||
                                         (w.verdict == best.verdict && w.class < best.class)))
            best = w;
    }
    if (!best.ns)
        return;
    struct evidence *why = arena_alloc(c->scratch, (h->u->nwhy + 1) * sizeof(*why));
    memcpy(why, h->u->why, h->u->nwhy * sizeof(*why));
    why[h->u->nwhy] = (struct evidence){
        arena_printf(c->scratch, "Namespace %s", best.ns->meta.name), best.ns->meta.uid, best.field,
        *claims_too ? best.reason
                    : arena_printf(c->scratch, "a pod's ephemeral volume makes the claim; %s",
                                   best.reason)};
    draft_edge(c->d, h->u->identity, c->as->nodes, EDGE_PV_CREATE_HOSTPATH, best.class,
               best.verdict, why, h->u->nwhy + 1);
}

static void derive(struct rule_ctx *c)
{
    const struct rbac_part parts[] = {{volumes, ARRAY_LEN(volumes), true},
                                      {claims, ARRAY_LEN(claims), false}};
    /* where nobody told the version, it is not so old that this matters */
    bool claims_too = c->f->version_major && gates_hold(c->f, GATE_EPHEMERAL_VOLUMES) != TRI_YES;

    podmaking_each(c, parts, claims_too ? 2 : 1, hit, &claims_too);
}

/* For explaining: a volume, and a way to make pods. */
#define VOLUME                                                                                     \
    {                                                                                              \
        volumes, ARRAY_LEN(volumes), true                                                          \
    }
static const struct rbac_part make[] = {VOLUME, {podmaking_creates, PODMAKING_CREATES, false}};
static const struct rbac_part edit0[] = {VOLUME, {podmaking_kinds[0].edit, 2, false}};
static const struct rbac_part edit1[] = {VOLUME, {podmaking_kinds[1].edit, 2, false}};
static const struct rbac_part edit2[] = {VOLUME, {podmaking_kinds[2].edit, 2, false}};
static const struct rbac_part edit3[] = {VOLUME, {podmaking_kinds[3].edit, 2, false}};
static const struct rbac_part edit4[] = {VOLUME, {podmaking_kinds[4].edit, 2, false}};
static const struct rbac_part edit5[] = {VOLUME, {podmaking_kinds[5].edit, 2, false}};

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
    .version = 2,
    .kinds = {EDGE_PV_CREATE_HOSTPATH},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
