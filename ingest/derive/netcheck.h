/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would be with more policies: asked of the engine itself, on a copy of the facts. */
#pragma once

#include "ingest/derive/netend.h"
#include "ingest/derive/netwhy.h"

/* The facts with policies added; the lists but that of the policies are shared.  The copy is valid
 * as long as `f` and `a`, and must not be freed. */
struct facts *netcheck_with(const struct facts *f, const struct fact_netpol *policies, size_t n,
                            struct arena *a);

/* What a cut promises. */
struct netcheck_wish {
    const struct netend *from, *to;  /* of the end of pods, all pods that it is to be about */
    const struct netwhy_port *ports; /* those to be closed; none: all */
    size_t nports;
    const struct fact_cidr *ours; /* blocks that hold pods' addresses only: nobody else is there */
    size_t nours;
};

/* Whether with the policies nothing of `from` reaches those ports of `to`, and every other pair of
 * points has the connections that it has now; both where address blocks hold for pods and where
 * they do not.  Pairs of which no end is selected by a new policy are as they were.
 * Errors: SEMANTIC naming the first pair for which it is not so.
 * Cost: points that the policies select, times points. */
bool netcheck_cut(const struct facts *f, const struct fact_netpol *policies, size_t n,
                  const struct netcheck_wish *wish, struct err *e) MUST_CHECK;
