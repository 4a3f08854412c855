/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking the service, and printing what it says. */
#pragma once

#include <jansson.h>

#include "ctl/command.h"

/* GET url + path (a path with its query).  Returns: the answer's document in *out, yours to
 * json_decref; what the service refuses becomes an error with the problem's detail.
 * Errors: IO if there is no service, MISSING, INPUT, BUSY ... by the status. */
bool client_get(const struct command_ctx *c, const char *path, json_t **out, struct err *e)
    MUST_CHECK;

/* Prints `doc` as indented JSON on stdout. */
void client_dump(const json_t *doc);

/* Text of a member, "" if it is not text; number of a member, 0 if it is none. */
const char *client_text(const json_t *obj, const char *key);
double client_number(const json_t *obj, const char *key);

/* Prints text to stdout with every byte that could drive a terminal replaced by '?'. */
void client_print(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Prints a path (the array of steps of an answer), one indented line a step. */
void client_path(const json_t *path);

/* Prints the coverage gaps of an answer, if it has any. */
void client_coverage(const json_t *answer);
