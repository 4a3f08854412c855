/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Node authorizer lets a kubelet have because of one pod on its node. */
#pragma once

#include "ingest/derive/rule.h"

/* One thing that is given: the graph's node of it, and why. */
struct nodeauth_grant {
    uint32_t to;
    enum verdict verdict;
    struct evidence why; /* text lives in the context's scratch arena */
};

typedef void nodeauth_fn(struct rule_ctx *c, const struct nodeauth_grant *g, void *arg);

/* Whether the pod counts: it has a node, and is no static one, whose mirror grants nothing.  One
 * that has ended counts until it is deleted. */
bool nodeauth_counts(const struct fact_pod *p);

/* The machine whose kubelet that is, as far as there is one: no Fargate and the like; UINT32_MAX.
 */
uint32_t nodeauth_node(const struct facts *f, const struct fact_pod *p);

/* Tokens of the pod's service account: the account itself, and its minting where the server grants
 * audiences of others. */
void nodeauth_tokens(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant, void *arg);

/* Secrets and ConfigMaps that the pod refers to and that are known, once for each reference;
 * without the certificates of the cluster's authority, which every pod mounts. */
void nodeauth_secrets(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant, void *arg);
void nodeauth_configmaps(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant,
                         void *arg);

/* Why the kubelet called `node` (or `machine`: who holds it) has nothing of `to` by a pod of its
 * own. Returns: false if it does have it. */
bool nodeauth_missing(struct rule_ctx *c, const char *node, bool machine, const struct rule_end *to,
                      struct rule_why *out);
