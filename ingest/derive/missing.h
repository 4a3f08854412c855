/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why an edge is not there: facts made ready to answer questions about pairs of nodes. */
#pragma once

#include "ingest/derive/rule.h"

struct missing;

/* Facts (indexed) with their nodes and compiled rights; no rule runs.  Borrows `f`, whose `ix` it
 * fills and in whose arena it works.  Cost: the asset stage of derive. */
struct missing *missing_new(struct facts *f);
void missing_free(struct missing *m);
DEFINE_AUTO(missing)

/* Why no edge of `kind` leads from one node to another, both by their keys: the kinds of the ends
 * first, then what the rules that draw it say, the one that comes nearest.  Where none knows more,
 * the kind's sentence, with `specific` false.  Text lives in `a`, in the facts or is static.
 * Errors: INPUT if a key is none. */
bool missing_ask(struct missing *m, const char *from, const char *to, enum edge_kind kind,
                 struct arena *a, struct rule_why *out, struct err *e) MUST_CHECK;

/* What can be said without the objects: that the kind does not join nodes of these kinds, else its
 * sentence with `specific` false. */
void missing_kind(enum edge_kind kind, enum node_kind from, enum node_kind to, struct arena *a,
                  struct rule_why *out);

/* Why the container of that key (that of a POD: any of it) speaks for no service account: the key
 * of its account goes to *to.
 * Returns: false if it is no container that is known, or its token could be read. */
bool missing_identity(struct missing *m, const char *container, struct arena *a, const char **to,
                      struct rule_why *out);
