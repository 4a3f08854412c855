/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DB_REACH: who reaches the port of a data store may get its data by a flaw, by guessing, or
 * because it asks nobody.  What runs in the cluster is reached by its ENDPOINTs, what is outside by
 * those segments whose policies let them out. */
#include <stdlib.h>
#include <string.h>

#include "ingest/derive/datacreds.h"
#include "ingest/derive/datareach.h"
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

struct drawing {
    struct rule_ctx *c;
    const struct datacreds *creds;
};

/* Whether the store lets anybody in, and why we think so. */
static bool asks_nobody(const struct drawing *dr, const struct datastore *s, const char **why)
{
    const struct datacred *cred = datacreds_asks(dr->creds, s);
    struct arena *a = dr->c->scratch;

    if (cred)
        *why = arena_printf(a, "%s is given a password by Secret %s: a flaw or a guess is needed",
                            s->engine->name, cred->secret->meta.name);
    else if (s->engine->open)
        *why = arena_printf(a, "%s asks for no password unless it is told to", s->engine->name);
    else
        *why =
            arena_printf(a, "%s asks for a password: a flaw or a guess is needed", s->engine->name);
    return !cred && s->engine->open;
}

static void draw(const struct drawing *dr, uint32_t from, const struct datastore *s,
                 enum verdict verdict, struct evidence *ev)
{
    struct evidence two[2] = {*ev};
    bool open = asks_nobody(dr, s, &two[1].reason);

    two[1].object = arena_printf(dr->c->scratch, "data store %s", s->name);
    draft_edge(dr->c->d, from, s->ix, EDGE_DB_REACH, open ? CLASS_MODERATE : CLASS_HARD, verdict,
               two, 2);
}

static void of_port(const struct drawing *dr, const struct datastore *s, const struct fact_pod *p,
                    int32_t port, const char *field, const char *reason)
{
    struct arena *a = dr->c->scratch;
    struct evidence ev = {
        .object = arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = field,
        .reason = reason,
    };

    draw(dr, ports_endpoint(dr->c->d, p, "TCP", port), s, VERDICT_YES, &ev);
}

static void of_run(const struct drawing *dr, const struct datastore *s,
                   const struct datastore_run *run)
{
    const struct fact_container *k = run->container;

    for (size_t i = 0; i < k->nports; i++)
        if (datastores_serves(s->engine, k, &k->ports[i]))
            of_port(dr, s, run->pod, k->ports[i].number,
                    escape_field(dr->c->scratch, run->pod, k,
                                 arena_printf(dr->c->scratch, "ports[%zu]", i)),
                    "the store's container declares the port");
}

/* A port that no container declares, but a Service leads to. */
static void undeclared(void *arg, const struct port_target *t)
{
    const struct drawing *dr = arg;

    if (strcmp(t->protocol, "TCP") != 0 || ports_declared(t->pod, t->protocol, t->number))
        return;
    for (size_t k = 0; k < t->pod->ncontainers; k++) {
        const struct fact_container *c = &t->pod->containers[k];
        const struct datastore *s = datastores_of(dr->c->as->stores, c);

        if (s && datastores_may_serve(s->engine, c, t->number))
            of_port(dr, s, t->pod, t->number, NULL,
                    arena_printf(dr->c->scratch,
                                 "Service %s/%s leads to the port, which no container declares",
                                 t->service->meta.ns, t->service->meta.name));
    }
}

/* A store outside, for every segment. */
static void of_outside(const struct drawing *dr, struct datareach *reach, const struct datastore *s)
{
    struct netreach *nr = hubs_net(dr->c->hubs);

    for (uint32_t i = 0; i < netreach_segments(nr); i++) {
        const struct netreach_answer *x = datareach_ask(reach, i, s);
        bool yes = x->open == NETREACH_OPEN && x->sure;

        if (x->open != NETREACH_CLOSED)
            draw(dr, netreach_segment_node(nr, i), s, yes ? VERDICT_YES : VERDICT_UNKNOWN,
                 (struct evidence *)&x->ev);
    }
}

static void derive(struct rule_ctx *c)
{
    size_t n;
    struct datastore **all = datastores_all(c->as->stores, &n);
    bool any_outside = false;

    if (n == 0)
        return;
    AUTO(datacreds) creds = datacreds_new(c->f, c->as->stores, c->scratch);
    struct drawing dr = {c, creds};
    for (size_t i = 0; i < n; i++) {
        any_outside |= all[i]->runs.n == 0;
        for (size_t k = 0; k < all[i]->runs.n; k++)
            of_run(&dr, all[i], &all[i]->runs.v[k]);
    }
    const struct ports *ps = hubs_ports(c->hubs);
    for (size_t i = 0; i < c->f->services.n; i++)
        ports_of_service(ps, &c->f->services.v[i], c->scratch, undeclared, &dr);
    if (!any_outside)
        return;
    AUTO(datareach) reach = datareach_new(c->f, hubs_net(c->hubs), c->scratch);
    for (size_t i = 0; i < n; i++)
        if (all[i]->runs.n == 0)
            of_outside(&dr, reach, all[i]);
}

/* --- missing --------------------------------------------------------------------------------- */

static bool missing_segment(struct rule_ctx *c, const struct rule_question *q,
                            const struct datastore *s, struct rule_why *out)
{
    struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = netreach_segment_named(nr, q->from.ns, q->from.name);

    if (s->runs.n)
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "data store %s", s->name), NULL,
                       NULL,
                       "the store runs in the cluster: it is reached by the ports of its pods");
    if (segment == NETREACH_NONE || *q->from.sub)
        return false;
    AUTO(datareach) reach = datareach_new(c->f, nr, c->scratch);
    const struct netreach_answer *x = datareach_ask(reach, segment, s);
    return x->open == NETREACH_CLOSED &&
           why_say(out, WHY_ALMOST, x->ev.object, x->ev.uid, x->ev.field, x->ev.reason);
}

/* Whether a port, by the last part of its key, is one on which the container may serve. */
static bool may_be_of(const struct datastore *s, const struct fact_container *k, const char *sub)
{
    int32_t number = g_str_has_prefix(sub, "tcp:") ? (int32_t)strtol(sub + 4, NULL, 10) : 0;

    for (size_t i = 0; i < k->nports; i++)
        if (k->ports[i].number == number)
            return datastores_serves(s->engine, k, &k->ports[i]);
    return number && datastores_may_serve(s->engine, k, number);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct datastore *s = datastores_find(c->as->stores, q->to.ns, q->to.name, q->to.sub);
    const struct fact_pod *p = q->from.pod;
    bool of_it = false, serves = false;

    if (!s)
        return false;
    if (q->from.kind == NODE_NET_SEGMENT)
        return missing_segment(c, q, s, out);
    if (!p)
        return false;
    if (why_ended(c, out, p))
        return true;
    for (size_t k = 0; k < p->ncontainers; k++)
        if (datastores_of(c->as->stores, &p->containers[k]) == s) {
            of_it = true;
            serves |= may_be_of(s, &p->containers[k], q->from.sub);
        }
    if (!of_it)
        return why_pod(c, out, WHY_APART, p, "spec.containers", "the port is of another pod");
    return !serves && why_pod(c, out, WHY_ALMOST, p, "spec.containers",
                              arena_printf(c->scratch, "%s is no port on which %s serves clients",
                                           q->from.sub, s->engine->name));
}

const struct rule rule_db_reach = {
    .name = "db_reach",
    .version = 1,
    .kinds = {EDGE_DB_REACH},
    .derive = derive,
    .missing = missing,
};
