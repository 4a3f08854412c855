/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph while rules draw it: nodes by key, edges unique by (source, target, kind). */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/rows.h"

struct draft;

/* An empty graph of one cluster; rows live in `a`. */
struct draft *draft_new(struct arena *a, const char *cluster);
void draft_free(struct draft *d);
DEFINE_AUTO(draft)

/* The node of that identity, made if it is not there (then with empty uid, labels and props).
 * Returns: its index, stable. */
uint32_t draft_node(struct draft *d, enum node_kind kind, const char *ns, const char *name);
uint32_t draft_node_sub(struct draft *d, enum node_kind kind, const char *ns, const char *name,
                        const char *sub);

/* Whether a node of that identity exists already; UINT32_MAX if not. */
uint32_t draft_find(const struct draft *d, enum node_kind kind, const char *ns, const char *name);

/* Sets columns of a node; all text is copied.  An array of labels must not change while there is a
 * draft: the same one again is the same text. */
void draft_set_uid(struct draft *d, uint32_t node, const char *uid);
void draft_set_name(struct draft *d, uint32_t node, const char *name);
void draft_set_labels(struct draft *d, uint32_t node, const struct label *labels, size_t n);
void draft_set_props(struct draft *d, uint32_t node, const char *json);

/* Marks a crown jewel; the higher weight wins, but CUSTOMER wins over all others whatever its
 * weight (0 says: no jewel). */
void draft_set_jewel(struct draft *d, uint32_t node, enum jewel jewel, double weight);

/* Names the rule that draws from now on; it is part of the evidence.  NULL: none. */
void draft_set_rule(struct draft *d, const char *name, unsigned version);

/* Text for evidence about objects of which many edges speak, made once: room for all of it, then
 * one at a time.  `uid` is borrowed as long as there is a draft. */
void draft_objects_room(struct draft *d, size_t objects, size_t text_bytes);
void draft_object_add(struct draft *d, uint32_t node, const char *text, const char *uid);

/* That text of a node, in the draft's memory; NULL if it has none.  As `object` of evidence it is
 * known by its address, so it is neither printed nor looked up again. */
const char *draft_object(const struct draft *d, uint32_t node);

/* Why an edge is true.  Only `object` must be set; all text is copied. */
struct evidence {
    const char *object; /* "RoleBinding shop/deployers" */
    const char *uid;    /* NULL or "" if unknown */
    const char *field;  /* "rules[2]", "spec.containers[0].securityContext.privileged"; or NULL */
    const char *reason; /* a sentence without full stop: what it means here; or NULL */
};

enum { DRAFT_MAX_EVIDENCE = EVIDENCE_MOST }; /* of one edge; more are counted, not kept */

/* Draws an edge, from a node to another; a self loop is ignored.  Drawing the same (source, target,
 * kind) again keeps the stronger verdict (yes, unknown, blocked), then the easier class, with the
 * evidence of that one; equal ones add their evidence.
 * The kinds of the ends must be those of kinds.def (asserted). */
void draft_edge(struct draft *d, uint32_t src, uint32_t dst, enum edge_kind kind,
                enum edge_class class, enum verdict verdict, const struct evidence *ev, size_t nev);

/* The common case: class of the kind, verdict yes, one piece of evidence. */
void draft_edge_yes(struct draft *d, uint32_t src, uint32_t dst, enum edge_kind kind,
                    const struct evidence *ev);

/* Figures and rows so far. */
size_t draft_nodes(const struct draft *d);
size_t draft_edges(const struct draft *d);
enum node_kind draft_kind(const struct draft *d, uint32_t node);

/* Sorts nodes by key and edges by (src, dst, kind) and writes them into *out (cluster, nodes,
 * edges); the draft is spent.  Same facts, same bytes. */
void draft_finish(struct draft *d, struct part *out);
