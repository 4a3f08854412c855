/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/snapshot: which graph the answers come from, how old it is and what it lacks. */
#include "graphd/answer.h"
#include "graphd/routes.h"

static void put_nodes(struct jw *w, const struct graph *g)
{
    size_t by_kind[NODE_KIND_LIMIT] = {0};
    size_t n = graph_nodes(g);

    for (size_t i = 0; i < n; i++)
        by_kind[graph_kind(g, (node_ix)i)]++;
    jw_key(w, "nodes");
    jw_obj(w);
    jw_key_uint(w, "total", n);
    answer_by_kind(w, by_kind);
    jw_end_obj(w);
}

static void put_edges(struct jw *w, const struct graph *g)
{
    size_t by_kind[EDGE_KIND_LIMIT] = {0}, by_verdict[VERDICT_COUNT] = {0};
    size_t n = graph_edges(g);

    for (size_t i = 0; i < n; i++) {
        struct graph_edge edge = graph_edge(g, (edge_ix)i);
        by_kind[edge.kind]++;
        by_verdict[edge.verdict]++;
    }
    jw_key(w, "edges");
    jw_obj(w);
    jw_key_uint(w, "total", n);
    jw_key(w, "by_kind");
    jw_obj(w);
    for (unsigned k = 1; k < EDGE_KIND_LIMIT; k++)
        if (by_kind[k] && kinds_edge(k))
            jw_key_uint(w, kinds_edge(k)->label, by_kind[k]);
    jw_end_obj(w);
    jw_key(w, "by_verdict");
    jw_obj(w);
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        jw_key_uint(w, kinds_verdict_name(v), by_verdict[v]);
    jw_end_obj(w);
    jw_end_obj(w);
}

bool snapshot_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    size_t n;

    if (!g || !http_args_done(req, e))
        return false;
    const struct graph_part *p = graph_parts(g, &n);
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_snapshot(w, g);
    jw_key_uint(w, "bytes", graph_bytes(g));
    put_nodes(w, g);
    put_edges(w, g);
    jw_key(w, "clusters");
    jw_arr(w);
    for (size_t i = 0; i < n; i++)
        answer_part(w, &p[i]);
    jw_end_arr(w);
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
