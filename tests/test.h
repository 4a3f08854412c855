/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test includes: criterion, our failures as assertions, and where things are. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/err.h"

/* The call must succeed; its error text is the message. */
#define must(call)                                                                                 \
    do {                                                                                           \
        struct err e = {0};                                                                        \
        cr_assert((call), "%s: %s", #call, e.msg);                                                 \
    } while (0)

/* The call must fail with this kind and a text that contains `part`. */
#define must_fail(call, want, part)                                                                \
    do {                                                                                           \
        struct err e = {0};                                                                        \
        cr_assert_not((call), "%s succeeded", #call);                                              \
        cr_expect_eq(e.kind, want, "%s: kind %s: %s", #call, err_name(e.kind), e.msg);             \
        cr_expect(strstr(e.msg, part), "%s: \"%s\" lacks \"%s\"", #call, e.msg, part);             \
    } while (0)

/* The recorded answers from outside the repository, or NULL (then skip, saying so). */
static inline const char *test_fixtures(void)
{
    const char *dir = getenv("GRAPHD_FIXTURES");

    return dir && *dir ? dir : NULL;
}

/* The private PostgreSQL that tests/run.sh started (a URL of its maintenance database), or NULL. */
static inline const char *test_database(void)
{
    const char *url = getenv("GRAPHD_TEST_DATABASE");

    return url && *url ? url : NULL;
}
