/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of graphctl's commands, and what a command file sees. */
#pragma once

#include <glib.h>

#include "base/arena.h"
#include "base/err.h"

/* Options that every command understands, parsed before it runs. */
struct command_ctx {
    struct arena *arena;
    const char *url;      /* of the service: --url, GRAPHD_URL, http://127.0.0.1:8080 */
    const char *database; /* --database, GRAPHD_DATABASE; NULL if unset */
    bool json;            /* --output json */
    const char *self;     /* path of this program, to find its siblings */
    char **args;          /* what is left after the options, NULL-terminated */
    int nargs;
};

struct command {
    const char *name, *args, *help;
    /* Options of its own, ended by {NULL}; NULL if it has none.  They point into static storage. */
    const GOptionEntry *options;
    bool (*run)(struct command_ctx *c, struct err *e);
};

/* All commands, ended by NULL, in the order of commands.def. */
extern const struct command *const commands[];

/* The number of arguments must be `n`.  Errors: USAGE. */
bool command_args(const struct command_ctx *c, int n, struct err *e) MUST_CHECK;
