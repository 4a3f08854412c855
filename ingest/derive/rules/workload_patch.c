/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WORKLOAD_PATCH: who changes the template of what makes pods holds its pods, and runs one of his
 * own making in its namespace. */
#include <string.h>

#include "ingest/derive/podmaking.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/why.h"

#define SLOT_REASON "the new template may say what any pod of the namespace may"

struct work {
    const struct podmaking_kind *row;
    const char *plural;
    GHashTable *by_name; /* workloads of any kind across namespaces */
    GHashTable *spaces;  /* namespaces that have one of the kind */
    uint32_t slots;      /* the hub of their slots; UINT32_MAX: not made yet */
};

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, uint32_t to,
                 enum verdict verdict, const char *more)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    if (more)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, more);
    draft_edge(c->d, h->set, to, EDGE_WORKLOAD_PATCH, h->class, verdict, why, 2);
}

static void draw_one(struct rule_ctx *c, const struct rbac_right_hit *h,
                     const struct fact_workload *one)
{
    draw(c, h, one->meta.ix, VERDICT_YES, NULL);
    draw(c, h, assets_ns(c->as, one->meta.ns)->slot, VERDICT_YES, SLOT_REASON);
}

static void draw_named(struct rule_ctx *c, const struct rbac_right_hit *h, const struct work *w)
{
    const char *where = h->binding->meta.ns;
    const GPtrArray *all = *where ? NULL : g_hash_table_lookup(w->by_name, h->name);
    const struct fact_workload *one =
        *where ? facts_workload(c->f, w->row->kind, where, h->name) : NULL;

    if (one)
        draw_one(c, h, one);
    for (guint i = 0; all && i < all->len; i++) {
        one = all->pdata[i]; /* begins with its meta */
        if (strcmp(one->kind, w->row->kind) == 0)
            draw_one(c, h, one);
    }
}

/* The slots of the namespaces that have such a workload. */
static uint32_t slots(struct rule_ctx *c, struct work *w)
{
    if (w->slots != UINT32_MAX)
        return w->slots;
    w->slots = draft_node(c->d, NODE_POD_SLOTS, "", w->plural);
    draft_set_name(
        c->d, w->slots,
        arena_printf(c->scratch, "a pod of one's own in any namespace with %s", w->plural));
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct asset_ns *ns = &c->as->namespaces[i];
        struct evidence ev = {
            .object = arena_printf(c->scratch, "Namespace %s", ns->name),
            .uid = c->f->namespaces.v[i].meta.uid,
            .reason =
                arena_printf(c->scratch, "it has %s whose template can be changed", w->plural),
        };

        if (g_hash_table_contains(w->spaces, ns->name))
            draft_edge_yes(c->d, w->slots, ns->slot, EDGE_HUB_MEMBER, &ev);
    }
    return w->slots;
}

/* Nothing to change is no way in; but what was not read may be there. */
static void draw_unseen(struct rule_ctx *c, const struct rbac_right_hit *h, const struct work *w)
{
    const struct asset_ns *ns = assets_ns(c->as, h->binding->meta.ns);

    if (facts_read(c->f, FACTS_WORKLOADS))
        return;
    draw(c, h, ns ? ns->slot : c->as->slots, VERDICT_UNKNOWN,
         arena_printf(c->scratch, "workloads were not read, so whether there are %s is not known",
                      w->plural));
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct work *w = arg;
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);
    bool any = *where ? g_hash_table_contains(w->spaces, where) : g_hash_table_size(w->spaces) > 0;

    if (h->name) {
        draw_named(c, h, w);
        if (!any)
            draw_unseen(c, h, w);
    } else if (!any) {
        draw_unseen(c, h, w);
    } else {
        draw(c, h, hubs_workloads(c->hubs, where, w->row->kind), VERDICT_YES, NULL);
        draw(c, h, *where ? ns->slot : slots(c, w), VERDICT_YES, SLOT_REASON);
    }
}

static void derive(struct rule_ctx *c)
{
    GHashTable *by_name = RBAC_RIGHT_BY_NAME(c, c->f->workloads);

    for (size_t i = 0; i < PODMAKING_KINDS; i++) {
        struct work w = {&podmaking_kinds[i], podmaking_kinds[i].edit[0].resource, by_name,
                         g_hash_table_new(g_str_hash, g_str_equal), UINT32_MAX};

        for (size_t k = 0; k < c->f->workloads.n; k++)
            if (strcmp(c->f->workloads.v[k].kind, w.row->kind) == 0)
                g_hash_table_add(w.spaces, (gpointer)c->f->workloads.v[k].meta.ns);
        rbac_right_each(c, w.row->edit, ARRAY_LEN(w.row->edit), hit, &w);
        g_hash_table_destroy(w.spaces);
    }
    g_hash_table_destroy(by_name);
}

/* The rights are there; what they change is not. */
static bool nothing_there(struct rule_ctx *c, const struct rule_question *q, const char *kind,
                          const char *plural, struct rule_why *out)
{
    const struct fact_binding *b = q->from.binding;
    const char *where = b && *b->meta.ns ? b->meta.ns : q->to.ns;

    if (!b || !facts_read(c->f, FACTS_WORKLOADS))
        return false;
    for (size_t i = 0; i < c->f->workloads.n; i++)
        if (strcmp(c->f->workloads.v[i].kind, kind) == 0 &&
            (!*where || strcmp(c->f->workloads.v[i].meta.ns, where) == 0))
            return false;
    return why_say(
        out, WHY_ALMOST,
        *where ? arena_printf(c->scratch, "Namespace %s", where)
               : arena_printf(c->scratch, "Cluster %s", c->f->cluster),
        NULL, NULL,
        arena_printf(c->scratch, "the rights are there, and there are no %s to change", plural));
}

/* A row for each kind of workload, as podmaking.h has them: of the workload itself, its set, or the
 * slot that any of them leads to. */
static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    bool slot = q->to.kind == NODE_POD_SLOT || q->to.kind == NODE_POD_SLOTS, said = false;

    for (size_t i = 0; i < PODMAKING_KINDS; i++) {
        const struct rule_wants w = {.rights = podmaking_kinds[i].edit, .n = 2, .other = slot};
        struct rule_why why;

        if ((q->to.kind == NODE_WORKLOAD && strcmp(podmaking_kinds[i].kind, q->to.sub) != 0) ||
            (q->to.kind == NODE_WORKLOADS &&
             strcmp(podmaking_kinds[i].edit[0].resource, q->to.name) != 0))
            continue;
        if (!rbac_miss_say(c, q, &w, &why) &&
            !nothing_there(c, q, podmaking_kinds[i].kind, podmaking_kinds[i].edit[0].resource,
                           &why))
            return false;
        if (!said || why.near > out->near)
            *out = why;
        said = true;
    }
    return said || (q->to.kind == NODE_WORKLOAD &&
                    why_say(out, WHY_APART,
                            arena_printf(c->scratch, "%s %s/%s", q->to.sub, q->to.ns, q->to.name),
                            NULL, NULL, "its template cannot be changed once it is there"));
}

const struct rule rule_workload_patch = {
    .name = "workload_patch",
    .version = 1,
    .kinds = {EDGE_WORKLOAD_PATCH, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
};
