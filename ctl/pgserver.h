/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A private PostgreSQL: its own folder, a unix socket in a private directory, no TCP port.  It ends
 * with us, also if we are killed. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct pgserver;

/* Starts the server of folder `dir` (made and initialised if it is new) and waits until it answers.
 * PostgreSQL refuses to run as root: then `dir`/pg is given to the user postgres, who runs it.
 * The kernel ends the server when the calling thread ends, so that thread must outlive it.
 * Errors: IO if PostgreSQL is not installed, the folder cannot be used or the server does not start
 * (with the last line of its log); CONFLICT if another server runs on the folder. */
struct pgserver *pgserver_start(const char *dir, struct err *e) MUST_CHECK;

/* Stops the server (fast shutdown: transactions are rolled back) and waits for its end. */
void pgserver_free(struct pgserver *pg);
DEFINE_AUTO(pgserver)

/* The URL of one of its databases ("postgres" is always there), in `a`. */
const char *pgserver_url(struct arena *a, const struct pgserver *pg, const char *database);

/* Process id of the server, for tests that kill it. */
int pgserver_pid(const struct pgserver *pg);
