/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings: command line over environment (GRAPHD_...) over file over default, one table. */
#pragma once

#include "base/err.h"

struct config {
    const char *database, *read_database; /* URLs; read_database falls back to database */
    const char *listen;                   /* "127.0.0.1:8080"; port 0 picks one */
    const char *cluster;             /* default cluster of alerts that name none; "" if unset */
    uint32_t workers;                /* threads that run handlers */
    uint32_t max_connections, queue; /* beyond: 503 */
    uint32_t header_bytes, request_seconds; /* of a request: limit, absolute deadline to arrive */
};

/* Reads everything and checks it.  Text lives until config_free.
 * Errors: USAGE naming the option; `--help` and `--version` print and set *done. */
struct config *config_new(int argc, char **argv, bool *done, struct err *e) MUST_CHECK;
void config_free(struct config *c);
DEFINE_AUTO(config)
