/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persistent volumes that are a path of a node. */
#pragma once

#include "ingest/derive/facts.h"

/* The path, normalised, in `a`; NULL if the volume is none (hostPath or local), or none of Linux.
 */
const char *hostpv_path(struct arena *a, const struct fact_pv *pv);

/* Whether that path gives anything of a node to who mounts it writable, on some node. */
bool hostpv_dangerous(struct arena *a, const struct fact_pv *pv);

/* Whether the volume can be used on the node; *more (may be NULL) says that requirements were left
 * out that we do not read. */
bool hostpv_on(const struct fact_pv *pv, const struct fact_node *n, bool *more);
