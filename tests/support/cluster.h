/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recorded cluster as a derived graph, and questions to it by node key. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/rows.h"

/* Facts from the LIST answers in a folder and the server's version, indexed.  Metadata-only
 * lists are left out, as a collector without rights over Secrets sees it.  Fails the test that
 * calls it if a file is not as expected. */
struct facts *cluster_load(const char *dir, struct arena *a);

/* The derived graph of one of the recorded clusters ("kubehound"); the cluster is called `c`.
 * Fails the test; call only if test_fixtures() is there. */
struct part cluster_derive(const char *name, struct arena *a);

/* The edge of that label between two keys ("pod/default/web", without "k8s:c/"; "internet" as it
 * is); NULL if there is none. */
const struct edge_row *cluster_edge(const struct part *p, const char *label, const char *from,
                                    const char *to);

/* How many edges there are of a label, with verdict yes, whose ends begin with these keys; "" for
 * any.  distinct_to counts targets instead of edges. */
size_t cluster_count(const struct part *p, const char *label, const char *from, const char *to);
size_t cluster_targets(const struct part *p, const char *label, const char *from, const char *to);

/* Whether a walk along edges of these labels (ended by NULL) with verdict yes leads from one key to
 * another; `from` itself counts. */
bool cluster_reaches(const struct part *p, const char *from, const char *to,
                     const char *const *labels);

/* The same as cluster_targets with hubs opened: their members count, not they. */
size_t cluster_flat(const struct part *p, const char *label, const char *from, const char *to);

/* Prints the edges of a label to the log, for failed comparisons. */
void cluster_show(const struct part *p, const char *label);
