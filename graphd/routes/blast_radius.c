/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/blast-radius?node=KEY: what an attacker who holds the node can come to hold. */
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"

enum { MOST_JEWELS = 100, JEWELS_WITH_PATH = 20 };

bool blast_radius_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct query_page page;
    struct filter f;
    struct blast b;
    struct risk r;
    node_ix start;

    if (!g || !query_args_filter(req, &f, e) || !query_args_hits(req, g, &page, e) ||
        !query_args_node(req, g, "node", &start, e) || !http_args_done(req, e) ||
        !risk_of(g, start, &f, &req->budget, JEWELS_WITH_PATH, req->scratch, req->arena, &r, e) ||
        !blast_radius(g, start, false, &f, &req->budget, req->scratch, req->arena, &b, e))
        return false;
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_node(w, "source", g, start);
    answer_snapshot(w, g);
    answer_risk(w, &r);
    answer_counts(w, &b);
    answer_jewels(w, g, &r, MOST_JEWELS);
    if (!answer_hits(w, g, &b, &page, req->arena, e))
        return false;
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
