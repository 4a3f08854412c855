/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_EXTERNAL_IP: nodes answer for an external address of a Service. */
#include "ingest/derive/exposure.h"

static const struct exposure_way way = {
    .kind = EDGE_EXPOSE_EXTERNAL_IP,
    .unused = EXPOSURE_UNUSUAL,
    .published = published_external_ip,
};

static void derive(struct rule_ctx *c)
{
    exposure_draw(c, &way);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return exposure_missing(c, &way, q, out);
}

const struct rule rule_expose_external_ip = {
    .name = "expose_external_ip",
    .version = 1,
    .kinds = {EDGE_EXPOSE_EXTERNAL_IP},
    .derive = derive,
    .missing = missing,
};
