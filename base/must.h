/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is always there: running out of it ends the process with one line.  Sizes that an
 * outsider controls are limited before they get here. */
#pragma once

#include "base/attr.h"

/* calloc, malloc and realloc that end the process instead of failing. */
void *must_calloc(size_t n, size_t size);
void *must_malloc(size_t n);
void *must_realloc(void *p, size_t n);
char *must_strdup(const char *s);

/* Ends the process with one line on stderr. */
void must_die(const char *why) __attribute__((noreturn));
