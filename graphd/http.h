/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP server: one libevent loop that guards and parses requests, workers that run handlers.
 *
 * A handler is a function from request to reply or error; it runs on a worker thread, never on the
 * loop, and never sees libevent.  Its row in routes.def holds method, path, least role, body limit
 * and time budget. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/jw.h"
#include "queries/filter.h"
#include "queries/graph.h"
#include "queries/scratch.h"

struct db;
struct service; /* what all handlers share: graphd/service.h */

enum role { ROLE_ANYONE, ROLE_READER, ROLE_ALERTER, ROLE_ADMIN };

/* One request.  All text is NUL-terminated, decoded, valid UTF-8, and lives in `arena`. */
struct http_req {
    struct arena *arena;
    struct graph *graph;     /* a reference held for the request; NULL before the first load */
    struct scratch *scratch; /* the worker's */
    struct service *service;
    const char *method, *path; /* path as matched: "/v1/alerts/17" */
    const char *id;            /* request id: X-Request-Id if it was sane, else made by us */
    const char *content_type;  /* lower case without parameters; "" if none */
    const char *body;          /* NUL-terminated, may hold any bytes; never NULL */
    size_t body_len;
    struct budget budget;   /* absolute: the route's time budget from when the request was read */
    struct http_args *args; /* query parameters and path segments */
};

/* What a handler fills in; zeroed before.  The body is written into `json` (or set as `text` for
 * what is not JSON). */
struct http_reply {
    int status;       /* 200 if left 0 */
    struct jw *json;  /* never NULL; borrowed */
    const char *text; /* wins over json if set; lives in the request's arena */
    size_t text_len;
    const char *content_type; /* "application/json" if left NULL */
    const char *etag;         /* quoted text; If-None-Match is answered by the server */
    int retry_after;          /* seconds; 0 for none */
};

typedef bool http_handler(struct http_req *req, struct http_reply *reply, struct err *e);

/* Query parameters.  An unknown parameter is an error that http_args_done() reports, so a handler
 * asks for all of its parameters, then calls it.  Errors: INPUT naming the parameter. */
bool http_arg_str(struct http_req *req, const char *name, const char *dflt, const char **out,
                  struct err *e) MUST_CHECK;
bool http_arg_need(struct http_req *req, const char *name, const char **out, struct err *e)
    MUST_CHECK;
bool http_arg_u32(struct http_req *req, const char *name, uint32_t min, uint32_t max, uint32_t dflt,
                  uint32_t *out, struct err *e) MUST_CHECK;
bool http_arg_real(struct http_req *req, const char *name, double min, double max, double dflt,
                   double *out, struct err *e) MUST_CHECK;
bool http_args_done(struct http_req *req, struct err *e) MUST_CHECK;

/* The i-th {placeholder} of the route's path, decoded. */
const char *http_path_part(const struct http_req *req, size_t i);

/* The body as a JSON document (object or array), depth and size limited; free with json_decref.
 * Errors: MEDIA unless the content type is JSON or absent; INPUT with line and column. */
json_t *http_body_json(struct http_req *req, struct err *e) MUST_CHECK;

/* Names the field that a problem document points at ("/pairs/3/from" or "max_hops"). */
void http_point_at(struct http_req *req, const char *pointer);

/* The snapshot, or BUSY "no snapshot is loaded yet". */
struct graph *http_graph(struct http_req *req, struct err *e) MUST_CHECK;

/* The worker's database connection, opened when first needed and again after it was lost.
 * Errors: DB, which becomes 503 with Retry-After. */
struct db *http_db(struct http_req *req, struct err *e) MUST_CHECK;

/* What follows is between the server's own files. */

struct guard_header;
struct jobs_worker;

/* One request on its way: read by the loop, answered by a worker, sent by the loop.  Only one
 * thread holds it at a time. */
struct exchange {
    struct arena *arena; /* owns all text */
    struct jw *json;     /* owns the body of most replies */
    struct service *service;
    /* The request, filled in by the loop. */
    const char *method; /* "" if it is none that we serve */
    const char *uri, *peer;
    int major, minor; /* of HTTP */
    struct guard_header *headers;
    size_t nheaders;
    const char *body; /* NUL-terminated */
    size_t body_len;
    usec read_at; /* clock_mono() */
    const char *id;
    /* Where it goes. */
    size_t row; /* of routes.def; ROUTES_COUNT for none */
    const char *path;
    struct http_args *args;
    /* The reply. */
    int status;
    const char *text; /* NULL for no body */
    size_t text_len;
    const char *content_type, *etag;
    char allow[64];
    int retry_after;
    bool close; /* the connection after it */
    /* The loop's own. */
    void *request, *connection;
    struct exchange *next;
};

/* An exchange with an empty request; never NULL. */
struct exchange *http_exchange_new(struct service *service);
void http_exchange_free(struct exchange *x);

/* Judges a request on the loop's thread: guard, target, route, role, size.
 * Returns: true if a worker shall answer it (*urgent: in the urgent lane), false if the reply is
 * made. */
bool http_admit(struct exchange *x, bool *urgent) MUST_CHECK;

/* Runs the handler and makes the reply, on a worker's thread. */
void http_run(struct exchange *x, struct jobs_worker *w);

/* Makes the reply for a request that no worker had room for. */
void http_refuse(struct exchange *x);

/* Whether a peer has a role.  Until there is authentication, whoever is on loopback has them all.
 * Errors: DENIED. */
bool http_role_ok(enum role least, const char *peer, struct err *e) MUST_CHECK;
