/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the RBAC authorizer answers, over facts.  Source: docs/rbac.md; tested against recorded
 * answers of a real API server. */
#pragma once

#include "ingest/derive/facts.h"

/* One request as the authorizer sees it.  For a non-resource URL set `url` and leave the rest "".
 */
struct rbac_request {
    const char *verb, *group, *resource, *subresource; /* subresource "" for none */
    const char *ns;   /* "" for cluster-scoped resources and for all namespaces */
    const char *name; /* "" where the request carries no name */
    const char *url;  /* NULL unless it is a non-resource request */
};

struct rbac_subject {
    enum subject_kind kind; /* SERVICEACCOUNT or USER ask; GROUP asks as a member of it alone */
    const char *ns, *name;
    struct texts groups; /* beyond the implicit ones */
};

/* Where a yes comes from. */
struct rbac_grant {
    const struct fact_binding *binding;
    uint32_t rule; /* index into binding->role->rules */
};

struct rbac;

/* Compiles bindings and roles of indexed facts, which must outlive it. */
struct rbac *rbac_new(const struct facts *f);
void rbac_free(struct rbac *r);
DEFINE_AUTO(rbac)

/* Clusters hold few different rules, bound thousands of times: equal ones are of one class, a
 * number below rbac_classes.  `role` is one of the facts that were compiled. */
uint32_t rbac_class(const struct rbac *r, const struct fact_role *role, size_t rule);
size_t rbac_classes(const struct rbac *r);
const struct fact_rule *rbac_class_rule(const struct rbac *r, uint32_t class); /* one of them */

/* Whether one rule matches a request; the seven lines that everything rests on. */
bool rbac_rule_matches(const struct fact_rule *rule, const struct rbac_request *q);

/* Whether the rights of one binding (rules of its role, where it binds them) allow the request.
 * *rule is the index of the first rule that does. */
bool rbac_binding_allows(const struct fact_binding *b, const struct rbac_request *q,
                         uint32_t *rule);

/* Whether the subject's union of rights allows the request, with its implicit groups and
 * system:masters.  *grant (may be NULL) says by what; its binding is NULL for system:masters. */
bool rbac_allows(const struct rbac *r, const struct rbac_subject *s, const struct rbac_request *q,
                 struct rbac_grant *grant);

/* Which bindings name a subject: `add` is called once for each, cluster-wide ones first.  A service
 * account is also named by the user name that it has; groups are not followed. */
void rbac_each_binding(const struct rbac *r, const struct fact_subject *s,
                       void (*add)(void *arg, const struct fact_binding *b), void *arg);

/* Members of it pass every check before RBAC is asked. */
#define RBAC_MASTERS "system:masters"

/* Who has proved who he is. */
#define RBAC_AUTHENTICATED "system:authenticated"

/* Whether every member of a group is in RBAC_AUTHENTICATED as well, which is not that group. */
bool rbac_group_authenticates(const char *group);

/* The user name as the authorizer sees it: "system:serviceaccount:ns:name" of a service account.
 * `kind` is not GROUP.  Returns: g_free it. */
char *rbac_user_name(enum subject_kind kind, const char *ns, const char *name);

/* Whether a user name is that of a service account, and of which; *name points into `user`, g_free
 * *ns. */
bool rbac_user_is_sa(const char *user, char **ns, const char **name);

/* The groups that a user is in without any object saying so. */
struct rbac_groups {
    const char *v[3];
    size_t n;
    char *made; /* text that one of them needed */
};

/* Fills *out for a user name; release it with rbac_groups_done. */
void rbac_groups_of(const char *user, struct rbac_groups *out);
void rbac_groups_done(struct rbac_groups *g);
