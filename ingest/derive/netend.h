/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends of connections: groups of pods, or of addresses outside of the cluster, as the points that
 * the network engine tells apart. */
#pragma once

#include "ingest/derive/netpol.h"

/* One end.  Arrays live in the arena that it was made in. */
struct netend {
    const uint32_t *points; /* each once */
    size_t npoints;
    const uint32_t *pods; /* places in the facts; none for addresses */
    size_t npods;
    const struct fact_cidr *blocks; /* of addresses */
    size_t nblocks;
    bool internet; /* every address that is not private */
};

/* These pods (places in the facts), which must be at least one. */
void netend_pods(const struct netpol *np, const uint32_t *pods, size_t n, struct arena *a,
                 struct netend *out);

/* All addresses of these blocks. */
void netend_blocks(const struct netpol *np, const struct fact_cidr *blocks, size_t n,
                   struct arena *a, struct netend *out);

/* All addresses that the internet routes. */
void netend_internet(const struct netpol *np, struct arena *a, struct netend *out);

/* Addresses that only a network of one's own routes ("10.0.0.0/8" ...).  Static storage. */
const struct fact_cidr *netend_private(size_t *n);

/* Whether a block of the list holds the address. */
bool netend_any_holds(const struct fact_cidr *v, size_t n, const uint8_t addr[16], bool v6);

/* "10.1.2.3", "10.0.0.0/8", "2001:db8::/32".  Returns: false for what is none. */
bool netend_parse(const char *text, struct fact_cidr *out);

/* "10.0.0.0/8" */
const char *netend_text(struct arena *a, const struct fact_cidr *c);

/* Whether the block holds the address, both of one family. */
bool netend_holds(const struct fact_cidr *block, const uint8_t addr[16], bool v6);

/* Whether the pod of that place is one of the end's. */
bool netend_has(const struct netend *end, uint32_t pod);

/* Sets `all` to what every member of one end may open to every member of the other, `some` (NULL:
 * not wanted) to what any may.  Both have netports_words words.
 * Cost: points x points questions to the engine. */
void netend_between(const struct netpol *np, const struct netend *from, const struct netend *to,
                    uint64_t *all, uint64_t *some);
