/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts as JSON, for comparing with what a case wants: empty text, zero and false are left out. */
#pragma once

#include <jansson.h>

#include "ingest/derive/facts.h"

/* All lists that are not empty, by their name; the caller's. */
json_t *facts_json(const struct facts *f);
