/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_NODEPORT: every node forwards one of its ports to ports of pods. */
#include "ingest/derive/exposure.h"

static const struct exposure_way way = {
    .kind = EDGE_EXPOSE_NODEPORT,
    .unused = EXPOSURE_UNUSUAL,
    .published = published_node_port,
    .node_ports = true,
};

static void derive(struct rule_ctx *c)
{
    exposure_draw(c, &way);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return exposure_missing(c, &way, q, out);
}

const struct rule rule_expose_nodeport = {
    .name = "expose_nodeport",
    .version = 1,
    .kinds = {EDGE_EXPOSE_NODEPORT},
    .derive = derive,
    .missing = missing,
};
