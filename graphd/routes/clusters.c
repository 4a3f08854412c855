/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/clusters: what is loaded, one entry a cluster. */
#include "graphd/answer.h"
#include "graphd/routes.h"

bool clusters_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    size_t n;

    if (!g || !http_args_done(req, e))
        return false;
    const struct graph_part *p = graph_parts(g, &n);
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = 0; i < n; i++)
        answer_part(w, &p[i]);
    jw_end_arr(w);
    jw_key_str(w, "next", NULL);
    jw_end_obj(w);
    return true;
}
