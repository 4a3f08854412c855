/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles and bindings, for both their namespaced and their cluster-wide kinds. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

#define RBACSPEC_KEEP_ROLE "rules[].*", "aggregationRule.*"
#define RBACSPEC_KEEP_BINDING "roleRef.*", "subjects[].*"

/* Adds a Role (namespaced) or ClusterRole; its rules stay as they are written.
 * Errors: INPUT with the JSON path. */
bool rbacspec_role(const struct jx *item, bool namespaced, struct facts *f, struct err *e)
    MUST_CHECK;

/* Adds a RoleBinding (namespaced) or ClusterRoleBinding.  A service account without namespace is
 * one of the binding's own.
 * Errors: INPUT with the JSON path, also for what the API server refuses: unknown kinds of subject
 * or role, a ClusterRoleBinding to a Role or to a service account without namespace. */
bool rbacspec_binding(const struct jx *item, bool namespaced, struct facts *f, struct err *e)
    MUST_CHECK;
