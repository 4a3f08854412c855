/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What annotations of a route ask of its controller: who may come, and that they prove who they
 * are. */
#pragma once

#include "ingest/derive/netoutside.h"
#include "ingest/derive/published.h"

/* Makes of an answer what lists of source ranges, or security groups of its own, leave of it: MAYBE
 * for some addresses, NO for none of them.  Text lives in `a`. */
void routelimits_sources(const struct fact_route *r, enum netreach_who who, struct arena *a,
                         struct published_answer *answer);

/* The annotation that asks for authentication; NULL if there is none. */
const char *routelimits_auth(const struct fact_route *r);
