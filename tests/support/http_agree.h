/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters by the real way: graphd-ingest stores them, graphd serves them, one connection asks. */
#pragma once

#include <jansson.h>

#include "tests/api/api_test.h"
#include "tests/db/db_test.h"

struct http_agree {
    struct db_test t;
    struct api api;
    int fd;          /* kept open from request to request */
    size_t requests; /* sent so far */
};

/* A database of the test's own, and graphd-ingest's two ways: what it would store, printed, and
 * storing it.  Each fails the test if the program does. */
void http_agree_init(struct http_agree *h);
json_t *http_agree_print(const char *cluster, const char *path);
void http_agree_store(const struct http_agree *h, const char *cluster, const char *path);

/* Starts graphd on the database and waits until it is ready. */
void http_agree_serve(struct http_agree *h);

/* GET, or POST of a JSON body; the answer must be 200.  Returns: a new reference. */
json_t *http_agree_ask(struct http_agree *h, const char *path, const json_t *body);

/* Stops graphd and drops the database. */
void http_agree_done(struct http_agree *h);
