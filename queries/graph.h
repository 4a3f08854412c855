/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot: all current generations joined in one immutable graph.
 *
 * CSR forward and reverse, 32-bit ids, one byte kind, one byte class+verdict; node attributes in
 * columns, text in one arena.  Read-only after graph_new, so any thread may read it without a lock.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "schema/rows.h"

typedef uint32_t node_ix; /* of a node of one snapshot; leaves the process only as a key */
typedef uint32_t edge_ix; /* of an edge, in forward order */

#define NODE_NONE UINT32_MAX

struct graph;

/* Probability of success of each class and how much an unknown edge counts; NULL takes defaults. */
struct graph_odds {
    double class_p[CLASS_COUNT]; /* 0 < p <= 1; structural is 1 */
    double unknown_factor;       /* 0.5 */
};

/* Joins parts (nodes with the same key become one: the first non-empty attribute wins), copying
 * what it needs.  Renumbers nodes for locality. Errors: INPUT if an edge points outside its part, a
 * row is malformed or odds are not in 1e-6..1; LIMIT beyond 2^31 edges, 2^30 nodes or 16 GiB of
 * text. Cost: O(nodes log(nodes) + edges). */
struct graph *graph_new(const struct part *parts, size_t nparts, const struct graph_odds *odds,
                        struct err *e) MUST_CHECK;
struct graph *graph_ref(struct graph *g);
void graph_free(struct graph *g); /* drops one reference */
DEFINE_AUTO(graph)

/* Every invariant of the structure.  Errors: BUG naming the one that is broken. */
bool graph_check(const struct graph *g, struct err *e) MUST_CHECK;

/* How many nodes and edges (blocked ones too) it has. */
size_t graph_nodes(const struct graph *g);
size_t graph_edges(const struct graph *g);
size_t graph_bytes(const struct graph *g); /* memory held */

/* What the memory is for: walking both ways, the reference to each edge's evidence, the columns and
 * indexes of nodes, all text. */
struct graph_size {
    size_t walk, evidence, columns, text;
};
struct graph_size graph_size(const struct graph *g);

const char *graph_id(const struct graph *g); /* stable text over its parts' generations: the ETag */

/* The parts it was made of, without rows. */
struct graph_part {
    const char *cluster, *source, *coverage; /* coverage: JSON text */
    uint32_t generation;
    usec taken_at;
    size_t nodes, edges;
};
const struct graph_part *graph_parts(const struct graph *g, size_t *n);

/* A node's attributes; text borrowed from `g`. */
struct graph_node {
    const char *key, *ns, *name, *uid, *labels, *props, *cluster;
    enum node_kind kind;
    enum jewel jewel;
    double weight;
};
struct graph_node graph_node(const struct graph *g, node_ix n);
enum node_kind graph_kind(const struct graph *g, node_ix n);

/* The i-th node in the byte order of keys: for lists that are paged by key. */
node_ix graph_by_key(const struct graph *g, size_t i);

/* By exact key.  NODE_NONE if there is none. */
node_ix graph_find(const struct graph *g, const char *key);

/* By uid: a whole one, or if that is none's, at least 12 lower-case hex digits that a container id
 * begins with.  Fills at most `max` matches and returns how many there are. */
size_t graph_find_uid(const struct graph *g, const char *uid, node_ix *out, size_t max);

/* What a person types: a key, "namespace/pod", "kind/name", "namespace/kind/name" or a name that
 * only one node has.
 * Errors: MISSING with up to three near matches in the text; CONFLICT if several match, naming
 * some. */
bool graph_resolve(const struct graph *g, const char *text, node_ix *out, struct err *e) MUST_CHECK;

/* One edge. */
struct graph_edge {
    node_ix src, dst;
    enum edge_kind kind;
    enum edge_class class;
    enum verdict verdict;
    double p;             /* of success, with an unknown edge's factor; 0 if blocked */
    const char *evidence; /* JSON array text */
};
struct graph_edge graph_edge(const struct graph *g, edge_ix e);

/* The edges out of (into) a node: how many, and the i-th.  Structural ones first, both halves by
 * other end and kind; the order depends on what the graph holds, never on the order of its rows. */
size_t graph_out_count(const struct graph *g, node_ix n);
size_t graph_in_count(const struct graph *g, node_ix n);
edge_ix graph_out(const struct graph *g, node_ix n, size_t i);
edge_ix graph_in(const struct graph *g, node_ix n, size_t i);

/* All jewels, by falling weight, then node. */
const node_ix *graph_jewels(const struct graph *g, size_t *n);
