/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of netreach.h, joined over the ports of a store and remembered. */
#include "ingest/derive/datareach.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct datareach {
    const struct netreach *nr;
    struct arena *a;
    GHashTable *pairs; /* "segment store" -> struct netreach_answer * */
    GHashTable *names; /* "segment port" -> the same, of names without addresses */
};

struct datareach *datareach_new(const struct netreach *nr, struct arena *a)
{
    struct datareach *dr = must_calloc(1, sizeof(*dr));

    *dr = (struct datareach){.nr = nr, .a = a};
    dr->pairs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    dr->names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return dr;
}

void datareach_free(struct datareach *dr)
{
    if (!dr)
        return;
    g_hash_table_destroy(dr->pairs);
    g_hash_table_destroy(dr->names);
    free(dr);
}

/* How far an answer is from "closed". */
static int rank(const struct netreach_answer *x)
{
    return x->open == NETREACH_CLOSED ? 0 : x->sure && x->open == NETREACH_OPEN ? 2 : 1;
}

/* The answers about one store, joined: open if one of them is. */
struct ask {
    struct datareach *dr;
    uint32_t segment;
    struct netreach_answer *out;
    bool any;
};

static void more(struct ask *q, const struct netreach_answer *one)
{
    if (!q->any || rank(one) > rank(q->out))
        *q->out = *one;
    q->any = true;
}

static void ask_port(struct ask *q, const struct fact_pod *p, int32_t port)
{
    struct netreach_answer one;

    if (q->any && rank(q->out) == 2)
        return;
    netreach_pod(q->dr->nr, q->segment, p, NET_TCP, port, &one);
    more(q, &one);
}

/* The ports for clients that the container declares, else the engine's usual one. */
static void ask_run(struct ask *q, const struct datastore_engine *e,
                    const struct datastore_run *run)
{
    const struct fact_container *c = run->container;
    bool any = false;

    for (size_t i = 0; i < c->nports; i++)
        if (datastores_serves(e, c, &c->ports[i])) {
            ask_port(q, run->pod, c->ports[i].number);
            any = true;
        }
    if (!any)
        ask_port(q, run->pod, e->ports[0]);
}

/* Ranges in which no server of others is: this machine, the link, many at once. */
static bool nobodys(const struct netclass_range *r)
{
    return r->first[0] >= 224 || (r->first[0] == 127 && r->last[0] == 127) || r->last[0] == 0 ||
           (r->first[0] == 169 && r->first[1] == 254 && r->last[0] == 169 && r->last[1] == 254);
}

/* Every address may be behind a name: whether all are open, or some, or none. */
static void ask_all_addresses(struct datareach *dr, uint32_t segment, int32_t port,
                              struct netreach_answer *out)
{
    size_t n, open = 0, all = 0;
    const struct netclass_range *r = netclass_ranges(netpol_classes(netreach_netpol(dr->nr)), &n);
    struct netreach_answer shut = {.open = NETREACH_CLOSED, .sure = true};
    char text[INET6_ADDRSTRLEN];

    *out = shut;
    for (size_t i = 0; i < n; i++) {
        struct netreach_answer one;

        if (r[i].v6 || nobodys(&r[i]) || !inet_ntop(AF_INET, r[i].first, text, sizeof(text)))
            continue;
        netreach_address(dr->nr, segment, text, NET_TCP, port, &one);
        open += one.open != NETREACH_CLOSED;
        if (one.open == NETREACH_CLOSED)
            shut = one;
        else if (all == 0 || rank(&one) > rank(out))
            *out = one;
        all++;
    }
    if (open > 0 && open < all) {
        *out = shut;
        out->open = NETREACH_SOME;
        out->sure = false;
        out->ev.reason = "it lets the pod connect to some addresses only, and which ones the name "
                         "stands for is not known";
    } else if (open == 0) {
        *out = shut;
    }
}

static void ask_name(struct ask *q, const struct datastore *s)
{
    int64_t key = (int64_t)q->segment << 32 | (uint32_t)s->port;
    struct netreach_answer *have = g_hash_table_lookup(q->dr->names, &key);

    if (!have) {
        have = arena_calloc(q->dr->a, 1, sizeof(*have));
        ask_all_addresses(q->dr, q->segment, s->port ? s->port : 1, have);
        g_hash_table_insert(q->dr->names, g_memdup2(&key, sizeof(key)), have);
    }
    more(q, have);
}

const struct netreach_answer *datareach_ask(struct datareach *dr, uint32_t segment,
                                            const struct datastore *s)
{
    int64_t key = (int64_t)segment << 32 | s->ix;
    struct netreach_answer *have = g_hash_table_lookup(dr->pairs, &key);

    if (have)
        return have;
    have = arena_calloc(dr->a, 1, sizeof(*have));
    struct ask q = {dr, segment, have, false};
    for (size_t i = 0; i < s->runs.n; i++)
        ask_run(&q, s->engine, &s->runs.v[i]);
    for (size_t i = 0; i < s->addresses.n; i++) {
        struct netreach_answer one;

        netreach_address(dr->nr, segment, s->addresses.v[i], NET_TCP, s->port, &one);
        more(&q, &one);
    }
    if (!q.any)
        ask_name(&q, s);
    g_hash_table_insert(dr->pairs, g_memdup2(&key, sizeof(key)), have);
    return have;
}
