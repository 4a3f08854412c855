/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of netreach.h, joined over the ports of a store and remembered. */
#include "ingest/derive/datareach.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/nettargets.h"

struct datareach {
    const struct facts *f;
    const struct netreach *nr;
    struct arena *a;
    GHashTable *pairs;  /* segment, store -> struct netreach_answer * */
    GHashTable *names;  /* point, port -> the same, of names without addresses */
    GHashTable *points; /* segment -> GArray of the points of its pods; NULL: not made yet */
};

struct datareach *datareach_new(const struct facts *f, const struct netreach *nr, struct arena *a)
{
    struct datareach *dr = must_calloc(1, sizeof(*dr));

    *dr = (struct datareach){.f = f, .nr = nr, .a = a};
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
    g_clear_pointer(&dr->points, g_hash_table_destroy);
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

/* Every address may be behind a name: whether all are open, or some, or none; to a point, or to a
 * segment if it is NETCLASS_NONE. */
static void ask_all_addresses(struct datareach *dr, uint32_t segment, uint32_t point, int32_t port,
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
        if (point == NETCLASS_NONE)
            netreach_address(dr->nr, segment, text, NET_TCP, port, &one);
        else
            netreach_point_address(dr->nr, point, text, NET_TCP, port, &one);
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

static const struct netreach_answer *ask_name(struct datareach *dr, uint32_t point,
                                              const struct datastore *s)
{
    int64_t key = (int64_t)point << 32 | (uint32_t)s->port;
    struct netreach_answer *have = g_hash_table_lookup(dr->names, &key);

    if (have)
        return have;
    have = arena_calloc(dr->a, 1, sizeof(*have));
    ask_all_addresses(dr, NETREACH_NONE, point, s->port ? s->port : 1, have);
    g_hash_table_insert(dr->names, g_memdup2(&key, sizeof(key)), have);
    return have;
}

static void free_points(gpointer points)
{
    g_array_free(points, TRUE);
}

static void make_points(struct datareach *dr)
{
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    dr->points = g_hash_table_new_full(NULL, NULL, NULL, free_points);
    for (size_t i = 0; i < dr->f->pods.n; i++) {
        const struct fact_pod *p = &dr->f->pods.v[i];
        uint32_t segment = netreach_of_pod(dr->nr, p);

        if (segment == NETREACH_NONE)
            continue;
        uint32_t point = netreach_point(dr->nr, p);
        GArray *list = g_hash_table_lookup(dr->points, GUINT_TO_POINTER(segment));
        if (!g_hash_table_add(seen, GUINT_TO_POINTER(point)))
            continue;
        if (!list) {
            list = g_array_new(FALSE, FALSE, sizeof(point));
            g_hash_table_insert(dr->points, GUINT_TO_POINTER(segment), list);
        }
        g_array_append_val(list, point);
    }
    g_hash_table_destroy(seen);
}

/* A segment without pods is one node, which no policy stops, or pods that could be made. */
static void ask_name_of_all(struct ask *q, const struct datastore *s)
{
    struct datareach *dr = q->dr;

    if (!dr->points)
        make_points(dr);
    const GArray *points = g_hash_table_lookup(dr->points, GUINT_TO_POINTER(q->segment));
    if (!points) {
        struct netreach_answer one;
        ask_all_addresses(dr, q->segment, NETCLASS_NONE, s->port ? s->port : 1, &one);
        more(q, &one);
        return;
    }
    int least = 2;
    const struct netreach_answer *worst = NULL;
    for (guint i = 0; i < points->len; i++) {
        const struct netreach_answer *one = ask_name(dr, g_array_index(points, uint32_t, i), s);
        if (!worst || rank(one) < least) {
            least = rank(one);
            worst = one;
        }
        more(q, one);
    }
    if (rank(q->out) > least) { /* they differ: the policy is one that stops some */
        *q->out = *worst;
        q->out->open = NETREACH_SOME;
        q->out->sure = false;
        q->out->ev.reason = "it lets some of these pods connect to all addresses and others not, "
                            "and which address the name stands for is not known";
    }
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
        ask_name_of_all(&q, s);
    g_hash_table_insert(dr->pairs, g_memdup2(&key, sizeof(key)), have);
    return have;
}

const struct netreach_answer *datareach_ask_pod(struct datareach *dr, const struct fact_pod *p,
                                                const struct datastore *s)
{
    if (s->runs.n == 0 && s->addresses.n == 0)
        return ask_name(dr, netreach_point(dr->nr, p), s);
    return datareach_ask(dr, netreach_of_pod(dr->nr, p), s);
}
