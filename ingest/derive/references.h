/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets and ConfigMaps that pods refer to by name. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/kinds.h"

/* The node of the Secret or ConfigMap (`kind`) of that name; UINT32_MAX if there is none, or if it
 * is a ConfigMap that every namespace gets and that holds public certificates only. */
uint32_t references_find(const struct facts *f, enum node_kind kind, const char *ns,
                         const char *name);
