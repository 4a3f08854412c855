/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that trim_object() wrote, to jansson's tree and back to canonical text, without checking
 * again what trimming has checked. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "base/err.h"

/* The tree of `json`, which must come from trim_object().
 * Returns: a new reference, NULL on failure.
 * Errors: INPUT for a number that no machine holds.
 * Cost: about a fourth of json_loadb(). */
json_t *tree_parse(const char *json, size_t len, struct err *e) MUST_CHECK;

/* Appends the one text of a value: compact, members sorted by the bytes of their names. */
void tree_write(const json_t *v, GString *out);
