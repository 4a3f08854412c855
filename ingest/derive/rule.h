/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of edge rules, and what a rule file sees.
 *
 * A rule is a pure function from facts to edges: no I/O, no clock, no order between rules but that
 * the asset stage (assets.h) has made the nodes of all objects first. */
#pragma once

#include "ingest/derive/assets.h"
#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"
#include "ingest/derive/hubs.h"
#include "ingest/derive/rbac.h"

struct rule_ctx {
    const struct facts *f;
    const struct rbac *rbac; /* compiled permission sets */
    const struct assets *as; /* hubs and permission set nodes */
    struct hubs *hubs;       /* those made on demand */
    struct draft *d;
    struct arena *scratch; /* for keys and evidence text; lives until the rule is through */
};

struct rule {
    const char *name;         /* of the row and file */
    unsigned version;         /* raised when the meaning changes */
    enum edge_kind kinds[16]; /* that it draws, ended by 0 */
    void (*derive)(struct rule_ctx *c);
};

/* All rules, ended by NULL, in the order of rules.def. */
extern const struct rule *const rules[];

/* The rule of that name; NULL if there is none. */
const struct rule *rule_find(const char *name);

/* Facts (indexed) to a part: nodes and edges of the cluster.  Fills `ix` of the facts.  `only`
 * names one rule, or is NULL for all of them.  Rows live in `a` and need the facts no longer.
 * Errors: MISSING if `only` is no rule. */
bool rule_derive(struct facts *f, const char *only, struct arena *a, struct part *out,
                 struct err *e) MUST_CHECK;
