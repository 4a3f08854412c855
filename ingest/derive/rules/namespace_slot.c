/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NAMESPACE_PSA_PATCH and NAMESPACE_CREATE_SLOT: a pod of one's own, in a namespace that is made to
 * admit privileged ones. */
#include <string.h>

#include "ingest/derive/podmaking.h"
#include "ingest/derive/podsecurity.h"

#define NAMESPACES .group = "", .resource = "namespaces", .subresource = "", .class = CLASS_TRIVIAL

static const struct rbac_right patches[] = {
    {.verb = "patch", NAMESPACES, .named = true, .named_class = CLASS_TRIVIAL},
    {.verb = "update", NAMESPACES, .named = true, .named_class = CLASS_TRIVIAL},
};

static const struct rbac_right creates[] = {{.verb = "create", NAMESPACES}};

/* What Pod Security and engines say of privileged pods now, and once the label is gone. */
struct levels {
    struct podsecurity now, then;
};

static struct levels *judge_all(struct rule_ctx *c)
{
    struct levels *all = arena_calloc(c->scratch, c->f->namespaces.n, sizeof(*all));

    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        all[i].now = podsecurity_of(c->f, &c->f->namespaces.v[i], c->scratch);
        all[i].then = podsecurity_relabelled(c->f, &c->f->namespaces.v[i], c->scratch);
    }
    return all;
}

/* What stands against a privileged pod where no label does. */
static const char *doubt(const struct podsecurity *ps)
{
    return ps->engine.reason ? ps->engine.reason : "PodSecurityPolicy may apply, which is not read";
}

static void draw(struct rule_ctx *c, const struct rbac_union_hit *u, enum edge_kind kind,
                 enum verdict v, const struct evidence more[2])
{
    struct evidence *why = arena_alloc(c->scratch, (u->nwhy + 2) * sizeof(*why));
    size_t n = more[1].object ? 2 : 1;

    memcpy(why, u->why, u->nwhy * sizeof(*why));
    memcpy(why + u->nwhy, more, n * sizeof(*why));
    draft_edge(c->d, u->identity, c->as->nodes, kind, CLASS_EASY, v, why, u->nwhy + n);
}

static void relabels(struct rule_ctx *c, const struct podmaking_hit *h, void *arg)
{
    const struct levels *all = arg, *best = NULL;
    const struct fact_namespace *at = NULL;
    enum verdict now = VERDICT_BLOCKED;
    size_t end;

    for (size_t i = podmaking_scope(c, h, &end); i < end; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];
        const struct rbac_held *label = &h->u->parts[0];

        if (!podmaking_in(c, h, ns))
            continue;
        if (all[i].now.privileged < now)
            now = all[i].now.privileged;
        if (!label->all && !facts_has(&label->names, ns->meta.name))
            continue;
        if (!best || all[i].then.privileged < best->then.privileged) {
            best = &all[i];
            at = ns;
        }
    }
    if (!best || best->then.privileged >= now)
        return; /* leads no further than the slot */
    struct evidence ev[2] = {
        {arena_printf(c->scratch, "Namespace %s", at->meta.name), at->meta.uid, best->then.field,
         best->then.privileged == VERDICT_YES
             ? "without the label Pod Security admits privileged pods"
             : arena_printf(c->scratch, "without the label Pod Security admits privileged pods; %s",
                            doubt(&best->then))},
        best->then.engine,
    };
    draw(c, h->u, EDGE_NAMESPACE_PSA_PATCH, best->then.privileged, ev);
}

/* Who makes a namespace also says its labels, so only what is no label can stand against it. */
static void makes(struct rule_ctx *c, const struct rbac_union_hit *u, void *arg)
{
    const struct levels *all = arg;
    const struct fact_namespace fresh = {
        .meta = {.ns = "", .name = "", .uid = "", .owner_kind = "", .owner_name = ""}};
    struct podsecurity ps = podsecurity_relabelled(c->f, &fresh, c->scratch);
    enum verdict now = VERDICT_BLOCKED;

    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];

        if (!ns->meta.terminating && all[i].now.privileged < now)
            now = all[i].now.privileged;
        if (facts_annotation(&ns->meta, "openshift.io/sa.scc.uid-range") && !ps.engine.reason) {
            ps.privileged = VERDICT_UNKNOWN;
            ps.engine.reason =
                "OpenShift's security context constraints decide, which are not evaluated";
        }
    }
    if (ps.privileged >= now)
        return;
    struct evidence ev[2] = {
        {.object = arena_printf(c->scratch, "Cluster %s", c->f->cluster),
         .reason = ps.privileged == VERDICT_YES
                       ? "a new namespace has no Pod Security label but what its maker gives it"
                       : arena_printf(c->scratch,
                                      "a new namespace has no Pod Security label but what its "
                                      "maker gives it; %s",
                                      doubt(&ps))},
        ps.engine,
    };
    draw(c, u, EDGE_NAMESPACE_CREATE_SLOT, ps.privileged, ev);
}

static void derive(struct rule_ctx *c)
{
    const struct rbac_part label[] = {{patches, ARRAY_LEN(patches), false}};
    const struct rbac_part create[] = {{creates, ARRAY_LEN(creates), true},
                                       {podmaking_creates, PODMAKING_CREATES, true}};
    struct levels *all = judge_all(c);

    podmaking_each(c, label, ARRAY_LEN(label), relabels, all);
    rbac_union_each(c, create, ARRAY_LEN(create), makes, all);
}

/* For explaining: a label to take away, and a way to make pods. */
static const struct rbac_part edit0[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[0].edit, 2, false}};
static const struct rbac_part edit1[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[1].edit, 2, false}};
static const struct rbac_part edit2[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[2].edit, 2, false}};
static const struct rbac_part edit3[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[3].edit, 2, false}};
static const struct rbac_part edit4[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[4].edit, 2, false}};
static const struct rbac_part edit5[] = {{patches, ARRAY_LEN(patches), false},
                                         {podmaking_kinds[5].edit, 2, false}};
static const struct rbac_part make[] = {{patches, ARRAY_LEN(patches), false},
                                        {podmaking_creates, PODMAKING_CREATES, false}};
static const struct rbac_part fresh_space[] = {{creates, ARRAY_LEN(creates), true},
                                               {podmaking_creates, PODMAKING_CREATES, true}};
static const struct rule_wants wants[] = {
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = make, .nparts = ARRAY_LEN(make)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit0, .nparts = ARRAY_LEN(edit0)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit1, .nparts = ARRAY_LEN(edit1)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit2, .nparts = ARRAY_LEN(edit2)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit3, .nparts = ARRAY_LEN(edit3)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit4, .nparts = ARRAY_LEN(edit4)},
    {.kind = EDGE_NAMESPACE_PSA_PATCH, .parts = edit5, .nparts = ARRAY_LEN(edit5)},
    {.kind = EDGE_NAMESPACE_CREATE_SLOT, .parts = fresh_space, .nparts = ARRAY_LEN(fresh_space)},
};

const struct rule rule_namespace_slot = {
    .name = "namespace_slot",
    .version = 1,
    .kinds = {EDGE_NAMESPACE_PSA_PATCH, EDGE_NAMESPACE_CREATE_SLOT},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
