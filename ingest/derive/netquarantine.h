/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A NetworkPolicy that isolates one pod, and what would stay open all the same. */
#pragma once

#include "ingest/derive/netwhy.h"

#define NETQUARANTINE_LABEL "graphd.io/quarantine"

/* Something that other policies keep open. */
struct netquarantine_open {
    enum net_way way;
    const char *object, *field, *ports; /* "NetworkPolicy data/databases", "spec.ingress[0]" */
    const struct fact_netpol *policy;
    const char *example; /* one of the other ends: "web/front-1", "10.0.0.0" */
    size_t points;       /* classes of other ends */
};

struct netquarantine {
    const struct fact_netpol *policy; /* NULL: `why_not` says why there is none */
    const char *why_not;
    const char *label;         /* value to set as NETQUARANTINE_LABEL first; NULL: none needed */
    const char *const *remove; /* labels to take off first, so that others let go of it */
    size_t nremove;
    const uint32_t *hit; /* pods (places in the facts) with the same labels, which a
                            selector by these would have hit */
    size_t nhit;
    bool closed; /* no connection is open with it, by the engine */
    const struct netquarantine_open *open;
    size_t nopen;
};

/* For a running pod, by its place in the facts.  With `dns` it may still ask the cluster's DNS.
 * Everything in `a`.  Cost: up to three compiled engines. */
void netquarantine_make(const struct facts *f, uint32_t pod, bool dns, bool blocks_match_pods,
                        struct arena *a, struct netquarantine *out);
