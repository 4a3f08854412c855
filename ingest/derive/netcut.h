/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A NetworkPolicy that closes one connection and leaves all others as they are.
 *
 * Policies of namespaces only add up: one more can close something only where no other selects the
 * pod yet.  So the cut isolates the destination if nothing isolates it, else the source; where both
 * are selected already it is the rule that opens which must change, and there is no cut. */
#pragma once

#include "ingest/derive/netend.h"
#include "ingest/derive/netwhy.h"

#define NETCUT_PREFIX "graphd-cut-"

/* What to close. */
struct netcut_wish {
    const struct netend *from, *to;  /* one at least is of pods */
    const char *from_name, *to_name; /* for the policy's name: "web", "internet" */
    const struct netwhy_port *ports; /* only these; none: all */
    size_t nports;
};

struct netcut {
    const struct fact_netpol *policies; /* of the source: one a namespace */
    size_t n;                           /* 0: there is none */
    const char *why_not;                /* in words, if there is none */
    enum net_way way;                   /* that it isolates */
    const uint32_t *pods;               /* which it selects, of all workloads that were named */
    size_t npods;
    const char *const *notes; /* what else to know */
    size_t nnotes;
};

/* Makes the policies and has netcheck.h check them: what fails is not given out.  Facts are as they
 * are in `np`; everything in `a`.
 * Cost: four compiled engines, and that of the check. */
void netcut_make(const struct facts *f, const struct netpol *np, const struct netcut_wish *wish,
                 struct arena *a, struct netcut *out);
