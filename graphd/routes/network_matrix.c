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

/* One page while all rows go by. */
struct pager {
    struct jw *w;
    size_t from, to, at;
};

static void put_row(void *arg, const char *src, const char *dst, const char *ports)
{
    struct pager *p = arg;
    size_t at = p->at++;

    if (at < p->from || at >= p->to)
        return;
    jw_obj(p->w);
    jw_key_str(p->w, "src", src);
    jw_key_str(p->w, "dst", dst);
    jw_key_str(p->w, "connections", ports);
    jw_end_obj(p->w);
}

static bool put_rows(struct http_req *req, struct jw *w, const struct asked *q, struct err *e)
{
    struct recalled *r = req->service->recalled;
    const struct facts *f = recalled_facts(r);
    const struct nettable_options o = {.by_pod = strcmp(q->peers, "pod") == 0, .ns = q->ns};
    struct pager p = {.w = w, .from = q->skip, .to = q->skip + q->page.limit};

    if (!facts_namespace(f, q->ns)) {
        http_point_at(req, "namespace");
        return err_set(e, ERR_MISSING, "namespace: none is called \"%.100s\"", q->ns);
    }
    if (nettable_cost(f, &o) > MOST_PAIRS) {
        http_point_at(req, "namespace");
        return err_set(e, ERR_LIMIT, "namespace: more than %d pairs; ask for single pairs instead",
                       MOST_PAIRS);
    }
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    nettable_each(f, recalled_netpol(r), &o, put_row, &p);
    jw_end_arr(w);
    jw_key_uint(w, "total", p.at);
    jw_key_str(w, "next",
               p.to < p.at
                   ? cursor_make(req->arena, q->page.scope, arena_printf(req->arena, "%zu", p.to))
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
