/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The RBAC authorizer: bindings indexed by who they name, rules compared as the server does. */
#include "ingest/derive/rbac.h"

#include <assert.h>
#include <string.h>

#define SA_USER "system:serviceaccount:"
#define SA_GROUP "system:serviceaccounts"
#define NODE_USER "system:node:"
#define ANONYMOUS "system:anonymous"
#define UNAUTHENTICATED "system:unauthenticated"

/* Keys are names as the server compares them, so a service account stands under its user name.
 * Values are GPtrArray of const struct fact_binding *, sorted by namespace, cluster-wide first. */
struct rbac {
    GHashTable *users, *groups;
    const struct fact_role *roles; /* of the facts */
    size_t nroles;
    size_t *first;      /* of each role: the place of its first rule in `classes` */
    uint32_t *classes;  /* of each rule of each role */
    GPtrArray *example; /* of each class: const struct fact_rule * */
};

static bool one_of(const struct texts *t, const char *s)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->v[i], s) == 0 || strcmp(t->v[i], "*") == 0)
            return true;
    return false;
}

static bool names(const struct texts *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->v[i], name) == 0)
            return true;
    return t->n == 0;
}

/* "*", "pods", "pods/exec" or "*" and "/exec"; nothing else is a wildcard. */
static bool resource_matches(const char *pattern, const char *resource, const char *sub)
{
    size_t len = strlen(resource);

    if (strcmp(pattern, "*") == 0)
        return true;
    if (!*sub)
        return strcmp(pattern, resource) == 0;
    if (strncmp(pattern, "*/", 2) == 0 && strcmp(pattern + 2, sub) == 0)
        return true;
    return strncmp(pattern, resource, len) == 0 && pattern[len] == '/' &&
           strcmp(pattern + len + 1, sub) == 0;
}

/* Stars at the end stand for any rest; a star elsewhere is a plain character. */
static bool url_matches(const char *pattern, const char *url)
{
    size_t len = strlen(pattern), head = len;

    while (head > 0 && pattern[head - 1] == '*')
        head--;
    return head < len ? strncmp(pattern, url, head) == 0 : strcmp(pattern, url) == 0;
}

static bool any_resource(const struct texts *t, const struct rbac_request *q)
{
    for (size_t i = 0; i < t->n; i++)
        if (resource_matches(t->v[i], q->resource, q->subresource))
            return true;
    return false;
}

static bool any_url(const struct texts *t, const char *url)
{
    for (size_t i = 0; i < t->n; i++)
        if (url_matches(t->v[i], url))
            return true;
    return false;
}

bool rbac_rule_matches(const struct fact_rule *rule, const struct rbac_request *q)
{
    if (!one_of(&rule->verbs, q->verb))
        return false;
    if (q->url)
        return any_url(&rule->urls, q->url);
    return one_of(&rule->groups, q->group) && any_resource(&rule->resources, q) &&
           names(&rule->names, q->name);
}

/* A cluster binding holds everywhere, a RoleBinding for requests inside its namespace.  The server
 * refuses a cluster binding to a Role; an imported file may hold one. */
static bool in_scope(const struct fact_binding *b, const struct rbac_request *q)
{
    if (!*b->meta.ns)
        return b->to_clusterrole;
    return !q->url && strcmp(b->meta.ns, q->ns) == 0;
}

bool rbac_binding_allows(const struct fact_binding *b, const struct rbac_request *q, uint32_t *rule)
{
    if (!b->role || !in_scope(b, q))
        return false;
    for (size_t i = 0; i < b->role->nrules; i++)
        if (rbac_rule_matches(&b->role->rules[i], q)) {
            *rule = (uint32_t)i;
            return true;
        }
    return false;
}

char *rbac_user_name(enum subject_kind kind, const char *ns, const char *name)
{
    assert(kind != SUBJECT_GROUP);
    return kind == SUBJECT_USER ? g_strdup(name) : g_strconcat(SA_USER, ns, ":", name, NULL);
}

bool rbac_user_is_sa(const char *user, char **ns, const char **name)
{
    const char *colon;

    if (!g_str_has_prefix(user, SA_USER))
        return false;
    user += strlen(SA_USER);
    colon = strchr(user, ':');
    if (!colon || colon == user || !colon[1] || strchr(colon + 1, ':'))
        return false;
    *ns = g_strndup(user, (size_t)(colon - user));
    *name = colon + 1;
    return true;
}

bool rbac_group_authenticates(const char *group)
{
    return strcmp(group, UNAUTHENTICATED) != 0 && strcmp(group, RBAC_AUTHENTICATED) != 0;
}

void rbac_groups_of(const char *user, struct rbac_groups *out)
{
    const char *name;
    char *ns;

    *out = (struct rbac_groups){0};
    if (strcmp(user, ANONYMOUS) == 0) {
        out->v[out->n++] = UNAUTHENTICATED;
        return;
    }
    if (rbac_user_is_sa(user, &ns, &name)) {
        out->made = g_strconcat(SA_GROUP ":", ns, NULL);
        out->v[out->n++] = out->made;
        out->v[out->n++] = SA_GROUP;
        g_free(ns);
    } else if (g_str_has_prefix(user, NODE_USER)) {
        out->v[out->n++] = "system:nodes";
    }
    out->v[out->n++] = RBAC_AUTHENTICATED;
}

void rbac_groups_done(struct rbac_groups *g)
{
    g_free(g->made);
}

/* Takes `key` over. */
static void index_subject(GHashTable *by, char *key, const struct fact_binding *b)
{
    GPtrArray *list = g_hash_table_lookup(by, key);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(by, g_strdup(key), list);
    }
    if (list->len == 0 || list->pdata[list->len - 1] != b) /* a subject may be listed twice */
        g_ptr_array_add(list, (gpointer)(uintptr_t)b);
    g_free(key);
}

/* By namespace; within one, in the order of the facts (they lie in one array). */
static int by_namespace(gconstpointer x, gconstpointer y)
{
    const struct fact_binding *a = *(const struct fact_binding *const *)x;
    const struct fact_binding *b = *(const struct fact_binding *const *)y;
    int order = strcmp(a->meta.ns, b->meta.ns);

    return order ? order : (a > b) - (a < b);
}

static void sort_all(GHashTable *by)
{
    GHashTableIter it;
    gpointer list;

    g_hash_table_iter_init(&it, by);
    while (g_hash_table_iter_next(&it, NULL, &list))
        g_ptr_array_sort(list, by_namespace);
}

static void free_list(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

/* The rule as text.  Names and the like hold no control characters that a server would take; where
 * a file holds some, equal text is still only that of lists that were written the same. */
static void spell(GString *out, const struct fact_rule *rule)
{
    const struct texts *lists[] = {&rule->verbs, &rule->groups, &rule->resources, &rule->names,
                                   &rule->urls};

    g_string_truncate(out, 0);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        g_string_append_printf(out, "%zu", lists[i]->n);
        for (size_t k = 0; k < lists[i]->n; k++) {
            g_string_append_printf(out, " %zu ", strlen(lists[i]->v[k]));
            g_string_append(out, lists[i]->v[k]);
        }
        g_string_append_c(out, '\n');
    }
}

static void classify(struct rbac *r, const struct facts *f)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t n = 0;

    r->roles = f->roles.v;
    r->nroles = f->roles.n;
    r->first = must_malloc(f->roles.n * sizeof(*r->first) + 1);
    r->example = g_ptr_array_new();
    for (size_t i = 0; i < f->roles.n; i++) {
        r->first[i] = n;
        n += f->roles.v[i].nrules;
    }
    r->classes = must_malloc(n * sizeof(*r->classes) + 1);
    for (size_t i = 0; i < f->roles.n; i++)
        for (size_t k = 0; k < f->roles.v[i].nrules; k++) {
            const struct fact_rule *rule = &f->roles.v[i].rules[k];
            gpointer class;

            spell(text, rule);
            if (!g_hash_table_lookup_extended(known, text->str, NULL, &class)) {
                class = GUINT_TO_POINTER(r->example->len);
                g_hash_table_insert(known, g_strndup(text->str, text->len), class);
                g_ptr_array_add(r->example, (gpointer)(uintptr_t)rule);
            }
            r->classes[r->first[i] + k] = GPOINTER_TO_UINT(class);
        }
}

uint32_t rbac_class(const struct rbac *r, const struct fact_role *role, size_t rule)
{
    size_t at = (size_t)(role - r->roles);

    assert(at < r->nroles && rule < role->nrules);
    return r->classes[r->first[at] + rule];
}

size_t rbac_classes(const struct rbac *r)
{
    return r->example->len;
}

const struct fact_rule *rbac_class_rule(const struct rbac *r, uint32_t class)
{
    return r->example->pdata[class];
}

struct rbac *rbac_new(const struct facts *f)
{
    struct rbac *r = must_calloc(1, sizeof(*r));

    classify(r, f);

    r->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_list);
    r->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_list);
    for (size_t i = 0; i < f->bindings.n; i++) {
        const struct fact_binding *b = &f->bindings.v[i];

        for (size_t j = 0; j < b->nsubjects; j++) {
            const struct fact_subject *s = &b->subjects[j];

            if (s->kind == SUBJECT_GROUP)
                index_subject(r->groups, g_strdup(s->name), b);
            else
                index_subject(r->users, rbac_user_name(s->kind, s->ns, s->name), b);
        }
    }
    sort_all(r->users);
    sort_all(r->groups);
    return r;
}

void rbac_free(struct rbac *r)
{
    if (!r)
        return;
    g_hash_table_destroy(r->users);
    g_hash_table_destroy(r->groups);
    g_ptr_array_free(r->example, TRUE);
    free(r->first);
    free(r->classes);
    free(r);
}

/* The first binding of the sorted list whose namespace is not before `ns`. */
static guint first_of(const GPtrArray *list, const char *ns)
{
    guint low = 0, high = list->len;

    while (low < high) {
        guint mid = low + (high - low) / 2;
        const struct fact_binding *b = list->pdata[mid];

        if (strcmp(b->meta.ns, ns) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool allowed_in(const GPtrArray *list, const char *ns, const struct rbac_request *q,
                       struct rbac_grant *grant)
{
    for (guint i = first_of(list, ns); i < list->len; i++) {
        const struct fact_binding *b = list->pdata[i];

        if (strcmp(b->meta.ns, ns) != 0)
            break;
        if (rbac_binding_allows(b, q, &grant->rule)) {
            grant->binding = b;
            return true;
        }
    }
    return false;
}

static bool allowed(GHashTable *by, const char *who, const struct rbac_request *q,
                    struct rbac_grant *grant)
{
    const GPtrArray *list = g_hash_table_lookup(by, who);

    return list &&
           (allowed_in(list, "", q, grant) || (*q->ns && allowed_in(list, q->ns, q, grant)));
}

static bool user_allowed(const struct rbac *r, const char *user, const struct rbac_request *q,
                         struct rbac_grant *grant)
{
    struct rbac_groups groups;
    bool yes = allowed(r->users, user, q, grant);

    rbac_groups_of(user, &groups);
    for (size_t i = 0; !yes && i < groups.n; i++)
        yes = allowed(r->groups, groups.v[i], q, grant);
    rbac_groups_done(&groups);
    return yes;
}

bool rbac_allows(const struct rbac *r, const struct rbac_subject *s, const struct rbac_request *q,
                 struct rbac_grant *grant)
{
    bool is_group = s->kind == SUBJECT_GROUP, yes;
    struct rbac_grant unused;

    grant = grant ? grant : &unused;
    *grant = (struct rbac_grant){0};
    if (is_group && strcmp(s->name, RBAC_MASTERS) == 0)
        return true;
    for (size_t i = 0; i < s->groups.n; i++)
        if (strcmp(s->groups.v[i], RBAC_MASTERS) == 0)
            return true;

    if (is_group) {
        yes = allowed(r->groups, s->name, q, grant);
    } else {
        char *user = rbac_user_name(s->kind, s->ns, s->name);

        yes = user_allowed(r, user, q, grant);
        g_free(user);
    }
    for (size_t i = 0; !yes && i < s->groups.n; i++)
        yes = allowed(r->groups, s->groups.v[i], q, grant);
    return yes;
}

void rbac_each_binding(const struct rbac *r, const struct fact_subject *s,
                       void (*add)(void *arg, const struct fact_binding *b), void *arg)
{
    const GPtrArray *list;

    if (s->kind == SUBJECT_GROUP) {
        list = g_hash_table_lookup(r->groups, s->name);
    } else {
        char *user = rbac_user_name(s->kind, s->ns, s->name);

        list = g_hash_table_lookup(r->users, user);
        g_free(user);
    }
    for (guint i = 0; list && i < list->len; i++)
        add(arg, list->pdata[i]);
}
