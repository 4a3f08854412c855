/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_LB: the address of a load balancer leads to ports of pods. */
#include "ingest/derive/exposure.h"
#include "ingest/derive/netoutside.h"

static void published(const struct published_nodes *pn, const struct fact_service *s,
                      enum netreach_who who, struct arena *a, struct published_answer *out)
{
    (void)pn;
    published_lb(s, who, a, out);
}

static const struct exposure_way way = {
    .kind = EDGE_EXPOSE_LB,
    .published = published,
    .unused = WHY_RELATED,
};

static void derive(struct rule_ctx *c)
{
    exposure_draw(c, &way);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return exposure_missing(c, &way, q, out);
}

const struct rule rule_expose_lb = {
    .name = "expose_lb",
    .version = 3,
    .kinds = {EDGE_EXPOSE_LB},
    .derive = derive,
    .missing = missing,
};
