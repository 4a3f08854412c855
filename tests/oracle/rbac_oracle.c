/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every binding, every subject, every rule, every time. */
#include "tests/oracle/rbac_oracle.h"

#include <string.h>

static bool has(const struct texts *t, const char *s, bool url)
{
    bool yes = false;
    for (size_t i = 0; i < t->n; i++) {
        size_t n = strlen(t->v[i]);
        yes |= strcmp(t->v[i], s) == 0 ||
               (url && n > 0 && t->v[i][n - 1] == '*' && strncmp(t->v[i], s, n - 1) == 0);
    }
    return yes;
}

static bool rule_allows(const struct fact_rule *r, const struct rbac_request *q)
{
    const char *sub = q->subresource;
    g_autofree char *what = g_strconcat(q->resource, *sub ? "/" : "", sub, NULL);
    g_autofree char *any = g_strconcat("*/", sub, NULL);
    if (!has(&r->verbs, q->verb, false) && !has(&r->verbs, "*", false))
        return false;
    if (q->url)
        return has(&r->urls, q->url, true);
    return (has(&r->groups, q->group, false) || has(&r->groups, "*", false)) &&
           (has(&r->resources, what, false) || has(&r->resources, "*", false) ||
            (*sub && has(&r->resources, any, false))) &&
           (r->names.n == 0 || has(&r->names, q->name, false));
}

bool rbac_oracle_allows(const struct facts *f, const char *user, const struct texts *groups,
                        const struct rbac_request *q)
{
    bool yes = has(groups, "system:masters", false);
    for (size_t i = 0; i < f->bindings.n; i++) {
        const struct fact_binding *b = &f->bindings.v[i];
        bool here = !*b->meta.ns || (!q->url && strcmp(b->meta.ns, q->ns) == 0);
        for (size_t j = 0; b->role && here && j < b->nsubjects; j++) {
            const struct fact_subject *s = &b->subjects[j];
            g_autofree char *sa = g_strconcat("system:serviceaccount:", s->ns, ":", s->name, NULL);
            if (s->kind == SUBJECT_GROUP ? has(groups, s->name, false)
                                         : !strcmp(s->kind == SUBJECT_USER ? s->name : sa, user))
                for (size_t k = 0; k < b->role->nrules; k++)
                    yes |= rule_allows(&b->role->rules[k], q);
        }
    }
    return yes;
}
