/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored objects back to facts, without the sources that they came from: what the service asks when
 * somebody wants to know why an edge is not there. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/store.h"

struct recall;

/* What to read, and how much of it. */
struct recall_wish {
    const char *cluster;
    uint32_t generation;
    const char *coverage; /* JSON of the generation: which kinds were read; NULL or "" unknown */
    const char *version;  /* of its API server, "1.34"; NULL or "" unknown */
    size_t most_bytes;    /* of memory for facts */
    usec deadline;        /* clock_mono(); 0 is none */
};

/* Reads the objects of one generation and indexes their facts, as the collector does before derive.
 * An object that this program cannot parse (a newer one stored it) is left out and counted.
 * Errors: MISSING if there is no such generation; DB; TIMEOUT after the deadline; LIMIT beyond
 * most_bytes. */
struct recall *recall_new(struct db *db, const struct recall_wish *wish, struct err *e) MUST_CHECK;
void recall_free(struct recall *r);
DEFINE_AUTO(recall)

/* The facts, indexed; they and their arena belong to `r`. */
struct facts *recall_facts(struct recall *r);

/* Objects that became facts, and those that could not. */
size_t recall_objects(const struct recall *r);
size_t recall_failed(const struct recall *r);
