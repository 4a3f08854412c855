/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random roles and bindings over a small cluster, and walks in the graph that is derived from it:
 * for comparing edges with what the authorizer says. */
#pragma once

#include "ingest/derive/rbac.h"
#include "schema/rows.h"

/* Words that roles are made of. */
struct rbac_world_words {
    const char *const *verbs, *const *groups, *const *resources, *const *names;
    size_t nverbs, ngroups, nresources, nnames;
};

/* Who is asked about. */
struct rbac_world_identity {
    enum subject_kind kind;
    const char *ns, *name, *key; /* key of its node in cluster `c` */
};

enum { RBAC_WORLD_IDENTITIES = 9 };
extern const struct rbac_world_identity rbac_world_identities[RBAC_WORLD_IDENTITIES];

/* Namespaces a, b and empty with a few objects, roles r0 to r2 (ClusterRoles), a/r3 and b/r4 by
 * rand(), and bindings of most of them; indexed, everything read, server 1.36.  Roles and bindings
 * are written to `text` as JSON lines, for failures. */
struct facts *rbac_world_facts(struct arena *a, const struct rbac_world_words *w, GString *text);

/* Whether the authorizer allows it to one of the identities. */
bool rbac_world_may(const struct rbac *r, const struct rbac_world_identity *who,
                    struct rbac_request q);

/* Where a walk stands. */
struct rbac_world_walk {
    const struct part *p;
    bool *at; /* by node */
};

/* Stands on one node, or nowhere if there is none of that key. */
void rbac_world_start(struct rbac_world_walk *w, const char *key);

/* One step along edges of a kind that are not blocked; `stay`: and still stands where it stood. */
void rbac_world_step(struct rbac_world_walk *w, enum edge_kind kind, bool stay);

/* As far as edges of a kind lead, four at most. */
void rbac_world_follow(struct rbac_world_walk *w, enum edge_kind kind);

/* The node of that key; UINT32_MAX if there is none. */
uint32_t rbac_world_find(const struct part *p, const char *key);
