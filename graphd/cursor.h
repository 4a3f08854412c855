/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opaque paging: where the last page ended, bound to the question that was asked. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum { CURSOR_MAX = 4096 }; /* bytes of a cursor that is worth reading */

/* The cursor of the page after `position` (the sort figure and the id, or the key, of the last item
 * shown) of the list that `scope` names: route and every parameter but limit and cursor.  ASCII, in
 * `a`. */
const char *cursor_make(struct arena *a, const char *scope, const char *position);

/* Back to the position; "" if `text` is NULL or "": the first page.
 * Errors: INPUT if it is no cursor, or one of another list or of other parameters. */
bool cursor_read(struct arena *a, const char *scope, const char *text, const char **position,
                 struct err *e) MUST_CHECK;
