/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies of administrators of one tier and priority that say opposite things about a same pod:
 * the API leaves their order open, so the ledger tells of them. */
#pragma once

#include "ingest/derive/facts.h"
#include "ingest/ledger.h"

/* Adds a gap that names both for each such pair of indexed facts.
 * Cost: nothing where no two policies share a priority; else that of netpol_of. */
void contradictions_tell(const struct facts *f, struct ledger *l);
