/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights over pods that are there: by name to the pod, else to a hub of the namespace or cluster.
 *
 * Where pods differ in what the right is worth, a condition belongs to the pod and not to the
 * right: it stands on the edge from a hub of its own to the pod. */
#pragma once

#include "ingest/derive/rbac_right.h"

/* What the right is worth on one pod.
 * Returns: false if nothing; else *out, and *why unless that is yes. */
typedef bool podright_judge_fn(struct rule_ctx *c, const struct fact_pod *p, enum verdict *out,
                               struct evidence *why);

struct podright {
    enum edge_kind kind;
    const struct rbac_right *rights;
    size_t n;
    bool by_get;              /* `get` counts only where the gate EXEC_BY_GET holds */
    podright_judge_fn *judge; /* NULL: all running pods are alike */
    const char *set, *what; /* of the hub where they are not: "editable", "pods that can be ..." */
    const char *doubt;      /* NULL; else why every verdict is unknown at best */
    bool present;           /* where no pod is worth anything now, there is no edge either */
};

/* The hubs of one kind, for who finds the rights in another way.  `rights` may be NULL. */
struct podright_hubs;

/* Borrows both, which must outlive it. */
struct podright_hubs *podright_hubs_new(struct rule_ctx *c, const struct podright *kind);
void podright_hubs_free(struct podright_hubs *w);
DEFINE_AUTO(podright_hubs)

/* The hub of the pods of a namespace ("" the cluster) that the right is worth something on.
 * Returns: UINT32_MAX if there are none. */
uint32_t podright_hubs_of(struct podright_hubs *w, const char *ns);

/* Draws the edges of one kind.
 * Cost: that of rbac_right_each, and each pod judged twice. */
void podright_each(struct rule_ctx *c, const struct podright *kind);

/* For `missing` of a rule over pods, before its own conditions: a pod that has ended, or what the
 * permission set lacks; on servers that want `create` a near miss is `get`. */
bool podright_missing(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                      struct rule_why *out);

/* Whether `get` alone suffices on the cluster's server, for rights with by_get: *out is the verdict
 * then, *about a remark.  Returns: false if it does not. */
bool podright_get_suffices(const struct facts *f, enum verdict *out, const char **about);
