/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that need several rights at once: what an identity holds in the union of its bindings.
 *
 * "create certificatesigningrequests and update their approval" may come from two roles, one bound
 * to the service account and one to a group that it is in.  Such a step is one edge from the
 * identity, with evidence for every part. */
#pragma once

#include "ingest/derive/rbac_right.h"

/* One thing that is needed: any of these rights serves. */
struct rbac_part {
    const struct rbac_right *rights; /* easiest first */
    size_t n;                        /* at most 32 */
    bool cluster; /* its requests carry no namespace: a RoleBinding does not give it */
};

/* How an identity has a part. */
struct rbac_held {
    bool all;                       /* over everything in scope, not only over `names` */
    struct texts names;             /* over these objects; empty if `all` */
    const struct rbac_right *right; /* the easiest right that it has it by */
    enum edge_class class;
};

/* An identity that has all parts: throughout the cluster, or inside one namespace. */
struct rbac_union_hit {
    const struct fact_subject *subject; /* of the first binding that names it */
    uint32_t identity;                  /* its node */
    const char *ns;                     /* "" throughout the cluster */
    const struct rbac_held *parts;      /* in the order of the caller's */
    enum edge_class class;              /* the hardest of them */
    const struct evidence *why;         /* one or two for each contributing rule */
    size_t nwhy;
};

typedef void rbac_union_fn(struct rule_ctx *c, const struct rbac_union_hit *hit, void *arg);

enum { RBAC_UNION_PARTS = 8 };

/* Calls `hit` for each identity that bindings name and that has all parts by its own bindings and
 * those of its implicit groups; not where its groups alone give it as much, since then the edge
 * from the group says so.  A hit in a namespace is told only if that namespace adds something to
 * what holds throughout the cluster.
 * A group stands for any of its members.  Memory of a hit lives until the call returns, its text in
 * the context's scratch arena.
 * Cost: bindings x rules x rights, then identities x their bindings that give anything. */
void rbac_union_each(struct rule_ctx *c, const struct rbac_part *parts, size_t n,
                     rbac_union_fn *hit, void *arg);

/* The bindings of the groups that a subject is in without any object saying so (rbac_each_binding
 * tells its own); of a group, those of the groups that its members share. */
void rbac_union_groups(const struct rule_ctx *c, const struct fact_subject *who,
                       void (*add)(void *arg, const struct fact_binding *b), void *arg);
