/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binding grants each of its subjects the rules of its role. */
#include "ingest/derive/rbac_right.h"

static bool absent(const struct facts *f, const struct fact_subject *s)
{
    return s->kind == SUBJECT_SERVICEACCOUNT && facts_read(f, FACTS_SERVICEACCOUNTS) &&
           !facts_sa(f, s->ns, s->name);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];
        struct evidence ev = rbac_right_evidence(c->scratch, b);
        const char *role = rbac_right_role(c->scratch, b);

        if (c->as->permission_set[i] == UINT32_MAX)
            continue;
        for (size_t j = 0; j < b->nsubjects; j++) {
            const struct fact_subject *s = &b->subjects[j];

            ev.field = arena_printf(c->scratch, "subjects[%zu]", j);
            ev.reason = arena_printf(c->scratch, "grants %s%s", role,
                                     absent(c->f, s) ? "; the service account does not exist, who "
                                                       "creates it has the rights"
                                                     : "");
            draft_edge_yes(c->d, assets_subject(c->f, c->d, s), c->as->permission_set[i],
                           EDGE_PERMISSION_DISCOVER, &ev);
        }
    }
}

const struct rule rule_permission_discover = {
    .name = "permission_discover",
    .version = 2,
    .kinds = {EDGE_PERMISSION_DISCOVER},
    .derive = derive,
};
