/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which segments of the network may connect to which data stores. */
#pragma once

#include "ingest/derive/datastores.h"
#include "ingest/derive/netreach.h"

struct datareach;

/* Borrows all; answers live in `a`. */
struct datareach *datareach_new(const struct facts *f, const struct netreach *nr, struct arena *a);
void datareach_free(struct datareach *dr);
DEFINE_AUTO(datareach)

/* Whether a segment may connect to a port for clients of the store: the most open answer of its
 * containers, or of its addresses.  Where only a name is known every address may be behind it: if
 * some are open, or they are for some pods of the segment, the answer is SOME and not sure.  Each
 * pair is worked out once.
 * Cost: ports of the store; for a name, ranges of addresses, once for each class of pods. */
const struct netreach_answer *datareach_ask(struct datareach *dr, uint32_t segment,
                                            const struct datastore *s);

/* The same for one running pod, which has a segment. */
const struct netreach_answer *datareach_ask_pod(struct datareach *dr, const struct fact_pod *p,
                                                const struct datastore *s);
