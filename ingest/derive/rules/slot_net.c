/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLOT_NET: a pod of one's own making has the labels that its maker likes, and with them whatever
 * policies give to such pods. */
#include <string.h>

#include "ingest/derive/netreach.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* "app=db, tier=data" */
static const char *labels_of(struct arena *a, const struct fact_pod *p)
{
    const char *all = "";

    for (size_t i = 0; i < p->meta.nlabels; i++)
        all = arena_printf(a, "%s%s%.64s=%.64s", all, i ? ", " : "", p->meta.labels[i].key,
                           p->meta.labels[i].value);
    return all;
}

static void draw(struct rule_ctx *c, const struct asset_ns *ns, uint32_t segment,
                 const struct fact_pod *p)
{
    struct netreach *nr = hubs_net(c->hubs);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Namespace %s", ns->name),
        .reason = !p ? "a new pod may have the labels of pods that are there"
                  : p->meta.nlabels
                      ? arena_printf(c->scratch,
                                     "a new pod may have the labels that policies ask for: %s",
                                     labels_of(c->scratch, p))
                      : "a new pod may be without labels",
    };

    draft_edge_yes(c->d, ns->slot, netreach_segment_node(nr, segment), EDGE_SLOT_NET, &ev);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->as->nnamespaces; i++) {
        const struct asset_ns *ns = &c->as->namespaces[i];
        size_t n;
        const uint32_t *segments = netreach_slot(hubs_net(c->hubs), ns->name, &n);

        for (size_t k = 0; k < n; k++)
            draw(c, ns, segments[k], netreach_slot_pod(hubs_net(c->hubs), ns->name, k));
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_segment_named(nr, q->to.ns, q->to.name);
    size_t n;
    const uint32_t *segments = netreach_slot(nr, q->from.ns, &n);

    for (size_t k = 0; k < n; k++)
        if (segments[k] == segment)
            return false;
    return segment != NETREACH_NONE &&
           why_say(out, WHY_APART, arena_printf(c->scratch, "Namespace %s", q->from.ns), NULL, NULL,
                   "no labels put a new pod of the namespace into the segment; the network of a "
                   "node takes hostNetwork, which is a matter of SLOT_ESCAPE");
}

const struct rule rule_slot_net = {
    .name = "slot_net",
    .version = 1,
    .kinds = {EDGE_SLOT_NET},
    .derive = derive,
    .missing = missing,
};
