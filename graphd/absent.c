/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs of ends, each kind that joins them, the nearest answer of each. */
#include "graphd/absent.h"

#include <stdlib.h>
#include <string.h>

#include "graphd/words.h"

enum { MOST_FROM = 64, MOST_TO = 32, MOST_ASKED = 20000, CHECK_EVERY = 64 };

struct set {
    node_ix v[MOST_FROM];
    size_t n, max;
    bool cut;
};

struct asking {
    struct http_req *req;
    const struct graph *g;
    struct missing *m;
    struct set from, to;
    struct absent_item best[EDGE_KIND_LIMIT]; /* by kind; kind 0: not asked or not absent */
    bool there[EDGE_KIND_LIMIT];              /* some pair has such an edge */
    size_t asked;
    bool truncated;
    bool network; /* it is about what a pod sends */
};

static void put(struct set *s, node_ix n)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i] == n)
            return;
    if (s->n == s->max)
        s->cut = true;
    else
        s->v[s->n++] = n;
}

/* What FROM is or has already, so that its edges are FROM's. */
static bool implied(enum edge_kind kind)
{
    return kind == EDGE_CONTAINER_ATTACH || kind == EDGE_VOLUME_DISCOVER ||
           kind == EDGE_IDENTITY_ASSUME || kind == EDGE_MEMBER_OF ||
           kind == EDGE_PERMISSION_DISCOVER;
}

static void spread_from(struct asking *q, node_ix start)
{
    q->from = (struct set){.v = {start}, .n = 1, .max = MOST_FROM};
    for (size_t i = 0; i < q->from.n; i++) {
        node_ix at = q->from.v[i];
        /* a node holds all its pods' tokens: not what somebody means by it */
        if (graph_kind(q->g, at) == NODE_NODE && i == 0)
            continue;
        for (size_t k = 0; k < graph_out_count(q->g, at); k++) {
            struct graph_edge e = graph_edge(q->g, graph_out(q->g, at, k));
            if ((implied(e.kind) || (q->network && e.kind == EDGE_NETNS_SHARE)) &&
                e.verdict != VERDICT_BLOCKED)
                put(&q->from, e.dst);
        }
    }
}

static void spread_to(struct asking *q, node_ix end)
{
    q->to = (struct set){.v = {end}, .n = 1, .max = MOST_TO};
    for (size_t i = 0; i < q->to.n; i++) {
        node_ix at = q->to.v[i];
        enum node_kind kind = graph_kind(q->g, at);
        for (size_t k = 0; k < graph_in_count(q->g, at); k++) {
            struct graph_edge e = graph_edge(q->g, graph_in(q->g, at, k));
            /* only the sets of what was asked about, not those of its containers */
            if ((e.kind == EDGE_HUB_MEMBER && (i == 0 || kinds_node(kind)->hub)) ||
                (e.kind == EDGE_ENDPOINT_EXPLOIT && kind == NODE_CONTAINER))
                put(&q->to, e.src);
        }
        for (size_t k = 0; kind == NODE_POD && i == 0 && k < graph_out_count(q->g, at); k++) {
            struct graph_edge e = graph_edge(q->g, graph_out(q->g, at, k));
            if (e.kind == EDGE_CONTAINER_ATTACH)
                put(&q->to, e.dst);
        }
    }
}

static bool contains(const struct set *s, node_ix n)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i] == n)
            return true;
    return false;
}

/* Kinds that lead from one set to the other already are not absent. */
static void note_there(struct asking *q)
{
    for (size_t i = 0; i < q->from.n; i++)
        for (size_t k = 0; k < graph_out_count(q->g, q->from.v[i]); k++) {
            struct graph_edge e = graph_edge(q->g, graph_out(q->g, q->from.v[i], k));
            if (contains(&q->to, e.dst))
                q->there[e.kind] = true;
        }
}

static bool ask(struct asking *q, node_ix from, node_ix to, enum edge_kind kind, struct err *e)
{
    struct graph_node x = graph_node(q->g, from), y = graph_node(q->g, to);
    struct absent_item *best = &q->best[kind], now = {.kind = kind, .from = from, .to = to};

    if (q->asked++ % CHECK_EVERY == 0 && clock_mono() > q->req->budget.deadline)
        return err_set(e, ERR_TIMEOUT, "asking why edges are missing took too long");
    if (x.kind != NODE_INTERNET && y.kind != NODE_INTERNET && strcmp(x.cluster, y.cluster) != 0)
        now.why = (struct rule_why){
            .ev.reason = arena_printf(q->req->arena, "the one is in cluster %s, the other in %s",
                                      x.cluster, y.cluster),
            .specific = true};
    else if (!q->m)
        missing_kind(kind, x.kind, y.kind, q->req->arena, &now.why);
    else if (!missing_ask(q->m, x.key, y.key, kind, q->req->arena, &now.why, e))
        return false;
    bool better = best->kind == EDGE_KIND_NONE || (now.why.specific && !best->why.specific) ||
                  (now.why.specific && now.why.near > best->why.near);
    if (better)
        *best = now;
    return true;
}

static bool joins(const struct edge_kind_info *k, enum node_kind from, enum node_kind to)
{
    return k->from >> from & 1 && k->to >> to & 1;
}

static bool ask_kind(struct asking *q, enum edge_kind kind, struct err *e)
{
    const struct edge_kind_info *k = kinds_edge(kind);

    for (size_t i = 0; i < q->from.n; i++)
        for (size_t j = 0; j < q->to.n; j++) {
            if (!joins(k, graph_kind(q->g, q->from.v[i]), graph_kind(q->g, q->to.v[j])) ||
                q->from.v[i] == q->to.v[j])
                continue;
            if (q->asked >= MOST_ASKED)
                q->truncated = true;
            else if (!ask(q, q->from.v[i], q->to.v[j], kind, e))
                return false;
        }
    return true;
}

static bool has_kind(const struct asking *q, const struct set *s, node_kinds kinds)
{
    for (size_t i = 0; i < s->n; i++)
        if (kinds >> graph_kind(q->g, s->v[i]) & 1)
            return true;
    return false;
}

/* A kind that wants rights, asked for somebody who has none: that is the first thing missing. */
static void no_rights(struct asking *q, enum edge_kind kind)
{
    static const node_kinds identity = (node_kinds)1 << NODE_SERVICEACCOUNT |
                                       (node_kinds)1 << NODE_USER | (node_kinds)1 << NODE_GROUP;
    struct absent_item *best = &q->best[kind];
    node_ix from = q->from.v[0], who = from;
    const char *account;

    for (size_t i = 0; i < q->from.n; i++)
        if (identity >> graph_kind(q->g, q->from.v[i]) & 1) {
            who = q->from.v[i];
            break;
        }
    struct graph_node n = graph_node(q->g, who);
    if (identity >> n.kind & 1) {
        *best = (struct absent_item){kind, who, q->to.v[0], {.near = 1, .specific = true}};
        best->why.ev.reason =
            arena_printf(q->req->arena,
                         "no RoleBinding or ClusterRoleBinding grants anything to %s or to its "
                         "groups",
                         words_node(q->req->arena, q->g, who));
        return;
    }
    /* a container without a token: told as the identity that it lacks */
    for (size_t i = 0; q->m && i < q->from.n; i++) {
        struct absent_item now = {.kind = EDGE_IDENTITY_ASSUME, .from = q->from.v[i]};
        if (graph_kind(q->g, now.from) != NODE_CONTAINER || q->best[EDGE_IDENTITY_ASSUME].kind ||
            !missing_identity(q->m, graph_node(q->g, now.from).key, q->req->arena, &account,
                              &now.why))
            continue;
        now.to = graph_find(q->g, account);
        if (now.to == NODE_NONE)
            continue;
        now.why.near = 100; /* whatever wants rights fails here first */
        q->best[EDGE_IDENTITY_ASSUME] = now;
    }
}

static int nearest_first(const void *a, const void *b)
{
    const struct absent_item *x = a, *y = b;

    if (x->why.specific != y->why.specific)
        return x->why.specific ? -1 : 1;
    if (x->why.near != y->why.near)
        return x->why.near > y->why.near ? -1 : 1;
    return strcmp(kinds_edge(x->kind)->label, kinds_edge(y->kind)->label);
}

/* That a pod does not hold a container of another tells nobody anything, unless it was asked. */
static bool idle(const struct absent_item *it)
{
    return it->why.specific && it->why.near == 0 &&
           (it->kind == EDGE_CONTAINER_ATTACH || it->kind == EDGE_VOLUME_DISCOVER ||
            it->kind == EDGE_HUB_MEMBER);
}

static void collect(struct asking *q, enum edge_kind kind, struct absent *out)
{
    struct absent_item *items = arena_calloc(q->req->arena, EDGE_KIND_LIMIT, sizeof(*items));

    for (size_t k = 1; k < EDGE_KIND_LIMIT; k++)
        if (q->best[k].kind && (kind || !idle(&q->best[k])))
            items[out->count++] = q->best[k];
    if (out->count)
        qsort(items, out->count, sizeof(*items), nearest_first);
    out->items = items;
    out->truncated = q->truncated || q->from.cut || q->to.cut;
}

bool absent_ask(struct http_req *req, struct missing *m, node_ix from, node_ix to,
                enum edge_kind kind, struct absent *out, struct err *e)
{
    static const node_kinds rights = (node_kinds)1 << NODE_PERMISSION_SET;
    struct asking *q = arena_calloc(req->arena, 1, sizeof(*q));

    *out = (struct absent){0};
    q->req = req;
    q->g = req->graph;
    q->m = m;
    q->network = kind == EDGE_NET_REACH || kind == EDGE_API_REACH;
    spread_from(q, from);
    spread_to(q, to);
    note_there(q);
    for (unsigned k = 1; k < EDGE_KIND_LIMIT; k++) {
        const struct edge_kind_info *info = kinds_edge(k);

        if (!info || (kind && k != kind) || q->there[k])
            continue;
        if (info->from & rights && !has_kind(q, &q->from, rights) && has_kind(q, &q->to, info->to))
            no_rights(q, k);
        if (!ask_kind(q, k, e))
            return false;
    }
    if (kind && !q->best[kind].kind && !q->there[kind]) {
        q->best[kind] = (struct absent_item){.kind = kind, .from = from, .to = to};
        missing_kind(kind, graph_kind(q->g, from), graph_kind(q->g, to), req->arena,
                     &q->best[kind].why);
    }
    collect(q, kind, out);
    return true;
}

/* Whether an edge out of a member of FROM's set leads to TO's, and is not what made that set. */
static bool leads(const struct asking *q, const struct graph_edge *e, enum edge_kind kind)
{
    return contains(&q->to, e->dst) && (!kind || e->kind == kind) &&
           !(implied(e->kind) && contains(&q->from, e->dst));
}

static size_t nearby_of(const struct asking *q, node_ix from, enum edge_kind kind, edge_ix *out,
                        size_t max)
{
    size_t n = 0, count = graph_out_count(q->g, from);

    for (size_t k = 0; k < count && n < max; k++) {
        edge_ix ix = graph_out(q->g, from, k);
        const struct graph_edge e = graph_edge(q->g, ix);
        if (leads(q, &e, kind))
            out[n++] = ix;
    }
    return n;
}

size_t absent_nearby(struct http_req *req, node_ix from, node_ix to, enum edge_kind kind,
                     edge_ix *out, size_t max)
{
    struct asking *q = arena_calloc(req->arena, 1, sizeof(*q));
    size_t n = 0;

    q->g = req->graph;
    spread_from(q, from);
    spread_to(q, to);
    for (size_t i = 0; i < q->from.n; i++)
        n += nearby_of(q, q->from.v[i], kind, out + n, max - n);
    return n;
}
