/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coverage ledger: what was read, what was left out and why, what is missing. */
#pragma once

#include "base/arena.h"
#include "base/jw.h"

struct ledger;

/* An empty ledger. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);
DEFINE_AUTO(ledger)

/* One more object of a resource ("pods"), read from `file`. */
void ledger_read(struct ledger *l, const char *resource, const char *file);

/* One more object of a resource, or of a kind that we do not know ("Lease"), left out.  The first
 * reason of each is kept. */
void ledger_skip(struct ledger *l, const char *resource, const char *why);

/* Objects of a resource that were made from templates. */
void ledger_predicted(struct ledger *l, const char *resource, size_t n);

/* A gap: something that should be there is not.  `what` is a resource or "", `file` may be "". */
void ledger_gap(struct ledger *l, const char *what, const char *why, const char *file);

/* What rules may conclude from an absence of a resource: whether it was read, be there none of it,
 * and whether reading it was refused or some of it was broken.  The service makes facts of the
 * stored objects again with it. */
void ledger_answered(struct ledger *l, const char *resource, bool read, bool broken);

/* Whether there is a gap for that resource. */
bool ledger_has_gap(const struct ledger *l, const char *what);

/* What a setting says of the network plugin, so that the service comes to the same profile. */
void ledger_network(struct ledger *l, const char *setting);

/* A file that holds nothing of Kubernetes; that is no gap. */
void ledger_file(struct ledger *l, const char *file, const char *why);

/* Whether there is no gap at all, and how many there are. */
bool ledger_complete(const struct ledger *l);
size_t ledger_gaps(const struct ledger *l);

/* {"complete":bool, "kinds":[{"resource","read","skipped","predicted"?,"files","file"?,"why"?}],
 * "missing":[{"what","why","file"?}], "missing_count":n, "answered":[resource],
 * "partial":[resource], "network"?, "other_files":[{"file","why"}],
 * "other_files_count":n}: kinds by name, at most 100 entries of each of the others. */
void ledger_write(const struct ledger *l, struct jw *w);

/* The gaps that were kept, for people: calls `row` for each. */
void ledger_each_gap(const struct ledger *l,
                     void (*row)(void *arg, const char *what, const char *why, const char *file),
                     void *arg);
