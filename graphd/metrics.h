/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters and gauges, written as Prometheus text.  Any thread may call these. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"

enum metric {
#define METRIC(sym, name, type, sentence) METRIC_##sym,
#include "graphd/metrics.def"
#undef METRIC
    METRIC_COUNT
};

/* Counts up. */
void metrics_add(enum metric m, uint64_t n);

/* Sets a gauge (or a counter that is kept elsewhere). */
void metrics_set(enum metric m, double value);

/* Counts a request of the route at `row` of routes.def (or routes_count() for none of them). */
void metrics_request(size_t row, int status, usec took);

/* All of them, as text format 0.0.4 in `a`. */
const char *metrics_text(struct arena *a, size_t *len);
