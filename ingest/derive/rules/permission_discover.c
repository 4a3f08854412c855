/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binding grants each of its subjects the rules of its role. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

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

static const char *subject_text(struct arena *a, const struct fact_subject *s)
{
    switch (s->kind) {
    case SUBJECT_SERVICEACCOUNT:
        return arena_printf(a, "ServiceAccount %s/%s", s->ns, s->name);
    case SUBJECT_USER:
        return arena_printf(a, "User %s", s->name);
    default:
        return arena_printf(a, "Group %s", s->name);
    }
}

static bool names_it(const struct fact_subject *s, const struct rule_end *who)
{
    const char *name = s->name;
    g_autofree char *ns = NULL;
    bool sa = s->kind == SUBJECT_SERVICEACCOUNT;

    if (s->kind == SUBJECT_GROUP)
        return who->kind == NODE_GROUP && strcmp(name, who->name) == 0;
    if (!sa && rbac_user_is_sa(s->name, &ns, &name))
        sa = true;
    else
        ns = g_strdup(s->ns);
    return who->kind == (sa ? NODE_SERVICEACCOUNT : NODE_USER) && strcmp(name, who->name) == 0 &&
           strcmp(sa ? ns : "", who->ns) == 0;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    enum { SHOWN = 4 };
    const struct fact_binding *b = q->to.binding;
    const char *names[SHOWN + 1] = {NULL};

    if (!b)
        return false;
    struct evidence ev = rbac_right_evidence(c->scratch, b);
    if (!b->role || b->role->nrules == 0)
        return why_say(out, WHY_RELATED, ev.object, ev.uid, "roleRef",
                       arena_printf(c->scratch, "%s %s, so nothing is granted",
                                    rbac_right_role(c->scratch, b),
                                    b->role ? "has no rules" : "does not exist"));
    for (size_t i = 0; i < b->nsubjects; i++)
        if (names_it(&b->subjects[i], &q->from))
            return false;
    for (size_t i = 0; i < b->nsubjects && i < SHOWN; i++)
        names[i] = subject_text(c->scratch, &b->subjects[i]);
    struct texts list = {names, b->nsubjects < SHOWN ? b->nsubjects : SHOWN};
    return why_say(out, WHY_RELATED, ev.object, ev.uid, "subjects",
                   b->nsubjects == 0
                       ? "the binding names nobody"
                       : arena_printf(c->scratch, "the binding names %s%s",
                                      why_list(c->scratch, &list, SHOWN),
                                      b->nsubjects > SHOWN
                                          ? arena_printf(c->scratch, ", and %zu more; not this one",
                                                         b->nsubjects - SHOWN)
                                          : ", and not this one"));
}

const struct rule rule_permission_discover = {
    .name = "permission_discover",
    .version = 2,
    .kinds = {EDGE_PERMISSION_DISCOVER},
    .derive = derive,
    .missing = missing,
};
