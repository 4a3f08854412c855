/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trimmed object must look like, by walking its tree. */
#pragma once

#include <jansson.h>

/* The object with the fields of the keep paths of both lists (see ingest/kind.h) and of `more`
 * (which may be NULL); the caller's. */
json_t *oracle_trim(const json_t *item, const char *const *common, const char *const *keep,
                    const char *more);
