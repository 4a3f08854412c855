/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission policies: whom they take. */
#include "ingest/policyspec.h"

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/webhookspec.h"

/* A MatchResources: no rule at all takes everything, and an exclusion wins. */
static bool read_match(const struct jx *spec, const char *key, struct facts *f, bool *pods,
                       struct fact_selector *namespaces, struct err *e)
{
    struct jx match, rules;
    bool taken, excluded;

    if (!jx_opt_obj(spec, key, &match, e) || !jx_opt_arr(&match, "resourceRules", &rules, e) ||
        !webhookspec_rules(&match, "resourceRules", f, &taken, e) ||
        !webhookspec_rules(&match, "excludeResourceRules", f, &excluded, e) ||
        !field_selector(&match, "namespaceSelector", f, namespaces, e))
        return false;
    *pods = (taken || jx_count(&rules) == 0) && !excluded;
    return true;
}

bool policyspec_parse(const struct jx *item, bool mutating, struct facts *f, struct err *e)
{
    struct fact_policy p = {.mutating = mutating};
    struct jx spec;

    if (!kind_meta(item, false, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !read_match(&spec, "matchConstraints", f, &p.covers_pods, &p.namespaces, e))
        return false;
    FACTS_ADD(f, policies, p);
    return true;
}

/* Before actions could be named, every binding refused. */
static bool read_actions(const struct jx *spec, struct facts *f, bool *denies, struct err *e)
{
    struct texts actions;

    if (!field_texts(spec, "validationActions", f, &actions, e))
        return false;
    *denies = !actions.n || facts_has(&actions, "Deny");
    return true;
}

bool policyspec_parse_binding(const struct jx *item, bool mutating, struct facts *f, struct err *e)
{
    struct fact_policy_binding b = {.mutating = mutating};
    struct jx spec;

    if (!kind_meta(item, false, f, &b.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !field_str(&spec, "policyName", f, &b.policy, e) ||
        !read_match(&spec, "matchResources", f, &b.covers_pods, &b.namespaces, e) ||
        (!mutating && !read_actions(&spec, f, &b.denies, e)))
        return false;
    FACTS_ADD(f, policy_bindings, b);
    return true;
}
