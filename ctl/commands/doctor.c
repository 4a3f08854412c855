/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl doctor: one line a check, the first thing to do where one fails. */
#include <string.h>

#include "base/fetch.h"
#include "ctl/client.h"
#include "schema/migrate.h"

/* Prints one finding.  Returns: `ok`. */
static bool finding(bool ok, const char *what, const char *advice)
{
    client_print("%s  %s%s%s\n", ok ? "ok  " : "BAD ", what, ok ? "" : ": ", ok ? "" : advice);
    return ok;
}

static bool database(struct command_ctx *c)
{
    struct migrate_report r;
    struct err e;

    if (!c->database) {
        client_print("--    database not checked (no --database and no GRAPHD_DATABASE)\n");
        return true;
    }
    AUTO(db) db = db_open_bare(c->database, &e);
    if (!db)
        return finding(false, "database answers", e.msg);
    finding(true, "database answers", "");
    if (!migrate_check(db, &r, &e))
        return finding(false, "schema is ours", e.msg);
    return finding(r.applied == 0, "schema is up to date", "run graphctl migrate");
}

static bool service(struct command_ctx *c)
{
    struct fetch_request q = {.url = arena_printf(c->arena, "%s/readyz", c->url)};
    struct fetch_answer r;
    struct err e;

    if (!fetch_do(&q, c->arena, &r, &e))
        return finding(false, "service answers", e.msg);
    finding(true, "service answers", "");
    return finding(r.status == 200, "service is ready", r.body);
}

static bool clusters(struct command_ctx *c)
{
    json_auto_t *doc = NULL;
    struct err e;
    size_t i;
    json_t *cluster;
    bool ok = true;

    if (!client_get(c, "/v1/clusters", &doc, &e))
        return finding(false, "clusters are listed", e.msg);
    const json_t *items = json_object_get(doc, "items");
    if (!json_array_size(items))
        return finding(false, "a cluster is loaded",
                       "run graphd-ingest --cluster NAME --from PATH");
    json_array_foreach (items, i, cluster) {
        const json_t *missing = json_object_get(json_object_get(cluster, "coverage"), "missing");
        const char *what =
            arena_printf(c->arena, "cluster %s, generation %d", client_text(cluster, "cluster"),
                         (int)client_number(cluster, "generation"));
        const char *gaps = arena_printf(c->arena, "%zu inputs were not seen (graphctl status)",
                                        json_array_size(missing));
        ok = finding(!json_array_size(missing), what, gaps) && ok;
    }
    return ok;
}

static bool run(struct command_ctx *c, struct err *e)
{
    if (!command_args(c, 0, e))
        return false;
    bool ok = database(c);
    if (!service(c) || !clusters(c))
        ok = false;
    return ok || err_set(e, ERR_IO, "something needs attention");
}

const struct command command_doctor = {
    .name = "doctor",
    .args = "",
    .help = "checks the service, its database and its graph",
    .run = run,
};
