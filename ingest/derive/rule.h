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
    const struct rbac *rbac;   /* compiled permission sets */
    const struct assets *as;   /* hubs and permission set nodes */
    struct hubs *hubs;         /* those made on demand */
    struct porthubs *porthubs; /* of porthubs.h; NULL until somebody asks */
    struct draft *d;
    struct arena *scratch; /* for keys and evidence text; lives until the rule is through */
};

/* "Pod shop/web", as evidence names a pod: made once a pod, not for every edge. */
const char *rule_pod(const struct rule_ctx *c, const struct fact_pod *p);

/* One end of an edge that is asked about: what its key says, and what the facts know of it (NULL
 * where it is no such thing, or not known). */
struct rule_end {
    enum node_kind kind;
    const char *ns, *name, *sub; /* "" where there is none */
    const struct fact_pod *pod;  /* of a POD, CONTAINER, VOLUME or ENDPOINT */
    const struct fact_container *container;
    const struct fact_volume *volume;
    const struct fact_node *node;
    const struct fact_binding *binding;   /* of a PERMISSION_SET */
    const struct fact_serviceaccount *sa; /* of a SERVICEACCOUNT or SA_MINT */
    const struct fact_secret *secret;
    const struct fact_namespace *ns_fact; /* that `ns` names; of a NAMESPACE, itself */
};

/* Why is there no edge of this kind between these two? */
struct rule_question {
    enum edge_kind kind;
    struct rule_end from, to;
};

/* The first precondition that fails. */
struct rule_why {
    struct evidence ev; /* reason is never NULL */
    unsigned near;      /* how far the pair came: greater is nearer to an edge */
    bool specific;      /* false: `ev` is only what the kind wants in general */
};

struct rbac_right;
struct rbac_part;

/* Rights that an edge kind asks of its source: either `rights` (a permission set has one of them)
 * or `parts` (an identity has all of them, by whatever bindings). */
struct rule_wants {
    enum edge_kind kind;
    node_kinds to; /* targets that the row is about; 0: any */
    const struct rbac_right *rights;
    size_t n;
    const struct rbac_part *parts;
    size_t nparts;
    bool cluster; /* the requests carry no namespace: a RoleBinding does not give the rights */
    bool other;   /* what the requests name is not the target, so any name serves */
};

struct rule {
    const char *name;         /* of the row and file */
    unsigned version;         /* raised when the meaning changes */
    enum edge_kind kinds[16]; /* that it draws, ended by 0 */
    void (*derive)(struct rule_ctx *c);
    /* Names the first precondition of the rule that fails for a pair without such an edge, whose
     * ends have kinds that it joins.  Draws nothing; text lives in c->scratch.  It never denies
     * what `derive` draws: tests ask about every edge.  NULL if `wants` says it all, or nothing
     * more is known than the kind's sentence. Returns: false if it cannot say; then `wants` is
     * looked at. */
    bool (*missing)(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out);
    const struct rule_wants *wants; /* NULL: none; several rows of a kind are alternatives */
    size_t nwants;
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
