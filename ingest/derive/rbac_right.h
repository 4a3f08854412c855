/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bindings give a right that an edge rule looks for, and over what. */
#pragma once

#include "ingest/derive/rule.h"

/* One right over a namespaced resource. */
struct rbac_right {
    const char *verb, *group, *resource, *subresource;
    enum edge_class class; /* of using it on everything in scope */
    bool named;            /* the request can carry a name, so a rule with resourceNames gives it */
    enum edge_class named_class; /* of using it on the one object that the rule names */
    bool applied; /* `create`: a server-side apply of what is not there carries its name, so a rule
                     with resourceNames gives it if it gives `patch` as well */
};

/* Rights that one rule of a bound role gives, over everything in scope or over one object. */
struct rbac_right_hit {
    const struct fact_binding *binding;
    uint32_t set;                   /* the permission set's node */
    const struct rbac_right *right; /* the first of the caller's table that the rule gives */
    const char *name;               /* the object; NULL for everything in scope */
    enum edge_class class;
    struct evidence why[2]; /* the binding, then the rule of its role and what that allows; text
                               lives in the context's scratch arena */
};

typedef void rbac_right_fn(struct rule_ctx *c, const struct rbac_right_hit *hit, void *arg);

/* Calls `hit` for each rule of each binding that gives any of `n` rights (at most 32, easiest
 * first): once with name NULL, or once for each of the rule's resourceNames.  A hit's binding says
 * the scope: its namespace, or every namespace if it is cluster-wide.
 * Cost: different rules x rights, then bindings x rules, and one call a name. */
void rbac_right_each(struct rule_ctx *c, const struct rbac_right *rights, size_t n,
                     rbac_right_fn *hit, void *arg);

/* The rights of a table (at most 32) that a rule gives, as a set of their places: over everything
 * in scope, or (`by_name`) over the objects that it names. */
uint32_t rbac_right_given(const struct fact_rule *rule, const struct rbac_right *rights, size_t n,
                          bool by_name);

/* The widest that a rule gives: rights over everything in scope, else over what it names. */
struct rbac_given {
    uint32_t set; /* of rbac_right_given; 0: none */
    bool by_name;
};

/* That of each different rule, by rbac_class.  Returns: g_free it. */
struct rbac_given *rbac_right_table(const struct rbac *r, const struct rbac_right *rights,
                                    size_t n);

/* "ClusterRole edit allows create on deployments, jobs": a set of rights in words. */
const char *rbac_right_reason(struct arena *a, const struct fact_binding *b,
                              const struct rbac_right *rights, size_t n, uint32_t set,
                              bool by_name);

/* Evidence that names a binding, with field and reason left to the caller. */
struct evidence rbac_right_evidence(struct arena *a, const struct fact_binding *b);

/* Evidence that a rule of a binding's role gives something: the binding with its roleRef, then the
 * role with the rule.  The reason of the second is left to the caller.  b->role is not NULL. */
void rbac_right_evidence_rule(struct arena *a, const struct fact_binding *b, size_t rule,
                              struct evidence out[2]);

/* "ClusterRole view" or "Role shop/reader": what the binding refers to. */
const char *rbac_right_role(struct arena *a, const struct fact_binding *b);

/* The objects of a list of facts by name, across namespaces: what a name in a cluster-wide binding
 * reaches.  Only those whose name stands in the resourceNames of some rule, since nobody asks for
 * others.  Returns: name -> GPtrArray of const struct meta *; g_hash_table_destroy it. */
#define RBAC_RIGHT_BY_NAME(c, list)                                                                \
    rbac_right_by_name((c)->rbac, (list).v, (list).n, sizeof(*(list).v))
GHashTable *rbac_right_by_name(const struct rbac *r, const void *v, size_t n, size_t size);
