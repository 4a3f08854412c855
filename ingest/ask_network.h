/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `graphd-ingest ask network`: which connections the network policies let through, as a table, so
 * that anyone can compare the engine with another on any cluster. */
#pragma once

#include <stdio.h>

#include "ingest/derive/facts.h"

struct ask_network_options {
    bool blocks_match_pods; /* address blocks hold for pods too */
    bool by_pod;            /* peers are pods, "ns/pod"; else their controllers, "ns/name[Kind]" */
};

/* Writes `src dst conns`, separated by tabs, sorted by bytes: one row for each pair of peers that
 * any port is open between, and for each range of IPv4 addresses outside of the cluster.  Pods of
 * one controller are one peer: the connections that all of them have.  Rows of a peer with itself
 * are left out.  What of the policies cannot be evaluated is told to `warn`, a line each.  `f` is
 * indexed.
 * Cost: sets of classes x those and x address ranges for the answers, peers x peers to write them.
 */
void ask_network(const struct facts *f, const struct ask_network_options *o, FILE *out, FILE *warn);
