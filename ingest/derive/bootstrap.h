/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bootstrap tokens: Secrets of kube-system whose bearers join nodes. */
#pragma once

#include "ingest/derive/rule.h"

#define BOOTSTRAP_TYPE "bootstrap.kubernetes.io/token"

/* Groups that the bearer of a token may be in and that have rights.  Each is told once.
 * Cost: subjects of bindings. */
void bootstrap_groups(struct rule_ctx *c,
                      void (*group)(struct rule_ctx *c, uint32_t node, void *arg), void *arg);

/* Whether something says that the API server takes such tokens: kubeadm turns them on. */
bool bootstrap_is_on(const struct facts *f);

/* Whether the Secret is such a token, as far as is known: by its type, or by its name where no type
 * was read. */
bool bootstrap_is_token(const struct fact_secret *s);
