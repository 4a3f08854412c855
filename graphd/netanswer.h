/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON shapes of the routes about the network.  Their contract is docs/openapi.yaml. */
#pragma once

#include "graphd/netpath.h"
#include "ingest/derive/netcut.h"

/* "name": {"asked", "key", "kind", "pods", "examples", "ports"} */
void netanswer_end(struct jw *w, const char *name, const struct netask *q,
                   const struct netask_end *end);

/* "ranges": [{"protocol", "from", "to"}] of a set of ports. */
void netanswer_ranges(struct jw *w, const struct netports *np, const uint64_t *set);

/* "ingress" or "egress": who decides that direction. */
void netanswer_way(struct jw *w, enum net_way way, const struct netwhy_way *v);

/* "would_change": [...] */
void netanswer_changes(struct jw *w, const struct netask_verdict *v, struct arena *a);

/* "manifests": [...] and "yaml" of policies. */
void netanswer_manifests(struct jw *w, const struct fact_netpol *v, size_t n);

/* "examples": [...] of pods, at most a few. */
void netanswer_examples(struct jw *w, const char *name, const struct facts *f, const uint32_t *pods,
                        size_t n);

/* "cut": {...}, or null without one asked for. */
void netanswer_cut(struct jw *w, const struct facts *f, const struct netcut *c);

/* "path": {...}; null if `p` is. */
void netanswer_path(struct jw *w, const struct netask *q, const struct netpath *p);
