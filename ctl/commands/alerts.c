/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl alerts [ID] */
#include <string.h>

#include "base/fetch.h"
#include "ctl/client.h"

static int limit = 20;

static const GOptionEntry options[] = {
    {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "List so many alerts (20)", "N"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static void show(const json_t *alert)
{
    const json_t *risk = json_object_get(alert, "risk"), *match = json_object_get(alert, "match");
    const char *key = client_text(match, "key");
    size_t i;
    json_t *reason;

    client_print("%5.1f  (%.1f - %.1f)  %-9s %s\n", client_number(risk, "score"),
                 client_number(risk, "lower"), client_number(risk, "upper"),
                 client_text(alert, "severity_name"), client_text(alert, "rule"));
    client_print("       %s\n", *key ? key : "not tied to a workload");
    json_array_foreach (json_object_get(risk, "reasons"), i, reason)
        client_print("       - %s\n", json_string_value(reason) ? json_string_value(reason) : "");
    client_print("       id %s, %s, seen %d times\n\n", client_text(alert, "id"),
                 client_text(alert, "time"), (int)client_number(alert, "occurrences"));
}

static bool run(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;
    size_t i;
    json_t *alert;

    if (c->nargs > 1)
        return err_set(e, ERR_USAGE, "want one alert id or none, got %d", c->nargs);
    const char *path =
        c->nargs ? arena_printf(c->arena, "/v1/alerts/%s", fetch_escape(c->arena, c->args[0]))
                 : arena_printf(c->arena, "/v1/alerts?sort=-risk&limit=%d", limit);
    if (!client_get(c, path, &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    if (c->nargs) {
        show(doc);
        return true;
    }
    json_array_foreach (json_object_get(doc, "items"), i, alert)
        show(alert);
    if (!json_array_size(json_object_get(doc, "items")))
        client_print("no alerts\n");
    return true;
}

const struct command command_alerts = {
    .name = "alerts",
    .args = "[ID]",
    .help = "runtime alerts, most dangerous first",
    .options = options,
    .run = run,
};
