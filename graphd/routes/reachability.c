/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/reachability?from=KEY&to=KEY: yes, no or possible, with the best way. */
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"

bool reachability_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct filter f;
    struct reach r;
    node_ix from, to;

    if (!g || !query_args_filter(req, &f, e) || !query_args_node(req, g, "from", &from, e) ||
        !query_args_node(req, g, "to", &to, e) || !http_args_done(req, e) ||
        !reach_pair(g, from, to, &f, &req->budget, req->scratch, req->arena, &r, e))
        return false;
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_node(w, "from", g, from);
    answer_node(w, "to", g, to);
    answer_reach(w, g, &r);
    answer_snapshot(w, g);
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
