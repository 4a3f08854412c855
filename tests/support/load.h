/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files to facts, by the way that graphd-ingest takes: sources, trimming, kinds. */
#pragma once

#include "ingest/derive/facts.h"

/* Adds what a file or folder holds to facts that are not indexed yet.
 * Returns: how many gaps were reported, each printed. */
size_t load_path(struct facts *f, const char *path);

/* Predicts pods and indexes: the facts are ready for rules. */
void load_done(struct facts *f);
