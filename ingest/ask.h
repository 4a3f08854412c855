/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `graphd-ingest ask rbac`: what the matcher answers to a table of requests, so that anyone can
 * check it against the authorizer of any cluster. */
#pragma once

#include <stdio.h>

#include "ingest/derive/facts.h"

/* Reads rows of eight or nine columns, separated by tabs, from `in` and writes them to `out` with
 * the answer (true, false) as the ninth.  Lines that begin with # pass unchanged, empty ones go.
 *
 *   subject_kind subject verb group resource subresource namespace name allowed
 *
 * Subjects: ServiceAccount NAMESPACE/NAME; User NAME, or NAME+GROUP+GROUP; Group NAME, or
 * NAME-only.  A non-resource request has the resource nonResourceURL:/PATH.  `subjects` (may be
 * NULL) is the JSON text of [{"kind","id","user","groups"}] and says which user and groups a
 * subject of that kind and id is.  `f` is indexed.
 * Errors: INPUT with the line number. */
bool ask_rbac(const struct facts *f, const char *subjects, FILE *in, FILE *out, struct err *e)
    MUST_CHECK;
