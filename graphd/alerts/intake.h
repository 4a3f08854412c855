/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts in: from a request's body to normal forms, from normal forms to rows, and back. */
#pragma once

#include "graphd/alerts/alert.h"
#include "schema/db.h"

enum { INTAKE_MOST = 1000 }; /* alerts in one request */

/* The row of a format by name; NULL if there is none. */
const struct alert_format *intake_format(const char *name);

struct intake_batch {
    struct alert *alerts; /* in the order of the body */
    size_t count;         /* at least 1 */
    bool single;          /* the body was one object */
};

/* Reads one JSON object, an array of them, or several after another (one a line).  Bytes that are
 * not UTF-8 become U+FFFD, as do escaped NULs: the text of an attacker's command line must not be
 * able to keep an alert out.
 *
 * Errors: INPUT where the body is no JSON (with line and column) or an alert lacks what it must
 * have (with its pointer); MEDIA if it is plain text; LIMIT beyond INTAKE_MOST. */
bool intake_parse(const struct alert_format *f, const char *body, size_t len, struct arena *a,
                  struct intake_batch *out, struct err *e) MUST_CHECK;

/* Stores all of them in one transaction; each becomes what its row says, with id and times.  An
 * alert whose dedup key is there already makes no second row: the row is counted up and is what
 * comes back. `cluster` is that of alerts which name none; "" if unknown. Errors: DB, BUSY. */
bool intake_store(struct db *db, struct alert *alerts, size_t count, const char *cluster,
                  struct arena *a, struct err *e) MUST_CHECK;

/* One stored alert.  Errors: MISSING; DB. */
bool intake_get(struct db *db, const char *id, struct arena *a, struct alert *out, struct err *e)
    MUST_CHECK;

/* The newest `most` alerts, newest first; *more tells whether there are older ones.
 * Errors: DB. */
bool intake_newest(struct db *db, size_t most, struct arena *a, struct alert **out, size_t *count,
                   bool *more, struct err *e) MUST_CHECK;
