/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which segments of the network may connect to which data stores. */
#pragma once

#include "ingest/derive/datastores.h"
#include "ingest/derive/netreach.h"

struct datareach;

/* Borrows both; answers live in `a`. */
struct datareach *datareach_new(const struct netreach *nr, struct arena *a);
void datareach_free(struct datareach *dr);
DEFINE_AUTO(datareach)

/* Whether a segment may connect to a port for clients of the store: the most open answer of its
 * containers, or of its addresses.  Where only a name is known, every address is asked about, and
 * if some are open the answer is not sure.  Each pair is worked out once.
 * Cost: ports of the store; for a name, ranges of addresses, once for each segment. */
const struct netreach_answer *datareach_ask(struct datareach *dr, uint32_t segment,
                                            const struct datastore *s);
