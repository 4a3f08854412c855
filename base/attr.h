/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiler attributes and the few macros that every file may use. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A pointer to `struct name` that is released by name_free() on every way out of its scope. */
#define AUTO(name) __attribute__((cleanup(name##_auto_free))) struct name *

/* Defines what AUTO(name) calls; stands in the header, after the prototype of name_free(). */
#define DEFINE_AUTO(name)                                                                          \
    static inline void name##_auto_free(struct name **p)                                           \
    {                                                                                              \
        name##_free(*p);                                                                           \
    }

/* Hands an AUTO pointer over: its value, while the variable becomes NULL. */
#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) take_ = (p);                                                                 \
        (p) = NULL;                                                                                \
        take_;                                                                                     \
    })
