/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses of both families, cut at the borders of address blocks: every address is in one
 * range. */
#pragma once

#include "ingest/derive/netclass.h"

struct netranges;

/* Nothing is cut: one range a family. */
struct netranges *netranges_new(void);
void netranges_free(struct netranges *nr);
DEFINE_AUTO(netranges)

/* Cuts around some blocks; before netranges_done. */
void netranges_cut(struct netranges *nr, const struct fact_cidr *v, size_t n);

/* After the last cut: ranges may be asked for. */
void netranges_done(struct netranges *nr);

/* All ranges in order, IPv4 first; `point` is NETCLASS_NONE until the caller sets it. */
struct netclass_range *netranges_all(const struct netranges *nr, size_t *n);

/* The first and the last range of a block that was cut.  Cost: the logarithm of all ranges. */
void netranges_span(const struct netranges *nr, const struct fact_cidr *c, size_t *first,
                    size_t *last);

/* The block of one address; false if the text is none. */
bool netranges_one(const char *text, struct fact_cidr *out);

/* The range of an address as text; false if that is none. */
bool netranges_find(const struct netranges *nr, const char *text, size_t *range);
