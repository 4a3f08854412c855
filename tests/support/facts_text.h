/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects in a test's own words to facts. */
#pragma once

#include "ingest/derive/facts.h"

/* Adds one object, written in JSON with ' for "; nothing is trimmed.  The test fails if it is of no
 * kind that we read, or broken. */
void facts_text_add(struct facts *f, const char *text);
