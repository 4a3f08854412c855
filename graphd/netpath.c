/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets are containers: a pod is taken when one of them is. */
#include "graphd/netpath.h"

#include <string.h>

#include "queries/blast.h"
#include "schema/key.h"

enum { MOST_TARGETS = 64, MOST_SEGMENTS = 4096 };

struct targets {
    node_ix v[MOST_TARGETS];
    size_t n;
};

static void add_target(struct targets *t, node_ix n)
{
    if (n != NODE_NONE && t->n < MOST_TARGETS)
        t->v[t->n++] = n;
}

/* The containers of pods as nodes. */
static void containers_of(const struct netask *q, const struct netend *end, struct targets *out)
{
    for (size_t i = 0; i < end->npods; i++) {
        const struct fact_pod *p = &q->f->pods.v[end->pods[i]];
        for (size_t k = 0; k < p->ncontainers; k++)
            add_target(out, graph_find(q->req->graph,
                                       key_make(q->req->arena, q->f->cluster, NODE_CONTAINER,
                                                p->meta.ns, p->meta.name, p->containers[k].name)));
    }
}

/* What an attacker walks who has nothing but the network. */
static const struct filter over_network = {.planes = 1u << PLANE_NETWORK};

static bool best_of(struct netask *q, const struct targets *t, const struct filter *f,
                    struct reach *best, struct err *e)
{
    struct http_req *req = q->req;

    *best = (struct reach){.answer = REACH_NO};
    for (size_t i = 0; i < t->n; i++) {
        struct reach r;
        if (!reach_pair(req->graph, q->from.node, t->v[i], f, &req->budget, req->scratch,
                        req->arena, &r, e))
            return false;
        if (r.answer > best->answer || (r.answer == best->answer && r.path.p > best->path.p))
            *best = r;
    }
    return true;
}

static bool is_expose(enum edge_kind k)
{
    return k == EDGE_EXPOSE_LB || k == EDGE_EXPOSE_ROUTE || k == EDGE_EXPOSE_NODEPORT ||
           k == EDGE_EXPOSE_HOSTPORT || k == EDGE_EXPOSE_EXTERNAL_IP;
}

/* Ports of the pods that stand in the graph. */
static void endpoints_of(const struct netask *q, const struct netend *end, struct targets *out)
{
    const struct graph *g = q->req->graph;
    struct targets containers = {.n = 0};

    containers_of(q, end, &containers);
    for (size_t i = 0; i < containers.n; i++)
        for (size_t k = 0; k < graph_in_count(g, containers.v[i]); k++) {
            struct graph_edge e = graph_edge(g, graph_in(g, containers.v[i], k));
            if (e.kind == EDGE_ENDPOINT_EXPLOIT)
                add_target(out, e.src);
        }
}

static void find_exposed(const struct netask *q, struct netpath *out)
{
    const struct graph *g = q->req->graph;
    struct targets ports = {.n = 0};
    edge_ix *v = arena_calloc(q->req->arena, MOST_SEGMENTS, sizeof(*v));

    endpoints_of(q, &q->to.end, &ports);
    for (size_t i = 0; i < ports.n; i++)
        for (size_t k = 0; k < graph_in_count(g, ports.v[i]); k++) {
            edge_ix ix = graph_in(g, ports.v[i], k);
            struct graph_edge e = graph_edge(g, ix);
            if (is_expose(e.kind) && e.src == q->from.node && e.verdict != VERDICT_BLOCKED &&
                out->nexposed < MOST_SEGMENTS)
                v[out->nexposed++] = ix;
        }
    out->exposed = v;
}

/* Nodes as they are collected, each once. */
struct set {
    node_ix *v;
    size_t n;
    bool *seen; /* by node */
};

static void put(struct set *s, node_ix n)
{
    if (s->seen[n] || s->n == MOST_SEGMENTS)
        return;
    s->seen[n] = true;
    s->v[s->n++] = n;
}

/* Segments from which a port, or a set that holds it, is reached. */
static void segments_to(const struct graph *g, node_ix port, bool hub, struct set *out)
{
    for (size_t i = 0; i < graph_in_count(g, port); i++) {
        struct graph_edge e = graph_edge(g, graph_in(g, port, i));
        if (e.verdict == VERDICT_BLOCKED)
            continue;
        if (e.kind == EDGE_NET_REACH)
            put(out, e.src);
        else if (!hub && e.kind == EDGE_HUB_MEMBER && graph_kind(g, e.src) == NODE_ENDPOINTS)
            segments_to(g, e.src, true, out);
    }
}

/* Marks what the internet reaches over the network. */
static bool mark_reached(struct netask *q, bool *reached, struct err *e)
{
    struct http_req *req = q->req;
    struct blast_set set;

    if (!blast_reach(req->graph, q->from.node, false, &over_network, &req->budget, req->scratch,
                     &set, e))
        return false;
    for (size_t i = 0; i < set.count; i++)
        reached[set.steps[i].node] = true;
    return true;
}

/* The pods of a segment; those on a node's network send as the node. */
static void pods_of(const struct netask *q, node_ix segment, GArray *pods, struct netpath *out)
{
    const struct graph *g = q->req->graph;

    for (size_t i = 0; i < graph_in_count(g, segment); i++) {
        struct graph_edge e = graph_edge(g, graph_in(g, segment, i));
        if (e.kind == EDGE_NODE_NET)
            out->from_node = true;
        if (e.kind != EDGE_NETNS_SHARE)
            continue;
        uint32_t pod = netask_pod(q->f, graph_node(g, e.src).key, q->req->arena);
        if (pod != NETASK_NO_POD && q->f->pods.v[pod].host_network)
            out->from_node = true;
        else if (pod != NETASK_NO_POD)
            g_array_append_val(pods, pod);
    }
}

/* All pods that the internet reaches and that may open the last connection: to close it for one of
 * them only would leave the others. */
static bool find_sources(struct netask *q, struct netpath *out, struct err *e)
{
    const struct graph *g = q->req->graph;
    struct arena *a = q->req->arena;
    bool *reached = arena_calloc(a, graph_nodes(g) + 1, sizeof(*reached));
    struct set segments = {.v = arena_calloc(a, MOST_SEGMENTS, sizeof(node_ix)),
                           .seen = arena_calloc(a, graph_nodes(g) + 1, sizeof(bool))};
    struct targets ports = {.n = 0};
    GArray *pods;

    if (!mark_reached(q, reached, e))
        return false;
    endpoints_of(q, &out->to, &ports);
    for (size_t i = 0; i < ports.n; i++)
        segments_to(g, ports.v[i], false, &segments);
    pods = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    for (size_t i = 0; i < segments.n; i++)
        if (reached[segments.v[i]])
            pods_of(q, segments.v[i], pods, out);
    if (pods->len)
        netend_pods(q->np, (const uint32_t *)(const void *)pods->data, pods->len, a, &out->from);
    out->from_name = pods->len == 1 ? q->f->pods.v[g_array_index(pods, uint32_t, 0)].meta.name
                                    : arena_printf(a, "%u-pods", pods->len);
    out->hop = pods->len > 0;
    g_array_free(pods, TRUE);
    return true;
}

/* The pods behind the port that the hop leads to: all that were asked about if it is one of them.
 */
static bool find_target(struct netask *q, node_ix port, struct netpath *out)
{
    uint32_t pod = netask_pod(q->f, graph_node(q->req->graph, port).key, q->req->arena);

    if (pod == NETASK_NO_POD)
        return false;
    if (netend_has(&q->to.end, pod)) {
        out->to = q->to.end;
        out->to_name = q->to.name;
        return true;
    }
    netend_pods(q->np, &pod, 1, q->req->arena, &out->to);
    out->to_name = q->f->pods.v[pod].meta.name;
    return true;
}

/* Whether an edge on the way back from the target is a hop over the network; *port becomes the port
 * that was seen last. */
static bool is_hop(const struct graph *g, edge_ix ix, node_ix *port)
{
    enum edge_kind kind = graph_edge(g, ix).kind;
    node_ix to = graph_edge(g, ix).dst;

    if (graph_kind(g, to) == NODE_ENDPOINT)
        *port = to;
    return *port != NODE_NONE && (kind == EDGE_NET_REACH || is_expose(kind));
}

static bool find_hop(struct netask *q, struct netpath *out, struct err *e)
{
    const struct graph *g = q->req->graph;
    const struct path *p = &out->reach.path;
    node_ix port = NODE_NONE;
    size_t i = p->count;

    while (i > 0 && !is_hop(g, p->edges[i - 1], &port))
        i--;
    if (i == 0 || !find_target(q, port, out))
        return true;
    out->edge = p->edges[i - 1];
    if (graph_edge(g, out->edge).kind == EDGE_NET_REACH)
        return find_sources(q, out, e);
    out->from = q->from.end;
    out->from_name = "internet";
    out->from_internet = out->hop = true;
    return true;
}

bool netpath_find(struct netask *q, struct netpath *out, struct err *e)
{
    const struct filter all = {0};
    struct targets t = {.n = 0};

    *out = (struct netpath){0};
    if (q->from.node == NODE_NONE)
        return true;
    containers_of(q, &q->to.end, &t);
    find_exposed(q, out);
    if (!best_of(q, &t, &over_network, &out->reach, e))
        return false;
    out->network = out->reach.answer != REACH_NO;
    if (!out->network && !best_of(q, &t, &all, &out->reach, e))
        return false;
    return find_hop(q, out, e);
}
