/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why edges are true: lists of pieces, each a few words, that become JSON only where it is wanted.
 *
 * A large cluster has millions of edges, and what is said of them repeats.  So every text is kept
 * once, every list is the one before it with a piece behind, and an edge holds its number. */
#pragma once

#include "base/arena.h"
#include "base/jw.h"
#include "base/text.h"

struct evidence_table;

enum {
    EVIDENCE_NONE = 0, /* the empty list */
    EVIDENCE_MOST = 16 /* pieces of a list; more are counted, not kept */
};

#define EVIDENCE_UNSAID UINT32_MAX /* in a piece: it has no such member */

/* What one piece says, as references into evidence_texts; all but `object` may be UNSAID. */
struct evidence_piece {
    text_ref object, uid, rule, field, reason;
};

/* An empty table; it lives as long as `a`. */
struct evidence_table *evidence_new(struct arena *a);

/* Where its texts are; the owner of the table may keep other texts there as well. */
struct text *evidence_texts(struct evidence_table *t);

/* The list with a piece behind it; the same list if the piece is in it. */
uint32_t evidence_with(struct evidence_table *t, uint32_t list, const struct evidence_piece *piece);

/* A list that is JSON text already, `len` bytes of it; `evidence_with` does not take it. */
uint32_t evidence_json(struct evidence_table *t, const char *json, size_t len);

/* Nothing more will be added: gives back what only building needed. */
void evidence_seal(struct evidence_table *t);

/* A list as JSON array text: [{"object","uid","rule","field","reason"}], and {"more":2} at its end
 * if pieces were not kept.
 * Returns: borrowed until the next call with `buf`, or from the table. */
const char *evidence_text(const struct evidence_table *t, uint32_t list, struct jw *buf);

/* Memory held. */
size_t evidence_bytes(const struct evidence_table *t);
