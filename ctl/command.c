/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands. */
#include "ctl/command.h"

#define COMMAND(name, args, help) extern const struct command command_##name;
#include "ctl/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name, args, help) &command_##name,
#include "ctl/commands.def"
#undef COMMAND
    NULL,
};

bool command_args(const struct command_ctx *c, int n, struct err *e)
{
    if (c->nargs == n)
        return true;
    return err_set(e, ERR_USAGE, "want %d argument%s, got %d", n, n == 1 ? "" : "s", c->nargs);
}
