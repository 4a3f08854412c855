/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl status */
#include "ctl/client.h"

static void show(const json_t *cluster)
{
    const json_t *coverage = json_object_get(cluster, "coverage");
    size_t i;
    json_t *gap;

    client_print("%s: generation %d, %.0f s old, %d nodes, %d edges, from %s\n",
                 client_text(cluster, "cluster"), (int)client_number(cluster, "generation"),
                 client_number(cluster, "age_seconds"), (int)client_number(cluster, "nodes"),
                 (int)client_number(cluster, "edges"), client_text(cluster, "source"));
    json_array_foreach (json_object_get(coverage, "missing"), i, gap)
        client_print("  not seen: %s: %s\n", client_text(gap, "what"), client_text(gap, "why"));
}

static bool run(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;
    size_t i;
    json_t *cluster;

    if (!command_args(c, 0, e) || !client_get(c, "/v1/clusters", &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    json_array_foreach (json_object_get(doc, "items"), i, cluster)
        show(cluster);
    if (!json_array_size(json_object_get(doc, "items")))
        client_print("no cluster is loaded; see graphd-ingest --help\n");
    return true;
}

const struct command command_status = {
    .name = "status",
    .args = "",
    .help = "clusters, how old they are, what could not be seen",
    .run = run,
};
