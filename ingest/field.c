/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of Kubernetes objects into facts. */
#include "ingest/field.h"

#include <string.h>

enum {
    MAX_REQUIREMENTS = 20000
}; /* an object of the API server has 1.5 MB; files may claim more */

static const char *keep(struct facts *f, const char *s)
{
    return s[0] ? arena_strdup(f->arena, s) : "";
}

bool field_str(const struct jx *in, const char *key, struct facts *f, const char **out,
               struct err *e)
{
    const char *s;

    if (!jx_opt_str(in, key, "", &s, e))
        return false;
    *out = keep(f, s);
    return true;
}

bool field_name(const struct jx *in, const char *key, struct facts *f, const char **out,
                struct err *e)
{
    const char *s;

    if (!jx_str(in, key, &s, e))
        return false;
    if (!s[0]) {
        struct jx at = {.v = in->v, .up = in, .key = key};
        return jx_err(&at, e, "want a name, got empty text");
    }
    *out = keep(f, s);
    return true;
}

bool field_tri(const struct jx *in, const char *key, enum tri *out, struct err *e)
{
    bool no, yes;

    /* Asked with both defaults: they differ only where nothing is set. */
    if (!jx_opt_bool(in, key, false, &no, e) || !jx_opt_bool(in, key, true, &yes, e))
        return false;
    *out = no != yes ? TRI_UNSET : yes ? TRI_YES : TRI_NO;
    return true;
}

bool field_port(const struct jx *in, const char *key, int32_t dflt, int32_t *out, struct err *e)
{
    int64_t n;

    if (!jx_opt_int(in, key, dflt, &n, e))
        return false;
    if (n < 0 || n > 65535) {
        struct jx at = {.v = in->v, .up = in, .key = key};
        return jx_err(&at, e, "want a port from 0 to 65535, got %lld", (long long)n);
    }
    *out = (int32_t)n;
    return true;
}

bool field_texts(const struct jx *in, const char *key, struct facts *f, struct texts *out,
                 struct err *e)
{
    struct jx list;

    if (!jx_opt_arr(in, key, &list, e))
        return false;
    size_t n = jx_count(&list);
    const char **v = arena_calloc(f->arena, n, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const char *s;
        if (!jx_at_str(&list, i, &s, e))
            return false;
        v[i] = keep(f, s);
    }
    *out = (struct texts){v, n};
    return true;
}

bool field_members(const struct jx *in, const char *key, const char *member, struct facts *f,
                   struct texts *out, struct err *e)
{
    struct jx list, item;

    if (!jx_opt_arr(in, key, &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++) {
        const char *s;
        if (!jx_at_obj(&list, i, &item, e) || !field_str(&item, member, f, &s, e))
            return false;
        field_push(f->arena, out, s);
    }
    return true;
}

bool field_labels(const struct jx *in, const char *key, struct facts *f, const struct label **out,
                  size_t *n, struct err *e)
{
    const char *name;
    json_t *value;
    struct jx map;
    size_t i = 0;

    if (!jx_opt_obj(in, key, &map, e))
        return false;
    struct label *v = arena_calloc(f->arena, jx_count(&map), sizeof(*v));
    /* jansson has no iterator for const objects; this one changes nothing. */
    json_object_foreach ((json_t *)(uintptr_t)map.v, name, value) {
        struct jx at = {.v = value, .up = &map, .key = name};
        const char *s = "";
        if (!json_is_null(value) && !jx_text(&at, &s, e))
            return false;
        v[i++] = (struct label){keep(f, name), keep(f, s)};
    }
    *out = v;
    *n = i;
    return true;
}

bool field_keys(const struct jx *in, const char *key, struct facts *f, struct texts *out,
                struct err *e)
{
    const char *name;
    json_t *value;
    struct jx map;

    if (!jx_opt_obj(in, key, &map, e))
        return false;
    json_object_foreach ((json_t *)(uintptr_t)map.v, name, value)
        field_push(f->arena, out, keep(f, name));
    return true;
}

bool field_objects(const struct jx *in, const char *key, size_t most, struct facts *f, size_t size,
                   field_reader read, void *arg, void **out, size_t *n, struct err *e)
{
    struct jx list, item;

    if (!jx_opt_arr(in, key, &list, e))
        return false;
    *n = jx_count(&list);
    if (*n > most)
        return jx_err(&list, e, "want at most %zu, got %zu", most, *n);
    char *v = arena_calloc(f->arena, *n, size);
    for (size_t i = 0; i < *n; i++)
        if (!jx_at_obj(&list, i, &item, e) || !read(arg, &item, v + i * size, e))
            return false;
    *out = v;
    return true;
}

static bool read_operator(const struct jx *in, enum selector_operator *out, struct err *e)
{
    static const char *const names[] = {
        [SELECTOR_IN] = "In",
        [SELECTOR_NOT_IN] = "NotIn",
        [SELECTOR_EXISTS] = "Exists",
        [SELECTOR_DOES_NOT_EXIST] = "DoesNotExist",
    };
    const char *name;

    if (!jx_str(in, "operator", &name, e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum selector_operator)i;
            return true;
        }
    struct jx at = {.v = in->v, .up = in, .key = "operator"};
    return jx_err(&at, e, "want In, NotIn, Exists or DoesNotExist, got %.40s", name);
}

static bool read_requirement(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_requirement *r = element;
    struct facts *f = arg;

    if (!field_name(in, "key", f, &r->key, e) || !read_operator(in, &r->op, e) ||
        !field_texts(in, "values", f, &r->values, e))
        return false;
    bool listed = r->op == SELECTOR_IN || r->op == SELECTOR_NOT_IN;
    return listed == (r->values.n > 0) ||
           jx_err(in, e, listed ? "In and NotIn want values" : "Exists wants no values");
}

bool field_selector(const struct jx *in, const char *key, struct facts *f,
                    struct fact_selector *out, struct err *e)
{
    struct jx selector;
    void *requirements;

    if (!jx_opt_obj(in, key, &selector, e) ||
        !field_labels(&selector, "matchLabels", f, &out->labels, &out->nlabels, e) ||
        !field_objects(&selector, "matchExpressions", MAX_REQUIREMENTS, f,
                       sizeof(struct fact_requirement), read_requirement, f, &requirements,
                       &out->nrequirements, e))
        return false;
    out->requirements = requirements;
    return true;
}

void field_push(struct arena *a, struct texts *list, const char *s)
{
    size_t n = list->n;

    if (!s[0] || (n && !strcmp(list->v[n - 1], s)))
        return;
    /* Full at every power of two. */
    if (!(n & (n - 1))) {
        const char **v = arena_calloc(a, n ? n * 2 : 1, sizeof(*v));
        if (n)
            memcpy(v, list->v, n * sizeof(*v));
        list->v = v;
    }
    ((const char **)(uintptr_t)list->v)[list->n++] = s;
}
