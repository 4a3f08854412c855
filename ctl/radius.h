/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `graphctl blast` and `graphctl exposure` share: the question and the page. */
#pragma once

#include "ctl/command.h"

struct radius_options {
    const char *planes, *verdict; /* NULL: not given */
    int max_hops, limit;          /* max_hops 0: not given */
};

/* Asks /v1/ROUTE for the node that the one argument names, and prints the answer.
 * Errors: USAGE for another number of arguments; what the service says. */
bool radius_show(struct command_ctx *c, const char *route, const struct radius_options *o,
                 struct err *e) MUST_CHECK;
