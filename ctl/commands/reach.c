/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl reach FROM TO */
#include "base/fetch.h"
#include "ctl/client.h"

static bool run(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;

    if (!command_args(c, 2, e))
        return false;
    const char *path =
        arena_printf(c->arena, "/v1/reachability?from=%s&to=%s", fetch_escape(c->arena, c->args[0]),
                     fetch_escape(c->arena, c->args[1]));
    if (!client_get(c, path, &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    client_print("%s (probability %.2f, %d steps)\n", client_text(doc, "reachable"),
                 client_number(doc, "probability"), (int)client_number(doc, "hops"));
    client_path(json_object_get(doc, "path"));
    client_coverage(doc);
    return true;
}

const struct command command_reach = {
    .name = "reach",
    .args = "FROM TO",
    .help = "whether FROM reaches TO, with the best path",
    .run = run,
};
