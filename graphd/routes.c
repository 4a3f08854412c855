/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes as a table; a few dozen rows are searched in order. */
#include "graphd/routes.h"

#include <stdio.h>
#include <string.h>

static const struct route rows[] = {
#define ROUTE(method, path, handler, role, kib, ms)                                                \
    {#method, path, handler##_handler, ROLE_##role, (size_t)(kib)*1024, (usec)(ms)*1000},
#include "graphd/routes.def"
#undef ROUTE
};

static const char *const labels[] = {
#define ROUTE(method, path, handler, role, kib, ms) "method=\"" #method "\",route=\"" path "\"",
#include "graphd/routes.def"
#undef ROUTE
    "method=\"\",route=\"\"",
};

const struct route *routes_at(size_t row)
{
    return &rows[row];
}

const char *routes_label(size_t row)
{
    return labels[row];
}

size_t routes_largest_body(void)
{
    size_t most = 0;

    for (size_t i = 0; i < ROUTES_COUNT; i++)
        if (rows[i].body_bytes > most)
            most = rows[i].body_bytes;
    return most;
}

/* Whether a path fits a pattern, and what stands for its placeholders. */
static bool fits(const char *pattern, const struct args_path *path, struct http_args *args)
{
    size_t i = 0;

    args->nparts = 0;
    for (const char *p = pattern; *p == '/'; i++) {
        size_t len = strcspn(++p, "/");
        if (i == path->count)
            return false;
        if (*p == '{')
            args->parts[args->nparts++] = path->segments[i];
        else if (strlen(path->segments[i]) != len || memcmp(path->segments[i], p, len) != 0)
            return false;
        p += len;
    }
    return i == path->count;
}

static void add_method(char allow[64], const char *method)
{
    size_t used = strlen(allow);

    if (!strstr(allow, method))
        snprintf(allow + used, 64 - used, "%s%s", used ? ", " : "", method);
}

/* Rows of literal paths come before those with placeholders. */
static size_t find(const char *method, const struct args_path *path, struct http_args *args,
                   bool literal, char allow[64])
{
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        if (literal != !strchr(rows[i].path, '{') || !fits(rows[i].path, path, args))
            continue;
        if (strcmp(rows[i].method, method) == 0)
            return i;
        add_method(allow, rows[i].method);
        if (strcmp(rows[i].method, "GET") == 0)
            add_method(allow, "HEAD");
    }
    return ROUTES_COUNT;
}

size_t routes_find(const char *method, const struct args_path *path, struct http_args *args,
                   char allow[64])
{
    const char *want = strcmp(method, "HEAD") == 0 ? "GET" : method;

    allow[0] = '\0';
    size_t row = find(want, path, args, true, allow);
    if (row == ROUTES_COUNT && !*allow)
        row = find(want, path, args, false, allow);
    if (row == ROUTES_COUNT && *allow)
        add_method(allow, "OPTIONS");
    return row;
}
