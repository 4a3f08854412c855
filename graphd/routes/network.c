/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/network?from=KEY&to=KEY: what policies let through between two ends, who decides, and the
 * policy that would close it. */
#include <string.h>

#include "graphd/answer.h"
#include "graphd/netanswer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"
#include "graphd/words.h"

/* What is asked, and what was found. */
struct found {
    struct netask q;
    struct netask_verdict v;
    struct netpath path;
    struct netcut cut;
    bool outside; /* from the internet: by the graph's edges, not by policies alone */
    bool cuts;    /* a cut was looked for */
};

/* The internet reaches what the graph says is published, as far as policies let it in. */
static void judge_exposure(struct found *f)
{
    const struct graph *g = f->q.req->graph;
    bool sure = false;

    if (f->path.nexposed == 0) {
        f->v.allowed = "no";
        f->v.unsure = NULL;
        return;
    }
    for (size_t i = 0; i < f->path.nexposed; i++)
        sure |= graph_edge(g, f->path.exposed[i]).verdict == VERDICT_YES;
    if (!sure && strcmp(f->v.allowed, "no") != 0) {
        f->v.allowed = "unknown";
        f->v.unsure =
            f->v.unsure ? f->v.unsure : words_decides(f->q.req->arena, g, f->path.exposed[0]);
    }
}

static void look_for_cut(struct found *f)
{
    const struct netask *q = &f->q;
    struct netcut_wish wish = {.from = &q->from.end,
                               .to = &q->to.end,
                               .from_name = q->from.name,
                               .to_name = q->to.name,
                               .ports = q->ports,
                               .nports = q->nports};

    f->cuts = f->outside ? f->path.hop : strcmp(f->v.some, "") != 0;
    if (!f->cuts)
        return;
    if (f->outside) {
        wish.from = &f->path.from;
        wish.to = &f->path.to;
        wish.from_name = f->path.from_name;
        wish.to_name = f->path.to_name;
        wish.nports = 0;
    }
    netcut_make(q->f, q->np, &wish, q->req->arena, &f->cut);
}

static bool find(struct found *f, struct err *e)
{
    if (!netask_find(&f->q, e))
        return false;
    netask_judge(&f->q, &f->v);
    f->outside = f->q.from.kind == NODE_INTERNET && f->q.to.end.npods > 0;
    if (f->outside) {
        if (!netpath_find(&f->q, &f->path, e))
            return false;
        judge_exposure(f);
    }
    look_for_cut(f);
    return true;
}

/* In one sentence, what the answer is. */
static const char *summary(const struct found *f)
{
    struct arena *a = f->q.req->arena;
    const char *from = f->q.from.text, *to = f->q.to.text, *ok = f->v.allowed;

    if (f->outside && f->path.nexposed == 0)
        return f->path.reach.answer == REACH_NO
                   ? arena_printf(
                         a, "Nothing publishes %s to the internet, and no path leads there.", to)
                   : arena_printf(a,
                                  "Nothing publishes %s to the internet; a path of %u steps "
                                  "leads there%s.",
                                  to, f->path.reach.path.hops,
                                  f->path.network ? ", over the network alone" : "");
    if (strcmp(ok, "unknown") == 0)
        return arena_printf(a, "It cannot be decided whether %s may connect to %s: %s.", from, to,
                            f->v.unsure ? f->v.unsure : "not all is known");
    if (strcmp(ok, "yes") == 0)
        return arena_printf(a, "%s may connect to %s: %s.", from, to, f->v.all);
    if (strcmp(ok, "some") == 0)
        return arena_printf(a, "%s may connect to %s in part: %s, not everywhere.", from, to,
                            f->v.some);
    return arena_printf(a, "%s may not connect to %s%s.", from, to,
                        f->q.nports ? " on that port" : "");
}

static void put_pair(struct jw *w, const struct found *f)
{
    const struct fact_pod *ends[] = {f->v.src_pod, f->v.dst_pod};
    static const char *const names[] = {"from", "to"};

    jw_key(w, "explained");
    jw_obj(w);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        g_autofree char *text =
            ends[i] ? g_strdup_printf("%s/%s", ends[i]->meta.ns, ends[i]->meta.name) : NULL;
        jw_key_str(w, names[i], text);
    }
    jw_end_obj(w);
}

static void put_answer(struct jw *w, const struct found *f)
{
    const struct netask *q = &f->q;

    jw_obj(w);
    netanswer_end(w, "from", q, &q->from);
    netanswer_end(w, "to", q, &q->to);
    jw_key_str(w, "allowed", f->v.allowed);
    jw_key_str(w, "summary", summary(f));
    jw_key_str(w, "unsure", f->v.unsure);
    jw_key_str(w, "connections", f->v.all);
    jw_key_str(w, "some_connections", f->v.some);
    netanswer_ranges(w, netpol_ports(q->np), f->v.ports);
    put_pair(w, f);
    netanswer_way(w, NET_EGRESS, &f->v.why.ways[NET_EGRESS]);
    netanswer_way(w, NET_INGRESS, &f->v.why.ways[NET_INGRESS]);
    netanswer_changes(w, &f->v, q->req->arena);
    netanswer_path(w, q, f->outside ? &f->path : NULL);
    netanswer_cut(w, q->f, f->cuts ? &f->cut : NULL);
    answer_snapshot(w, q->req->graph);
    answer_coverage(w, q->req->graph);
    jw_end_obj(w);
}

bool network_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct graph *g = http_graph(req, e);
    struct found *f = arena_calloc(req->arena, 1, sizeof(*f));

    if (!g || !netask_read(req, g, &f->q, e) || !http_args_done(req, e) ||
        !netask_take(req, f->q.part, e))
        return false;
    bool ok = find(f, e);
    if (ok)
        put_answer(reply->json, f);
    netask_done(req);
    reply->etag = ok ? answer_etag(req, g) : NULL;
    return ok;
}
