/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What identities may bind themselves to: roles that no binding gives them yet.
 *
 * A role that somebody could bind gets a binding in the facts that does not exist (`could_be`), so
 * that every rule about rights draws what it would grant, by itself.  Source:
 * docs/edges/ROLE_BIND.md. */
#pragma once

#include "ingest/derive/rule.h"

enum bindable_what {
    BINDABLE_ANY,         /* any ClusterRole */
    BINDABLE_CLUSTERROLE, /* the ClusterRole `name` */
    BINDABLE_ROLES,       /* any Role */
    BINDABLE_ROLE,        /* the Roles called `name` */
    BINDABLE_EXISTING,    /* one binding that exists, `existing`: its subjects can be changed */
    BINDABLE_ALL_EXISTING /* every binding that exists, of kind `form` */
};

/* The bindings that can be written. */
enum bindable_form {
    BINDABLE_CRB,             /* ClusterRoleBindings */
    BINDABLE_RB_CLUSTERROLES, /* RoleBindings to ClusterRoles */
    BINDABLE_RB_ROLES         /* RoleBindings to Roles */
};

struct bindable_hit {
    uint32_t identity; /* its node */
    enum bindable_what what;
    enum bindable_form form;
    const char *ns;                      /* of the binding; "" for any, and for BINDABLE_CRB */
    const char *name;                    /* of the role, or NULL */
    const struct fact_binding *existing; /* BINDABLE_EXISTING */
    enum edge_class class;
    const struct evidence *why; /* until the call returns */
    size_t nwhy;
};

typedef void bindable_fn(struct rule_ctx *c, const struct bindable_hit *hit, void *arg);

/* Calls `hit` for everything that an identity may bind itself to, the widest first; what a wider
 * one of the same identity includes is left out.
 * Cost: six searches of rbac_union_each. */
void bindable_each(struct rule_ctx *c, bindable_fn *hit, void *arg);

/* Whether a binding that exists is one of form `form` in `ns` ("" any). */
bool bindable_is(const struct fact_binding *b, enum bindable_form form, const char *ns);

/* Takes what an earlier derivation added out of the facts. */
void bindable_drop(struct facts *f);

/* Adds the bindings that could be to the facts, and their permission sets.
 * Returns: whether there are any; then bindings have moved, and an index of them is stale. */
bool bindable_add(struct facts *f, struct rule_ctx *c, struct assets *as);

/* The ways to bind, as what an identity needs for them; of kind ROLE_BIND. */
enum { BINDABLE_WAYS = 6 };
extern const struct rule_wants bindable_wants[BINDABLE_WAYS];
