/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl migrate */
#include "schema/migrate.h"

#include <stdio.h>

#include "ctl/command.h"

static gboolean check;

static const GOptionEntry options[] = {
    {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Say what is missing, change nothing", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static bool run(struct command_ctx *c, struct err *e)
{
    struct migrate_report r;

    if (!command_args(c, 0, e))
        return false;
    if (!c->database)
        return err_set(e, ERR_USAGE, "want --database URL or GRAPHD_DATABASE");
    AUTO(db) db = db_open_bare(c->database, e);
    if (!db || !(check ? migrate_check(db, &r, e) : migrate_run(db, &r, e)))
        return false;
    if (c->json)
        printf("{\"applied\": %u, \"version\": %u}\n", check ? 0 : r.applied, r.version);
    else if (check)
        printf("%u migrations missing, schema is at %u\n", r.applied, r.version);
    else
        printf("%u migrations applied, schema is at %u\n", r.applied, r.version);
    if (check && r.applied)
        return err_set(e, ERR_CONFLICT, "%u migrations are missing", r.applied);
    return true;
}

const struct command command_migrate = {
    .name = "migrate",
    .args = "[--database URL] [--check]",
    .help = "bring a database to this program's schema",
    .options = options,
    .run = run,
};
