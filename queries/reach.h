/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether one node reaches another, and the best way. */
#pragma once

#include "queries/blast.h"

enum reach_answer { REACH_NO, REACH_POSSIBLE, REACH_YES };

struct reach {
    enum reach_answer answer; /* possible: only over unknown edges */
    struct path path;         /* best one; count 0 if there is none or source is target */
};

/* Whether `from` reaches `to`, with the most probable path. */
bool reach_pair(const struct graph *g, node_ix from, node_ix to, const struct filter *f,
                const struct budget *b, struct scratch *s, struct arena *a, struct reach *out,
                struct err *e) MUST_CHECK;
