/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of ports over TCP, UDP and SCTP.
 *
 * The ports 1 to 65535 of each protocol are cut wherever a policy or a named port begins or ends; a
 * set is then one bit for each piece.  Clusters have some twenty to two hundred pieces. */
#pragma once

#include "ingest/derive/facts.h"

struct netports;

/* Nothing is cut yet. */
struct netports *netports_new(void);
void netports_free(struct netports *np);
DEFINE_AUTO(netports)

/* "UDP", "SCTP"; TCP for anything else. */
enum net_protocol netports_protocol(const char *name);

/* Cuts around from..to of these protocols (bits of enum net_protocol); before netports_done. */
void netports_cut(struct netports *np, unsigned protocols, int32_t from, int32_t to);

/* After the last cut: sets may be made. */
void netports_done(struct netports *np);

/* How many 64-bit words a set has. */
size_t netports_words(const struct netports *np);

/* Adds from..to of the protocols, which were cut. */
void netports_add(const struct netports *np, uint64_t *set, unsigned protocols, int32_t from,
                  int32_t to);

/* Makes it the set of all ports. */
void netports_all(const struct netports *np, uint64_t *set);

/* Whether a port of one protocol is in the set. */
bool netports_has(const struct netports *np, const uint64_t *set, enum net_protocol protocol,
                  int32_t port);

/* "All", "TCP:80,8000-8080;UDP:53", "" for none: protocols in alphabetical order, ranges as wide as
 * can be. */
void netports_text(const struct netports *np, const uint64_t *set, GString *out);
