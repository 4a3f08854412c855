/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many selectors, found by a label that they need: asking each of them about each object is what
 * makes large clusters slow. */
#pragma once

#include "ingest/derive/facts.h"

struct selindex;

/* Without selectors. */
struct selindex *selindex_new(void);
void selindex_free(struct selindex *ix);
DEFINE_AUTO(selindex)

/* Adds a selector under a number; the selector must outlive the index. */
void selindex_add(struct selindex *ix, const struct fact_selector *s, uint32_t id);

/* Calls `fn` with the number of every selector that may take an object with these labels, and of
 * some that do not: the caller asks selector_matches.  A number may come twice.
 * Cost: labels, and the selectors that need one of them or none. */
void selindex_each(const struct selindex *ix, const struct label *labels, size_t n,
                   void (*fn)(void *arg, uint32_t id), void *arg);
