/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_API_SERVER: from where the API server can be reached, by the addresses that it publishes
 * for itself: those of the Service `kubernetes` in `default`. */
#include <string.h>

#include "ingest/derive/exposure.h"
#include "ingest/derive/managed.h"
#include "ingest/derive/netoutside.h"
#include "ingest/derive/why.h"

static const enum netreach_who everyone[] = {NETREACH_INTERNET, NETREACH_LAN};

static bool is_api_server(const struct fact_endpoints *e)
{
    return strcmp(e->meta.ns, "default") == 0 && strcmp(e->service, "kubernetes") == 0;
}

/* The slice that has the API server's address, a public one if there is one; NULL if none was read.
 */
static const struct fact_endpoints *slice_of(const struct facts *f, const char **address)
{
    const struct fact_endpoints *found = NULL;

    for (size_t i = 0; i < f->endpoints.n; i++) {
        const struct fact_endpoints *e = &f->endpoints.v[i];
        for (size_t k = 0; is_api_server(e) && k < e->nendpoints; k++)
            for (size_t j = 0; j < e->endpoints[k].addresses.n; j++) {
                const char *ip = e->endpoints[k].addresses.v[j];
                if (found && !published_is_public(ip))
                    continue;
                found = e;
                *address = ip;
            }
    }
    return found;
}

/* Whether the provider may publish a private API server at a second address, which only the cloud
 * knows; *why says by what that is told. */
static bool second_address(struct rule_ctx *c, struct evidence *why)
{
    struct managed m = managed_by(c->f);

    *why = m.why;
    if (m.by == MANAGED_NOT_KNOWN) {
        *why = (struct evidence){.object = "Node"};
        why->reason = "nodes were not read: whether a provider publishes the API server is not "
                      "known";
        return true;
    }
    why->reason = "the provider runs the API server; whether it has a public endpoint is a setting "
                  "that only the cloud shows";
    return m.by != MANAGED_NO;
}

/* What Amazon puts there are addresses of its own network cards in the nodes' network: global ones
 * of IPv6 are not open for that. */
static bool is_amazon(struct rule_ctx *c)
{
    enum managed_by by = managed_by(c->f).by;

    return by == MANAGED_EKS || by == MANAGED_MAYBE_EKS;
}

static struct published_answer answer(struct rule_ctx *c, enum netreach_who who)
{
    struct published_answer out = {.open = PUBLISHED_MAYBE};
    const char *ip = NULL;
    const struct fact_endpoints *e = slice_of(c->f, &ip);

    if (!e) {
        out.ev = (struct evidence){.object = "Service default/kubernetes",
                                   .reason = "its endpoints were not read: where the API server "
                                             "answers is not known"};
        return out;
    }
    bool public = published_is_public(ip) && !is_amazon(c);
    if (who == NETREACH_INTERNET && !public && second_address(c, &out.ev))
        return out;
    out.open = who == NETREACH_LAN || public ? PUBLISHED_YES : PUBLISHED_NO;
    out.ev = (struct evidence){
        .object = arena_printf(c->scratch, "%s default/%s",
                               e->subset < 0 ? "EndpointSlice" : "Endpoints", e->meta.name),
        .uid = e->meta.uid,
        .field = e->subset < 0 ? "endpoints" : "subsets",
        .reason = arena_printf(c->scratch,
                               who == NETREACH_LAN ? "nodes reach the API server at %.100s"
                               : public            ? "the API server answers at the public address "
                                                     "%.100s"
                                                   : "its address %.100s is a private one",
                               ip),
    };
    return out;
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < ARRAY_LEN(everyone); i++) {
        struct published_answer a = answer(c, everyone[i]);

        if (a.open != PUBLISHED_NO)
            draft_edge(c->d, exposure_source(c, everyone[i]), c->as->cluster,
                       EDGE_EXPOSE_API_SERVER, CLASS_STRUCTURAL,
                       a.open == PUBLISHED_YES ? VERDICT_YES : VERDICT_UNKNOWN, &a.ev, 1);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct published_answer a =
        answer(c, q->from.kind == NODE_INTERNET ? NETREACH_INTERNET : NETREACH_LAN);

    return a.open == PUBLISHED_NO &&
           why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
}

const struct rule rule_expose_api_server = {
    .name = "expose_api_server",
    .version = 1,
    .kinds = {EDGE_EXPOSE_API_SERVER},
    .derive = derive,
    .missing = missing,
};
