/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/network/matrix?namespace=NS: which connections are open between the workloads of a
 * namespace, all others and the outside; in the order of the rows. */
#include <string.h>

#include "graphd/answer.h"
#include "graphd/cursor.h"
#include "graphd/netask.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"
#include "graphd/service.h"
#include "ingest/derive/nettable.h"

enum { DEFAULT_LIMIT = 500, MOST = 5000, MOST_PAIRS = 1000000 };

struct asked {
    const char *ns, *peers, *cluster;
    struct query_page page;
    size_t skip;
    const struct graph_part *part;
};

static bool read_args(struct http_req *req, const struct graph *g, struct asked *q, struct err *e)
{
    static const char *const question[] = {"namespace", "cluster", "peers", NULL};

    if (!http_arg_need(req, "namespace", &q->ns, e) ||
        !http_arg_str(req, "cluster", "", &q->cluster, e) ||
        !http_arg_str(req, "peers", "workload", &q->peers, e) ||
        !query_args_page(req, question, graph_id(g), DEFAULT_LIMIT, MOST, &q->page, e) ||
        !query_args_offset(&q->page, &q->skip, e) || !http_args_done(req, e))
        return false;
    if (strcmp(q->peers, "workload") != 0 && strcmp(q->peers, "pod") != 0) {
        http_point_at(req, "peers");
        return err_set(e, ERR_INPUT, "peers: want workload or pod, got \"%.20s\"", q->peers);
    }
    q->part = netask_part(req, g, q->cluster, e);
    return q->part;
}

static void put_row(struct jw *w, const struct nettable_row *row)
{
    jw_obj(w);
    jw_key_str(w, "src", row->src);
    jw_key_str(w, "dst", row->dst);
    jw_key_str(w, "connections", row->ports);
    jw_end_obj(w);
}

static bool put_rows(struct http_req *req, struct jw *w, const struct asked *q, struct err *e)
{
    struct recalled *r = req->service->recalled;
    const struct facts *f = recalled_facts(r);
    const struct nettable_options o = {.by_pod = strcmp(q->peers, "pod") == 0, .ns = q->ns};
    size_t n;

    if (!facts_namespace(f, q->ns)) {
        http_point_at(req, "namespace");
        return err_set(e, ERR_MISSING, "namespace: none is called \"%.100s\"", q->ns);
    }
    if (nettable_cost(f, &o) > MOST_PAIRS) {
        http_point_at(req, "namespace");
        return err_set(e, ERR_LIMIT, "namespace: more than %d pairs; ask for single pairs instead",
                       MOST_PAIRS);
    }
    AUTO(nettable) t = nettable_new(f, recalled_netpol(r), &o);
    const struct nettable_row *rows = nettable_rows(t, &n);
    size_t end = q->skip < n ? q->skip : n;
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (; end < n && end < q->skip + q->page.limit; end++)
        put_row(w, &rows[end]);
    jw_end_arr(w);
    jw_key_uint(w, "total", n);
    jw_key_str(w, "next",
               end < n
                   ? cursor_make(req->arena, q->page.scope, arena_printf(req->arena, "%zu", end))
                   : NULL);
    answer_snapshot(w, req->graph);
    answer_coverage(w, req->graph);
    jw_end_obj(w);
    return true;
}

bool network_matrix_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct graph *g = http_graph(req, e);
    struct asked q = {0};

    if (!g || !read_args(req, g, &q, e) || !netask_take(req, q.part, e))
        return false;
    bool ok = put_rows(req, reply->json, &q, e);
    netask_done(req);
    reply->etag = ok ? answer_etag(req, g) : NULL;
    return ok;
}
