/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of routes.def, and finding a row in it. */
#pragma once

#include "graphd/args.h"
#include "graphd/http.h"

/* Each row declares its handler, which stands in a file of its own in graphd/routes/. */
#define ROUTE(method, path, handler, role, kib, ms) http_handler handler##_handler;
#include "graphd/routes.def"
#undef ROUTE

struct route {
    const char *method, *path;
    http_handler *handler;
    enum role role;    /* least role that may call it */
    size_t body_bytes; /* limit */
    usec budget;       /* from when the request was read */
};

/* How many rows there are. */
enum {
    ROUTES_COUNT = 0
#define ROUTE(method, path, handler, role, kib, ms) +1
#include "graphd/routes.def"
#undef ROUTE
};

/* The row at `row` < ROUTES_COUNT. */
const struct route *routes_at(size_t row);

/* The labels of a row in metrics: method="GET",route="/v1/..."; those of no route for
 * ROUTES_COUNT. */
const char *routes_label(size_t row);

/* The largest body that any route takes. */
size_t routes_largest_body(void);

/* Finds the row for a method and a path; HEAD finds what GET finds.  Fills args->parts.
 * Returns: its number, or ROUTES_COUNT with `allow` holding the methods that the path has ("" if it
 * has none). */
size_t routes_find(const char *method, const struct args_path *path, struct http_args *args,
                   char allow[64]);
