/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/exposure?node=KEY: who can come to hold the node, and whether the internet can.  The
 * shape is that of the blast radius, where `source` is the node that was asked about. */
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"
#include "queries/reach.h"

/* "internet": how anyone outside reaches the target, null if the graph has no internet. */
static bool put_internet(struct http_req *req, struct jw *w, const struct graph *g, node_ix target,
                         const struct filter *f, struct err *e)
{
    node_ix internet = graph_find(g, "internet");
    struct reach r;

    jw_key(w, "internet");
    if (internet == NODE_NONE) {
        jw_null(w);
        return true;
    }
    if (!reach_pair(g, internet, target, f, &req->budget, req->scratch, req->arena, &r, e))
        return false;
    jw_obj(w);
    answer_reach(w, g, &r);
    jw_end_obj(w);
    return true;
}

bool exposure_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct query_page page;
    struct filter f;
    struct blast b;
    node_ix target;

    if (!g || !query_args_filter(req, &f, e) || !query_args_hits(req, g, &page, e) ||
        !query_args_node(req, g, "node", &target, e) || !http_args_done(req, e) ||
        !blast_radius(g, target, true, &f, &req->budget, req->scratch, req->arena, &b, e))
        return false;
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_node(w, "source", g, target);
    answer_snapshot(w, g);
    answer_counts(w, &b);
    if (!put_internet(req, w, g, target, &f, e) || !answer_hits(w, g, &b, &page, req->arena, e))
        return false;
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
