/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What graphd-ingest prints: the figures of a run, or the whole derived graph. */
#pragma once

#include "base/jw.h"
#include "ingest/collect.h"
#include "schema/store.h"

/* One stage of a run. */
struct summary_stage {
    const char *name;
    usec took;
    uint64_t peak_bytes; /* resident memory at most, 0 unknown */
};

enum { SUMMARY_STAGES = 3 };

struct summary {
    const struct part *part;
    struct collect *collect;
    const struct store_result *stored; /* NULL: nothing was stored */
    struct summary_stage stages[SUMMARY_STAGES];
    size_t nstages;
};

/* The figures: objects, nodes and edges by kind, what changed, coverage, and each stage. */
void summary_json(const struct summary *s, struct jw *w);
void summary_text(const struct summary *s, GString *out);

/* Every node and edge with its evidence. */
void summary_graph_json(const struct summary *s, struct jw *w);
void summary_graph_text(const struct summary *s, GString *out);

/* Starts to measure peak memory anew, and what it was since. */
void summary_reset_peak(void);
uint64_t summary_peak(void);
