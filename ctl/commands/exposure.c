/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl exposure KEY */
#include "ctl/radius.h"

static char *planes, *verdict;
static int max_hops, limit = 20;

static const GOptionEntry options[] = {
    {"planes", 0, 0, G_OPTION_ARG_STRING, &planes, "Only these planes, comma-separated", "LIST"},
    {"verdict", 0, 0, G_OPTION_ARG_STRING, &verdict, "yes: leave out what is not certain",
     "yes|unknown"},
    {"max-hops", 0, 0, G_OPTION_ARG_INT, &max_hops, "At most so many attack steps", "N"},
    {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "List so many nodes (20)", "N"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool run(struct command_ctx *c, struct err *e)
{
    struct radius_options o = {planes, verdict, max_hops, limit};

    return radius_show(c, "exposure", &o, e);
}

const struct command command_exposure = {
    .name = "exposure",
    .args = "KEY",
    .help = "Who can reach it.",
    .options = options,
    .run = run,
};
