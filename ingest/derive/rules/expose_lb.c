/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_LB: a load balancer with a public address leads to ports of pods. */
#include <string.h>

#include "ingest/derive/ports.h"
#include "ingest/derive/published.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

struct drawing {
    struct rule_ctx *c;
    struct evidence ev;
    enum verdict verdict;
};

static void draw(void *arg, const struct port_target *t)
{
    struct drawing *dr = arg;
    struct evidence ev[2] = {dr->ev, {.object = t->object, .uid = t->uid}};

    ev[1].reason = arena_printf(dr->c->scratch, "port %d leads to port %d of pod %s", t->port,
                                t->number, t->pod->meta.name);
    draft_edge(dr->c->d, dr->c->as->internet,
               ports_endpoint(dr->c->d, t->pod, t->protocol, t->number), EDGE_EXPOSE_LB,
               CLASS_STRUCTURAL, dr->verdict, ev, 2);
}

static void derive(struct rule_ctx *c)
{
    AUTO(ports) ps = ports_new(c->f);

    for (size_t i = 0; i < c->f->services.n; i++) {
        const struct fact_service *s = &c->f->services.v[i];
        struct published_answer pub;

        published_lb(s, NETREACH_INTERNET, c->scratch, &pub);
        if (pub.open == PUBLISHED_NO)
            continue;
        struct drawing dr = {
            .c = c,
            .ev = pub.ev,
            .verdict = pub.open == PUBLISHED_YES ? VERDICT_YES : VERDICT_UNKNOWN,
        };
        ports_of_service(ps, s, c->scratch, draw, &dr);
    }
}

struct looking {
    const struct rule_end *port;
    bool found;
};

static void look(void *arg, const struct port_target *t)
{
    struct looking *l = arg;
    g_autofree char *proto = g_ascii_strdown(t->protocol, -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", proto, t->number);

    l->found |= t->pod == l->port->pod && strcmp(sub, l->port->sub) == 0;
}

/* Why a Service that leads to the port is not published. */
static bool missing_public(struct rule_ctx *c, const struct fact_service *s, struct rule_why *out)
{
    struct published_answer pub;

    published_lb(s, NETREACH_INTERNET, c->scratch, &pub);
    return pub.open == PUBLISHED_NO &&
           why_say(out, strcmp(s->type, "LoadBalancer") == 0 ? WHY_ALMOST : WHY_RELATED,
                   pub.ev.object, pub.ev.uid, pub.ev.field, pub.ev.reason);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    AUTO(ports) ps = ports_new(c->f);
    bool said = false;

    if (!q->to.pod)
        return false;
    for (size_t i = 0; i < c->f->services.n; i++) {
        struct looking l = {.port = &q->to};
        struct rule_why why;

        if (strcmp(c->f->services.v[i].meta.ns, q->to.ns) != 0)
            continue;
        ports_of_service(ps, &c->f->services.v[i], c->scratch, look, &l);
        if (l.found && !missing_public(c, &c->f->services.v[i], &why))
            return false;
        if (l.found && (!said || why.near > out->near)) {
            *out = why;
            said = true;
        }
    }
    return said ||
           why_pod(c, out, WHY_APART, q->to.pod, "metadata.labels",
                   arena_printf(c->scratch, "no Service leads to port %s of the pod", q->to.sub));
}

const struct rule rule_expose_lb = {
    .name = "expose_lb",
    .version = 2,
    .kinds = {EDGE_EXPOSE_LB},
    .derive = derive,
    .missing = missing,
};
