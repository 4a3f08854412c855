/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rule of stars is every right: in the cluster through a ClusterRoleBinding, in one namespace
 * through a RoleBinding. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

static bool is_everything(const struct fact_rule *r)
{
    return facts_has(&r->verbs, "*") && facts_has(&r->groups, "*") &&
           facts_has(&r->resources, "*") && r->names.n == 0;
}

static void judge(struct rule_ctx *c, const struct fact_binding *b, uint32_t set)
{
    const struct asset_ns *ns = assets_ns(c->as, b->meta.ns);
    bool cluster = !*b->meta.ns;

    for (size_t i = 0; i < b->role->nrules; i++) {
        struct evidence ev[2];

        if (!is_everything(&b->role->rules[i]) || (!cluster && !ns))
            continue;
        rbac_right_evidence_rule(c->scratch, b, i, ev);
        ev[1].reason = arena_printf(c->scratch, "%s allows every verb on every resource",
                                    rbac_right_role(c->scratch, b));
        draft_edge(c->d, set, cluster ? c->as->cluster_admin : ns->admin, EDGE_WILDCARD_ADMIN,
                   CLASS_STRUCTURAL, VERDICT_YES, ev, 2);
    }
}

static void derive(struct rule_ctx *c)
{
    struct evidence masters = {.object = "Group " RBAC_MASTERS,
                               .reason =
                                   "its members pass before RBAC is asked, no object shows it"};

    draft_edge_yes(c->d, draft_node(c->d, NODE_GROUP, "", RBAC_MASTERS), c->as->cluster_admin,
                   EDGE_WILDCARD_ADMIN, &masters);
    for (size_t i = 0; i < c->f->bindings.n; i++)
        if (c->as->permission_set[i] != UINT32_MAX && c->f->bindings.v[i].role)
            judge(c, &c->f->bindings.v[i], c->as->permission_set[i]);
}

static const struct rbac_right everything[] = {
    {.verb = "*", .group = "*", .resource = "*", .subresource = ""}};

static const struct rule_wants wants[] = {
    {.kind = EDGE_WILDCARD_ADMIN, .rights = everything, .n = ARRAY_LEN(everything)}};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return q->from.kind == NODE_GROUP && strcmp(q->from.name, RBAC_MASTERS) != 0 &&
           why_say(out, WHY_APART, arena_printf(c->scratch, "Group %s", q->from.name), NULL, NULL,
                   "only members of " RBAC_MASTERS " have every right without a binding");
}

const struct rule rule_wildcard_admin = {
    .name = "wildcard_admin",
    .version = 2,
    .kinds = {EDGE_WILDCARD_ADMIN},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
