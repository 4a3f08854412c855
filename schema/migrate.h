/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbered, checksummed, forward-only migrations, built into the program. */
#pragma once

#include "schema/db.h"

struct migrate_report {
    unsigned applied; /* by this call */
    unsigned version; /* of the database afterwards */
};

/* Applies what is missing, each migration in its transaction, under an advisory lock, and mirrors
 * the kinds of kinds.def into the tables node_kind and edge_kind.
 * Errors: CONFLICT if an applied migration has another checksum than ours, or the database is newer
 * than the program; DB. */
bool migrate_run(struct db *bare, struct migrate_report *out, struct err *e) MUST_CHECK;

/* What migrate_run would do, without doing it: `applied` counts the missing ones. */
bool migrate_check(struct db *bare, struct migrate_report *out, struct err *e) MUST_CHECK;
