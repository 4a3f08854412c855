/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles and bindings. */
#include "ingest/rbacspec.h"

#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

enum { MAX_PARTS = 100000 }; /* an object of the API server has 1.5 MB; files may claim more */

static bool read_rule(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_rule *out = element;

    return field_texts(in, "verbs", arg, &out->verbs, e) &&
           field_texts(in, "apiGroups", arg, &out->groups, e) &&
           field_texts(in, "resources", arg, &out->resources, e) &&
           field_texts(in, "resourceNames", arg, &out->names, e) &&
           field_texts(in, "nonResourceURLs", arg, &out->urls, e);
}

bool rbacspec_role(const struct jx *item, bool namespaced, struct facts *f, struct err *e)
{
    struct fact_role role = {0};
    void *rules;

    if (!kind_meta(item, namespaced, f, &role.meta, e) ||
        !field_objects(item, "rules", MAX_PARTS, f, sizeof(*role.rules), read_rule, f, &rules,
                       &role.nrules, e))
        return false;
    role.rules = rules;
    FACTS_ADD(f, roles, role);
    return true;
}

struct subject_arg {
    struct facts *f;
    const char *ns; /* of the binding */
};

static bool read_subject(void *arg, const struct jx *in, void *element, struct err *e)
{
    const struct subject_arg *from = arg;
    struct fact_subject *out = element;
    const char *kind;

    if (!jx_str(in, "kind", &kind, e) || !field_name(in, "name", from->f, &out->name, e))
        return false;
    out->ns = "";
    if (!strcmp(kind, "User")) {
        out->kind = SUBJECT_USER;
        return true;
    }
    if (!strcmp(kind, "Group")) {
        out->kind = SUBJECT_GROUP;
        return true;
    }
    if (strcmp(kind, "ServiceAccount"))
        return jx_err(in, e, "want kind User, Group or ServiceAccount, got \"%s\"", kind);
    out->kind = SUBJECT_SERVICEACCOUNT;
    if (!field_str(in, "namespace", from->f, &out->ns, e))
        return false;
    if (!out->ns[0])
        out->ns = from->ns;
    return out->ns[0] || jx_err(in, e, "service account without namespace");
}

bool rbacspec_binding(const struct jx *item, bool namespaced, struct facts *f, struct err *e)
{
    struct fact_binding b = {0};
    const char *kind;
    struct jx ref;
    void *subjects;

    if (!kind_meta(item, namespaced, f, &b.meta, e) || !jx_obj(item, "roleRef", &ref, e) ||
        !jx_str(&ref, "kind", &kind, e) || !field_name(&ref, "name", f, &b.role_name, e))
        return false;
    b.to_clusterrole = !strcmp(kind, "ClusterRole");
    if (!b.to_clusterrole && strcmp(kind, "Role"))
        return jx_err(&ref, e, "want kind Role or ClusterRole, got \"%s\"", kind);
    if (!b.to_clusterrole && !namespaced)
        return jx_err(&ref, e, "a ClusterRoleBinding cannot refer to a Role");
    struct subject_arg arg = {f, b.meta.ns};
    if (!field_objects(item, "subjects", MAX_PARTS, f, sizeof(*b.subjects), read_subject, &arg,
                       &subjects, &b.nsubjects, e))
        return false;
    b.subjects = subjects;
    FACTS_ADD(f, bindings, b);
    return true;
}
