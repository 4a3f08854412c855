/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings: command line over environment (GRAPHD_...) over file over default, one table. */
#pragma once

#include "base/err.h"
#include "base/log.h"

struct config {
    const char *database, *read_database; /* URLs; read_database falls back to database */
    const char *listen;                   /* "127.0.0.1:8080"; port 0 picks one */
    const char *cluster;             /* default cluster of alerts that name none; "" if unset */
    uint32_t workers;                /* threads that run handlers */
    uint32_t max_connections, queue; /* beyond: 503 */
    uint32_t header_bytes, request_seconds; /* of a request: limit, absolute deadline to arrive */
    const char *log_level;                  /* as written */
    enum log_level level;                   /* as meant */
};

/* Reads everything and checks it.  Text lives until config_free.
 * Errors: USAGE naming the option; `--help` and `--version` print and set *done, and so does
 * `--check-config` when all is well. */
struct config *config_new(int argc, char **argv, bool *done, struct err *e) MUST_CHECK;
void config_free(struct config *c);
DEFINE_AUTO(config)

enum { CONFIG_HOST = 64 }; /* bytes that hold any host that config_address accepts */

/* Splits "HOST:PORT", "[IPv6]:PORT" into a numeric host and a port; "localhost" becomes 127.0.0.1.
 * Errors: USAGE if it is anything else, or the host is not loopback. */
bool config_address(const char *text, char host[CONFIG_HOST], uint16_t *port, struct err *e)
    MUST_CHECK;

/* Whether a host (a name or an address, without brackets) is this machine's loopback. */
bool config_is_loopback(const char *host);
