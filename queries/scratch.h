/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that one thread keeps between queries. */
#pragma once

#include "queries/graph.h"

/* Epoch-stamped arrays that grow to the size of the graph once and are never cleared. */
struct scratch;
struct scratch *scratch_new(void);
void scratch_free(struct scratch *s);
DEFINE_AUTO(scratch)

/* A node in breadth-first order, as some queries leave it in the scratch. */
struct scratch_step {
    node_ix node, from; /* from: the node before it; of the start itself */
    edge_ix edge;       /* between them, by its forward number; of the start: 0 */
    uint32_t hops;
};
