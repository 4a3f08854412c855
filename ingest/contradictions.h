/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies of administrators of one tier and priority that say opposite things about a same pod:
 * the API leaves their order open, so the ledger tells of them; and of labels that no new pod was
 * tried with, since there are too many (netslots.h). */
#pragma once

#include "ingest/derive/facts.h"
#include "ingest/ledger.h"

/* Adds a gap that names both for each such pair of indexed facts, and one for labels left out.
 * Cost: that of netslots_of; where two policies share a priority that of netpol_of. */
void contradictions_tell(const struct facts *f, struct ledger *l);
