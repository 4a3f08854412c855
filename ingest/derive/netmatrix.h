/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who reaches which target, as bits: sources with equal rows are one segment, targets with equal
 * columns one set. */
#pragma once

#include "ingest/derive/netpol.h"
#include "ingest/derive/nettargets.h"

struct netmatrix;

/* What policies and doubts come to, for one end or both: the lower of two holds. */
enum netmatrix_state { NETMATRIX_CLOSED, NETMATRIX_UNSURE, NETMATRIX_OPEN };

/* What one end says to a connection with `other` that its policies leave open, or close. */
enum netmatrix_state netmatrix_end(const struct netpol *np, enum net_way way, uint32_t at,
                                   uint32_t other, bool open);

/* `sources` are the points that something sends from, each once.  Sets `set` of the targets that
 * are ports of pods and open to somebody.
 * Cost: sources x distinct ports x rules of a source x points / 64, and sources x targets. */
struct netmatrix *netmatrix_new(const struct netpol *np, struct nettargets *targets,
                                const GArray *sources);
void netmatrix_free(struct netmatrix *m);
DEFINE_AUTO(netmatrix)

/* The segment of a source; NETREACH_NONE if it is none. */
uint32_t netmatrix_segment(const struct netmatrix *m, uint32_t source);

/* How many there are, numbered from 0. */
size_t netmatrix_segments(const struct netmatrix *m);
size_t netmatrix_sets(const struct netmatrix *m);

/* Some source of a segment, some target of a set. */
uint32_t netmatrix_source(const struct netmatrix *m, uint32_t segment);
const struct nettarget *netmatrix_target(const struct netmatrix *m, uint32_t set);

/* What holds for all of a segment and all of a set. */
enum netmatrix_state netmatrix_at(const struct netmatrix *m, uint32_t segment, uint32_t set);
