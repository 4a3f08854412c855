/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON shapes that several routes share.  Their contract is docs/openapi.yaml. */
#pragma once

#include "graphd/http.h"
#include "graphd/query_args.h"
#include "queries/reach.h"
#include "queries/risk.h"

/* "name": {"key", "kind", "name", "namespace", "cluster"} */
void answer_node(struct jw *w, const char *name, const struct graph *g, node_ix n);

/* The members of a node in a list, inside an object that is open: key, kind, cluster, namespace,
 * name, owner and data_class if users said so, and jewel with criticality if it is one. */
void answer_node_members(struct jw *w, const struct graph *g, node_ix n);

/* Who answers for a node, as users said, in `a`; NULL if nobody said. */
const char *answer_owner(const struct graph *g, node_ix n, struct arena *a);

/* "snapshot": {"id", "taken_at", "age_seconds"}; taken_at is the oldest of its parts. */
void answer_snapshot(struct jw *w, const struct graph *g);

/* "coverage": {"complete", "missing": [{"cluster", "what", "why"}]}, joined from all parts; `g` may
 * be NULL.  The text is for answers that hold it many times. */
void answer_coverage(struct jw *w, const struct graph *g);
const char *answer_coverage_text(struct arena *a, const struct graph *g);

/* One loaded cluster, as an object. */
void answer_part(struct jw *w, const struct graph_part *p);

/* "name": [...], the real steps of a path.  Structural edges and hubs are folded into the step that
 * goes through them: `edge` is the attack, `edges` all that the step is made of, `via` the nodes
 * between; its probability is the product and its evidence all of theirs. */
void answer_path(struct jw *w, const char *name, const struct graph *g, const struct path *p);

/* One edge with both ends, as an object; or its members inside an object that is open. */
void answer_edge(struct jw *w, const struct graph *g, edge_ix e);
void answer_edge_members(struct jw *w, const struct graph *g, edge_ix e);

/* "risk": {"score", "lower", "upper"} */
void answer_risk(struct jw *w, const struct risk *r);

/* "crown_jewels": [...], the first `max` of them. */
void answer_jewels(struct jw *w, const struct graph *g, const struct risk *r, size_t max);

/* "by_kind": {...}; kinds that are not there are left out. */
void answer_by_kind(struct jw *w, const size_t counts[NODE_KIND_LIMIT]);

/* "counts": {"total", "by_kind", "by_plane"} of all hits. */
void answer_counts(struct jw *w, const struct blast *b);

/* One page of the hits: "nodes", "next", "complete" (false: the filter's limits cut the walk) and
 * "truncated" (there is more than the pages so far show).
 * Errors: INPUT for a cursor beyond the end. */
bool answer_hits(struct jw *w, const struct graph *g, const struct blast *b,
                 const struct query_page *page, struct arena *a, struct err *e) MUST_CHECK;

/* The members "reachable", "probability", "hops" and "path", inside an object that is open. */
void answer_reach(struct jw *w, const struct graph *g, const struct reach *r);

/* "mitre": [...] from a comma-separated list. */
void answer_mitre(struct jw *w, const char *list);

/* The ETag of everything that depends on the snapshot only: quoted, in the request's arena. */
const char *answer_etag(struct http_req *req, const struct graph *g);

/* A time as a member; null if it is 0. */
void answer_time(struct jw *w, const char *name, usec t);
