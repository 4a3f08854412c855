/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of one edge as text. */
#pragma once

#include "schema/rows.h"

/* JSON array text, in `a`. */
static inline const char *evidence_of(const struct part *p, const struct edge_row *e,
                                      struct arena *a)
{
    AUTO(jw) buf = jw_new();

    return arena_strdup(a, evidence_text(p->evidence, e->evidence, buf));
}
