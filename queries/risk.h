/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Risk: how bad it is that an attacker holds a node.
 *
 * 1 - prod(1 - weight * p * decay^rank) over the crown jewels that it reaches, where rank counts
 * within one class of jewels from the most to the least dangerous.  Never a count of paths, and an
 * asset that several jewels stand for counts once, by the most dangerous of them.
 * Source: docs/queries.md#risk. */
#pragma once

#include "queries/blast.h"

struct risk_jewel {
    node_ix node;
    double p, weight, share; /* share: what it adds to the product, weight * p * decay^rank */
    uint32_t hops;
    struct path path;
};

struct risk {
    double score, lower,
        upper; /* 0..100; lower <= score <= upper; unknown edges half, out, whole */
    const struct risk_jewel *jewels; /* reached ones, one an asset, biggest share first */
    size_t count;
};

/* Risk of `start`; CLUSTER_ADMIN is terminal.  At most `max_paths` jewels get their path.
 * Errors and cost: three times blast_radius. */
bool risk_of(const struct graph *g, node_ix start, const struct filter *f, const struct budget *b,
             size_t max_paths, struct scratch *s, struct arena *a, struct risk *out, struct err *e)
    MUST_CHECK;
