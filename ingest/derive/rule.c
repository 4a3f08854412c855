/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of rules, and the stages of derive. */
#include "ingest/derive/rule.h"

#include <string.h>

#include "ingest/derive/bindable.h"
#include "ingest/derive/porthubs.h"

#define RULE(name) extern const struct rule rule_##name;
#include "ingest/derive/rules.def"
#undef RULE

const struct rule *const rules[] = {
#define RULE(name) &rule_##name,
#include "ingest/derive/rules.def"
#undef RULE
    NULL,
};

const struct rule *rule_find(const char *name)
{
    for (size_t i = 0; rules[i]; i++)
        if (strcmp(rules[i]->name, name) == 0)
            return rules[i];
    return NULL;
}

const char *rule_pod(const struct rule_ctx *c, const struct fact_pod *p)
{
    const char *made = draft_object(c->d, p->meta.ix);

    return made ? made : arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name);
}

bool rule_derive(struct facts *f, const char *only, struct arena *a, struct part *out,
                 struct err *e)
{
    if (only && !rule_find(only))
        return err_set(e, ERR_MISSING, "no rule is called \"%.60s\"", only);

    bindable_drop(f);
    AUTO(draft) d = draft_new(a, f->cluster);
    AUTO(assets) as = assets_new(f, d);
    AUTO(hubs) hubs = hubs_new(f, as, d);
    AUTO(rbac) rbac = rbac_new(f);
    AUTO(arena) early = arena_new();
    struct rule_ctx ctx = {.f = f, .rbac = rbac, .as = as, .hubs = hubs, .d = d, .scratch = early};

    AUTO(rbac) again = bindable_add(f, &ctx, as) ? rbac_new(f) : NULL;
    if (again)
        ctx.rbac = again;

    for (size_t i = 0; rules[i]; i++) {
        AUTO(arena) scratch = arena_new();

        ctx.scratch = scratch; /* a rule's own text is soon a great deal */
        if (only && strcmp(rules[i]->name, only) != 0)
            continue;
        draft_set_rule(d, rules[i]->name, rules[i]->version);
        rules[i]->derive(&ctx);
    }
    porthubs_free(ctx.porthubs);
    draft_finish(d, out);
    return true;
}
