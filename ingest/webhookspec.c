/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Admission webhook configurations. */
#include "ingest/webhookspec.h"

#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

enum { MAX_HOOKS = 20000 }; /* an object of the API server has 1.5 MB; files may claim more */

/* Engines whose policies may refuse a pod, by what their configurations, webhooks or services are
 * called in a standard installation. */
static const char *const engines[] = {"kyverno",  "gatekeeper", "kubewarden",
                                      "jspolicy", "polaris",    "neuvector",
                                      "opa",      "portieris",  "connaisseur"};

static bool names_pods(const struct texts *groups, const struct texts *resources,
                       const struct texts *operations)
{
    if (!facts_has(groups, "") && !facts_has(groups, "*"))
        return false;
    if (!facts_has(resources, "*") && !facts_has(resources, "*/*") &&
        !facts_has(resources, "pods") && !facts_has(resources, "pods/*"))
        return false;
    return facts_has(operations, "CREATE") || facts_has(operations, "*");
}

/* A policy's rule may have resourceNames: whoever makes a pod chooses another name. */
bool webhookspec_rules(const struct jx *in, const char *key, struct facts *f, bool *covers,
                       struct err *e)
{
    struct jx rules, rule;

    *covers = false;
    if (!jx_opt_arr(in, key, &rules, e))
        return false;
    for (size_t i = 0; i < jx_count(&rules); i++) {
        struct texts groups, resources, operations, names;
        const char *scope;
        if (!jx_at_obj(&rules, i, &rule, e) || !field_texts(&rule, "apiGroups", f, &groups, e) ||
            !field_texts(&rule, "resources", f, &resources, e) ||
            !field_texts(&rule, "operations", f, &operations, e) ||
            !field_texts(&rule, "resourceNames", f, &names, e) ||
            !jx_opt_str(&rule, "scope", "*", &scope, e))
            return false;
        *covers = *covers || (!names.n && strcmp(scope, "Cluster") != 0 &&
                              names_pods(&groups, &resources, &operations));
    }
    return true;
}

/* "opa" must be a word of its own, the rest may stand anywhere. */
static const char *find_engine(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        const char *at = strstr(text, engines[i]);
        size_t n = strlen(engines[i]);
        if (at && (n > 3 || ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[n]))))
            return engines[i];
    }
    return NULL;
}

/* What the reader of one webhook works on. */
struct reading {
    struct facts *f;
    const char *engine; /* of the configuration so far; NULL if not known */
};

static bool read_hook(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct reading *r = arg;
    struct fact_hook *hook = element;
    struct jx config, service;

    if (!field_str(in, "name", r->f, &hook->name, e) ||
        !jx_opt_obj(in, "clientConfig", &config, e) ||
        !jx_opt_obj(&config, "service", &service, e) ||
        !field_str(&service, "namespace", r->f, &hook->service_ns, e) ||
        !field_str(&service, "name", r->f, &hook->service_name, e) ||
        !webhookspec_rules(in, "rules", r->f, &hook->covers_pods, e) ||
        !field_selector(in, "namespaceSelector", r->f, &hook->namespaces, e))
        return false;
    if (!r->engine)
        r->engine = find_engine(hook->name);
    if (!r->engine)
        r->engine = find_engine(hook->service_name);
    return true;
}

bool webhookspec_parse(const struct jx *item, bool mutating, struct facts *f, struct err *e)
{
    struct fact_webhook w = {.mutating = mutating};
    void *hooks;

    if (!kind_meta(item, false, f, &w.meta, e))
        return false;
    struct reading r = {.f = f, .engine = find_engine(w.meta.name)};
    if (!field_objects(item, "webhooks", MAX_HOOKS, f, sizeof(struct fact_hook), read_hook, &r,
                       &hooks, &w.nhooks, e))
        return false;
    w.hooks = hooks;
    w.engine = r.engine ? r.engine : w.meta.name;
    FACTS_ADD(f, webhooks, w);
    return true;
}
