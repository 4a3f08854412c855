/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/node?key=KEY: one node with its edges, blocked ones too. */
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"

enum { DEFAULT_EDGES = 200, MOST_EDGES = 10000 };

typedef size_t edge_count(const struct graph *g, node_ix n);
typedef edge_ix edge_at(const struct graph *g, node_ix n, size_t i);

static void put_edges(struct jw *w, const char *name, const struct graph *g, node_ix node,
                      edge_count *count, edge_at *at, size_t limit)
{
    size_t n = count(g, node);

    jw_key(w, name);
    jw_obj(w);
    jw_key_uint(w, "total", n);
    jw_key_bool(w, "truncated", n > limit);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = 0; i < n && i < limit; i++)
        answer_edge(w, g, at(g, node, i));
    jw_end_arr(w);
    jw_end_obj(w);
}

bool node_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    uint32_t limit;
    node_ix ix;

    if (!g || !http_arg_u32(req, "limit", 1, MOST_EDGES, DEFAULT_EDGES, &limit, e) ||
        !query_args_node(req, g, "key", &ix, e) || !http_args_done(req, e))
        return false;
    struct graph_node node = graph_node(g, ix);
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_node_members(w, g, ix);
    jw_key_str(w, "uid", node.uid);
    jw_key_json(w, "labels", node.labels);
    jw_key_json(w, "props", node.props);
    put_edges(w, "out", g, ix, graph_out_count, graph_out, limit);
    put_edges(w, "in", g, ix, graph_in_count, graph_in, limit);
    answer_snapshot(w, g);
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
