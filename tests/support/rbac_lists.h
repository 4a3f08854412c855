/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles and bindings of recorded LIST answers as facts, read without any of our own parsers: the
 * matcher is then judged by itself. */
#pragma once

#include <jansson.h>

#include "ingest/derive/facts.h"

/* Fills roles and bindings of `f` from DIR/{roles,clusterroles,rolebindings,clusterrolebindings}
 * .json, with roleRefs resolved.  Fails the test that calls it if a file is not as expected. */
void rbac_lists_load(const char *dir, struct arena *a, struct facts *f);

/* A JSON array of strings, or NULL for none, in the arena. */
struct texts rbac_lists_texts(struct arena *a, const json_t *array);
void rbac_lists_role(struct arena *a, const json_t *item, struct fact_role *out);
void rbac_lists_binding(struct arena *a, const json_t *item, struct fact_binding *out);
