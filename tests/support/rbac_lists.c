/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RBAC objects by jansson, field by field. */
#include "tests/support/rbac_lists.h"

#include "tests/test.h"

static const char *text(struct arena *a, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return arena_strdup(a, s ? s : "");
}

struct texts rbac_lists_texts(struct arena *a, const json_t *array)
{
    size_t n = json_array_size(array);
    const char **v = arena_calloc(a, n + 1, sizeof(*v));

    for (size_t i = 0; i < n; i++)
        v[i] = arena_strdup(a, json_string_value(json_array_get(array, i)));
    return (struct texts){v, n};
}

static json_t *items(json_t *list)
{
    json_t *v = json_object_get(list, "items");

    cr_assert(json_is_array(v), "the list has no items");
    return v;
}

static json_t *load(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    json_error_t why;
    json_t *list = json_load_file(path, 0, &why);

    cr_assert(list, "%s: %s", path, why.text);
    return list;
}

static struct meta meta_of(struct arena *a, const json_t *item)
{
    const json_t *m = json_object_get(item, "metadata");

    return (struct meta){
        .ns = text(a, m, "namespace"), .name = text(a, m, "name"), .uid = text(a, m, "uid")};
}

void rbac_lists_role(struct arena *a, const json_t *item, struct fact_role *out)
{
    const json_t *rules = json_object_get(item, "rules");
    struct fact_rule *v = arena_calloc(a, json_array_size(rules) + 1, sizeof(*v));

    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *r = json_array_get(rules, i);

        v[i] = (struct fact_rule){
            .verbs = rbac_lists_texts(a, json_object_get(r, "verbs")),
            .groups = rbac_lists_texts(a, json_object_get(r, "apiGroups")),
            .resources = rbac_lists_texts(a, json_object_get(r, "resources")),
            .names = rbac_lists_texts(a, json_object_get(r, "resourceNames")),
            .urls = rbac_lists_texts(a, json_object_get(r, "nonResourceURLs")),
        };
    }
    *out = (struct fact_role){meta_of(a, item), v, json_array_size(rules)};
}

void rbac_lists_binding(struct arena *a, const json_t *item, struct fact_binding *out)
{
    const json_t *ref = json_object_get(item, "roleRef");
    const json_t *subjects = json_object_get(item, "subjects");
    size_t n = json_array_size(subjects);
    struct fact_subject *v = arena_calloc(a, n + 1, sizeof(*v));

    *out = (struct fact_binding){
        .meta = meta_of(a, item),
        .to_clusterrole = strcmp(text(a, ref, "kind"), "ClusterRole") == 0,
        .role_name = text(a, ref, "name"),
        .subjects = v,
        .nsubjects = n,
    };
    for (size_t i = 0; i < n; i++) {
        const json_t *s = json_array_get(subjects, i);
        const char *kind = text(a, s, "kind"), *ns = text(a, s, "namespace");

        v[i] = (struct fact_subject){SUBJECT_GROUP, "", text(a, s, "name")};
        if (strcmp(kind, "User") == 0)
            v[i].kind = SUBJECT_USER;
        if (strcmp(kind, "ServiceAccount") == 0) {
            v[i].kind = SUBJECT_SERVICEACCOUNT;
            v[i].ns = *ns ? ns : out->meta.ns;
        }
    }
}

static void join(struct facts *f)
{
    for (size_t i = 0; i < f->bindings.n; i++)
        for (size_t j = 0; j < f->roles.n; j++) {
            struct fact_binding *b = &f->bindings.v[i];
            const struct meta *m = &f->roles.v[j].meta;

            if (strcmp(m->name, b->role_name) == 0 &&
                strcmp(m->ns, b->to_clusterrole ? "" : b->meta.ns) == 0)
                b->role = &f->roles.v[j];
        }
}

void rbac_lists_load(const char *dir, struct arena *a, struct facts *f)
{
    json_t *roles[] = {load(dir, "roles.json"), load(dir, "clusterroles.json")};
    json_t *bindings[] = {load(dir, "rolebindings.json"), load(dir, "clusterrolebindings.json")};
    size_t nroles = json_array_size(items(roles[0])) + json_array_size(items(roles[1]));
    size_t nbindings = json_array_size(items(bindings[0])) + json_array_size(items(bindings[1]));
    size_t i;
    json_t *item;

    *f = (struct facts){.arena = a, .cluster = "c"};
    f->roles.v = arena_calloc(a, nroles, sizeof(*f->roles.v));
    f->bindings.v = arena_calloc(a, nbindings, sizeof(*f->bindings.v));
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach (items(roles[k]), i, item)
            rbac_lists_role(a, item, &f->roles.v[f->roles.n++]);
        json_array_foreach (items(bindings[k]), i, item)
            rbac_lists_binding(a, item, &f->bindings.v[f->bindings.n++]);
        json_decref(roles[k]);
        json_decref(bindings[k]);
    }
    join(f);
}
