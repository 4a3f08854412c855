/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of connections, ours against those of a case in fixtures/netpol (its FORMAT.md). */
#pragma once

#include <jansson.h>

#include "ingest/derive/facts.h"

struct netpol_table_tally {
    size_t tables, differ; /* compared; with any difference */
    size_t rows, lacking, extra;
};

/* meta.json of a case, a new reference; whether it has a file; whether its peers are pods. */
json_t *netpol_table_meta(const char *dir);
bool netpol_table_has(const char *dir, const char *file);
bool netpol_table_by_pod(const json_t *meta);

/* Compares the table of some facts with a file of the case; each difference fails the test, the
 * first of each kind is told with `what`. */
void netpol_table_compare(struct netpol_table_tally *t, const char *dir, const char *what,
                          const struct facts *f, const char *expected, bool blocks_match_pods);

/* Prints the figures behind a name. */
void netpol_table_print(const char *name, const struct netpol_table_tally *t);
