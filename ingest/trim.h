/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One streaming pass over the text of one JSON object: checks it, and copies only wanted fields. */
#pragma once

#include <glib.h>

#include "base/err.h"

struct trim;

/* Compiles keep paths (see ingest/kind.h), ended by NULL; `common` may be NULL. */
struct trim *trim_new(const char *const *common, const char *const *keep);
void trim_free(struct trim *t);
DEFINE_AUTO(trim)

/* Appends the trimmed object to `out`, compact, members in input order; the rest of `json` is
 * checked as strictly (structure, escapes, UTF-8, depth 64, no duplicate keys on kept paths).
 * Errors: INPUT "byte 123: ..." with the way to the value; `out` is then cut back.
 * Cost: one pass, no allocation but `out`. */
bool trim_object(const struct trim *t, const char *json, size_t len, GString *out, struct err *e)
    MUST_CHECK;
