/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that does not fail. */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must_die(const char *why)
{
    fprintf(stderr, "graphd: %s\n", why);
    abort();
}

void *must_calloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (!p)
        must_die("out of memory");
    return p;
}

void *must_malloc(size_t n)
{
    void *p = malloc(n ? n : 1);

    if (!p)
        must_die("out of memory");
    return p;
}

void *must_realloc(void *old, size_t n)
{
    void *p = realloc(old, n ? n : 1);

    if (!p)
        must_die("out of memory");
    return p;
}

char *must_strdup(const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(must_malloc(n), s, n);
}
