/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources to facts: every object that is known is trimmed, parsed, and kept as canonical text. */
#pragma once

#include "ingest/derive/facts.h"
#include "ingest/ledger.h"
#include "ingest/sources/source.h"
#include "schema/rows.h"

struct collect;

struct collect_figures {
    struct source_figures source;
    uint64_t kept_bytes; /* of canonical text */
    size_t again;        /* objects that were there already: the later one counts */
};

/* Nothing read yet; facts and objects live in `a`, which must outlive it. */
struct collect *collect_new(struct arena *a, const char *cluster);
void collect_free(struct collect *c);
DEFINE_AUTO(collect)

/* Keys of tags other than the usual ones: annotations of these names are kept too.  Call before the
 * first collect_read; the keys (tags_key_ok) are copied. */
void collect_tags(struct collect *c, const struct facts_tags *tags);

/* What a setting says of the network plugin (netprofile_check); it is copied, and written down in
 * the ledger. */
void collect_network(struct collect *c, const char *setting);

/* Is called every thousand objects or so; may be NULL. */
void collect_on_progress(struct collect *c,
                         void (*progress)(void *arg, const struct collect_figures *so_far),
                         void *arg);

/* Reads one more path (see source_read) into the same cluster.  What cannot be used is in the
 * ledger.  Errors: IO if `path` itself cannot be opened.
 * Cost: memory for what is kept, never for the text. */
bool collect_read(struct collect *c, const char *path, struct err *e) MUST_CHECK;

/* After the last path: predicts pods, indexes the facts, sorts the objects, and notes in the ledger
 * which kinds that rules read were not in the input.  Call once. */
void collect_finish(struct collect *c);

/* What was collected; borrowed. */
struct facts *collect_facts(struct collect *c);
struct ledger *collect_ledger(struct collect *c);
const struct collect_figures *collect_totals(const struct collect *c);

/* One row an object, by resource, namespace and name. */
const struct object_row *collect_objects(const struct collect *c, size_t *n);
