/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRD_WORKLOAD_CREATE: custom resources that controllers of third parties turn into pods. */
#include <string.h>

#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

enum reach { WHOLE, PART };

static const struct row {
    const char *group, *resource;
    enum reach reach;
    const char *project;
} table[] = {
#define CRDPOD(group, resource, reach, project) {group, resource, reach, project},
#include "ingest/derive/crdpods.def"
#undef CRDPOD
};

struct work {
    const struct row *row;
    bool served; /* else nobody knows */
};

/* Some kinds are no CRDs: another server answers for their whole group. */
static bool aggregated(const struct facts *f, const char *group)
{
    for (size_t i = 0; i < f->apiservices.n; i++) {
        const char *dot = strchr(f->apiservices.v[i].meta.name, '.');

        if (*f->apiservices.v[i].service && dot && strcmp(dot + 1, group) == 0)
            return true;
    }
    return false;
}

static enum tri served(const struct facts *f, const struct row *row)
{
    const struct fact_crd *crd = facts_crd(f, row->group, row->resource);

    if (crd)
        return crd->namespaced ? TRI_YES : TRI_NO;
    if (aggregated(f, row->group))
        return TRI_YES;
    return facts_read(f, FACTS_CRDS) ? TRI_NO : TRI_UNSET;
}

/* Of kinds that nobody knows to be served, only those that a role names are worth a word. */
static bool names_group(const struct fact_binding *b, const char *group)
{
    for (size_t i = 0; i < b->role->nrules; i++)
        if (facts_has(&b->role->rules[i].groups, group))
            return true;
    return false;
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct work *w = arg;
    const char *where = h->binding->meta.ns, *doubt = "";
    const struct asset_ns *ns = assets_ns(c->as, where);
    struct evidence why[] = {h->why[0], h->why[1]};

    if ((*where && !ns) || (!w->served && !names_group(h->binding, w->row->group)))
        return;
    if (!w->served)
        doubt =
            "; CustomResourceDefinitions were not read, so whether it is installed is not known";
    else if (strcmp(h->right->verb, "create") != 0)
        doubt = "; whether there is an object to change is not read";
    else if (w->row->reach == PART)
        doubt = "; it takes less than a pod template, so not all that a pod may do need hold";
    why[1].reason = arena_printf(c->scratch, "%s, which %s makes pods from%s", why[1].reason,
                                 w->row->project, doubt);
    draft_edge(c->d, h->set, *where ? ns->slot : c->as->slots, EDGE_CRD_WORKLOAD_CREATE, CLASS_EASY,
               *doubt ? VERDICT_UNKNOWN : VERDICT_YES, why, 2);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *row = &table[i];
        enum tri there = served(c->f, row);
        struct work w = {row, there == TRI_YES};
        struct rbac_right rights[] = {{.verb = "create"},
                                      {.verb = "patch", .named = true},
                                      {.verb = "update", .named = true}};

        if (there == TRI_NO)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(rights); k++) {
            rights[k].group = row->group;
            rights[k].resource = row->resource;
            rights[k].subresource = "";
            rights[k].class = rights[k].named_class = CLASS_EASY;
        }
        rbac_right_each(c, rights, ARRAY_LEN(rights), hit, &w);
    }
}

/* The nearest of the kinds that are served. */
static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    bool any = false;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *row = &table[i];
        enum tri there = served(c->f, row);
        struct rbac_right rights[] = {{.verb = "create"},
                                      {.verb = "patch", .named = true},
                                      {.verb = "update", .named = true}};
        struct rule_why why;

        if (there == TRI_NO)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(rights); k++) {
            rights[k].group = row->group;
            rights[k].resource = row->resource;
            rights[k].subresource = "";
        }
        const struct rule_wants w = {.rights = rights, .n = ARRAY_LEN(rights), .other = true};
        if (!rbac_miss_say(c, q, &w, &why))
            return false;
        if (!any || why.near > out->near)
            *out = why;
        any = true;
    }
    return any ||
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster), NULL,
                   NULL, "no custom resource that is known to become pods is served here");
}

const struct rule rule_crd_workload = {
    .name = "crd_workload",
    .version = 1,
    .kinds = {EDGE_CRD_WORKLOAD_CREATE},
    .derive = derive,
    .missing = missing,
};
