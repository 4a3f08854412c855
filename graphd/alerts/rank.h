/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How dangerous an alert is: 100 x likelihood x impact x context, judged on the current snapshot.
 *
 * Nothing of it is stored: a new snapshot ranks every alert anew.  What one node's impact is and
 * how to look alerts up is remembered per snapshot, so that a list costs one risk query per
 * workload, not per alert. */
#pragma once

#include "base/jw.h"
#include "graphd/alerts/resolve.h"
#include "queries/risk.h"

/* The memory of the current snapshot; any thread may use it. */
struct rank;
struct rank *rank_new(void);
void rank_free(struct rank *r);
DEFINE_AUTO(rank)

enum { RANK_JEWELS = 3, RANK_REASONS = 6 };

/* What an attacker who holds a node gets at. */
struct rank_impact {
    double score, lower, upper; /* 0..1 */
    struct {
        node_ix node;
        uint32_t hops;
        double p, weight;
    } jewels[RANK_JEWELS];
    size_t njewels;
    const char *best; /* the best jewel and the way to it, in words; "" if none is reached */
};

struct rank_result {
    struct resolve_match match;
    double score, lower, upper; /* 0..100; lower <= score <= upper */
    double likelihood, impact, context;
    bool judged;              /* false: by severity alone */
    struct rank_impact reach; /* if judged */
    const char *reasons[RANK_REASONS];
    size_t nreasons;
};

/* Ranks one alert.  `r` may be NULL (nothing is remembered), `g` may be NULL (no snapshot yet: by
 * severity alone).  Never fails: what cannot be judged within the budget is ranked by severity, and
 * says so. Text lives in `a` or is static. */
void rank_alert(struct rank *r, const struct graph *g, const struct alert *al,
                const struct budget *b, struct scratch *s, struct arena *a,
                struct rank_result *out);

/* How probable it is that the alert is a real attack, from severity and ATT&CK ids: 0..1.
 * Source: docs/alerts.md#score. */
double rank_likelihood(const struct alert *al);

/* The order of a list by falling danger: score, then severity, then the newer one. */
int rank_order(const struct rank_result *x, const struct alert *ax, const struct rank_result *y,
               const struct alert *ay);

/* Writes the enriched alert as one object.  `coverage` is that of the snapshot as JSON text.  With
 * `jewels` (a risk of its node, may be NULL) the crown jewels carry their paths. */
void rank_write(struct jw *w, const struct graph *g, const struct alert *al,
                const struct rank_result *res, const struct risk *jewels, const char *coverage);
