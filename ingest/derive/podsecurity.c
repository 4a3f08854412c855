/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The enforce label, its absence, and where neither is the last word. */
#include "ingest/derive/podsecurity.h"

#include <string.h>

#include "ingest/derive/admission.h"

#define ENFORCE "pod-security.kubernetes.io/enforce"

enum podsecurity_level podsecurity_level(const char *value)
{
    if (strcmp(value, "privileged") == 0)
        return PODSECURITY_PRIVILEGED;
    return strcmp(value, "baseline") == 0 ? PODSECURITY_BASELINE : PODSECURITY_RESTRICTED;
}

static bool older_than(const struct facts *f, int minor)
{
    return f->version_major == 1 && f->version_minor < minor;
}

/* Talos sets the level of namespaces without a label to baseline, in a file that the API hides. */
static bool default_is_raised(const struct facts *f)
{
    for (size_t i = 0; i < f->nodes.n; i++)
        if (g_str_has_prefix(f->nodes.v[i].os_image, "Talos"))
            return true;
    return false;
}

/* Where Pod Security refuses, it does so first: whoever else has a say does not matter. */
static void refuse(const struct facts *f, const struct fact_namespace *ns, const char *value,
                   struct arena *a, struct podsecurity *ps)
{
    ps->privileged = VERDICT_BLOCKED;
    ps->reason =
        arena_printf(a, "Pod Security enforces \"%.40s\": privileged pods are refused", value);
    if (older_than(f, 23)) {
        ps->privileged = VERDICT_UNKNOWN;
        ps->reason = "before 1.23 the label is enforced only if the feature was turned on";
    } else if (strcmp(ns->meta.name, "kube-system") == 0) {
        ps->privileged = VERDICT_UNKNOWN;
        ps->reason = "kube-system is often exempt from Pod Security, which the API does not show";
    }
}

struct podsecurity podsecurity_without_engines(const struct facts *f,
                                               const struct fact_namespace *ns, struct arena *a)
{
    const char *value = facts_label(&ns->meta, ENFORCE);
    struct podsecurity ps = {
        .level = value ? podsecurity_level(value) : PODSECURITY_PRIVILEGED,
        .privileged = VERDICT_YES,
        .field = "metadata.labels[" ENFORCE "]",
    };

    if (ps.level != PODSECURITY_PRIVILEGED) {
        refuse(f, ns, value, a, &ps);
        return ps;
    }
    ps.reason = value ? "Pod Security admits privileged pods"
                      : "no Pod Security label: the built-in default admits privileged pods";
    if (!value && !*ns->meta.uid && !f->listed[FACTS_NAMESPACES]) {
        ps.privileged = VERDICT_UNKNOWN;
        ps.reason = "the namespace was not read, so its Pod Security label is not known";
    } else if (!value && (older_than(f, 23) || default_is_raised(f))) {
        ps.privileged = VERDICT_UNKNOWN;
        ps.reason = older_than(f, 23)
                        ? "PodSecurityPolicy may apply, which is not read"
                        : "Talos sets the default level in a file that the API does not show";
    }
    return ps;
}

struct podsecurity podsecurity_of(const struct facts *f, const struct fact_namespace *ns,
                                  struct arena *a)
{
    struct podsecurity ps = podsecurity_without_engines(f, ns, a);

    if (ps.level == PODSECURITY_PRIVILEGED && admission_judges_pods(f, ns, a, &ps.engine)) {
        ps.privileged = VERDICT_UNKNOWN;
        ps.reason = ps.engine.reason;
        ps.field = ps.engine.object ? NULL : ps.engine.field;
    }
    return ps;
}

struct podsecurity podsecurity_relabelled(const struct facts *f, const struct fact_namespace *ns,
                                          struct arena *a)
{
    const char *value = facts_label(&ns->meta, ENFORCE);
    struct podsecurity ps = {
        .level = PODSECURITY_PRIVILEGED,
        .privileged = VERDICT_YES,
        .field = "metadata.labels[" ENFORCE "]",
        .reason = value ? arena_printf(a,
                                       "whoever has every right in the namespace may remove the "
                                       "label \"%.40s\"",
                                       value)
                        : "whoever has every right in the namespace may label it privileged",
    };

    if (admission_judges_pods(f, ns, a, &ps.engine)) {
        ps.privileged = VERDICT_UNKNOWN;
        ps.reason = arena_printf(a, "%s; %s", ps.reason, ps.engine.reason);
    } else if (older_than(f, 23)) {
        ps.privileged = VERDICT_UNKNOWN;
        ps.reason =
            arena_printf(a, "%s; PodSecurityPolicy may apply, which is not read", ps.reason);
    }
    return ps;
}
