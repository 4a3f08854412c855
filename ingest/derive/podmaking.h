/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rights that make pods, and identities that hold one of them together with something else. */
#pragma once

#include "ingest/derive/rbac_union.h"

/* A kind of workload whose template can be changed, and the rights that do. */
struct podmaking_kind {
    const char *kind; /* "Deployment" */
    struct rbac_right edit[2];
};

extern const struct podmaking_kind podmaking_kinds[];
enum { PODMAKING_KINDS = 6 };

/* Creating pods, or what a controller turns into pods. */
extern const struct rbac_right podmaking_creates[];
enum { PODMAKING_CREATES = 8 };

struct podmaking_hit {
    const struct rbac_union_hit *u;     /* its last part is making pods */
    const struct podmaking_kind *edits; /* what it changes; NULL: it creates */
    const struct rbac_held *making;     /* the last part */
    GHashTable *spaces;                 /* of `edits`: namespaces that have such a workload */
};

typedef void podmaking_fn(struct rule_ctx *c, const struct podmaking_hit *h, void *arg);

/* Calls `hit` for each identity that has all `n` parts (at most RBAC_UNION_PARTS - 1) and makes
 * pods, in the scopes of rbac_union_each: once where it creates, else once for each kind of
 * workload that it changes.
 * Cost: seven times that of rbac_union_each. */
void podmaking_each(struct rule_ctx *c, const struct rbac_part *parts, size_t n, podmaking_fn *hit,
                    void *arg);

/* The namespaces that may be in the scope of a hit: those of facts.namespaces from the returned one
 * up to *end. */
size_t podmaking_scope(struct rule_ctx *c, const struct podmaking_hit *h, size_t *end);

/* Whether the hit makes pods in a namespace: the scope takes it, it is not going away, and there is
 * something to change if it only changes. */
bool podmaking_in(struct rule_ctx *c, const struct podmaking_hit *h,
                  const struct fact_namespace *ns);
