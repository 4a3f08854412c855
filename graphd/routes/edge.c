/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/edge?from=KEY&to=KEY&kind=LABEL: why an edge is there, or what it lacks to be there. */
#include <string.h>

#include "graphd/absent.h"
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/recalled.h"
#include "graphd/routes.h"
#include "graphd/service.h"
#include "graphd/words.h"

enum { MOST_EDGES = 200, MOST_NEARBY = 50 };

/* What is asked, and what was found. */
struct found {
    node_ix from, to;
    enum edge_kind kind; /* EDGE_KIND_NONE: any */
    edge_ix edges[MOST_EDGES], nearby[MOST_NEARBY];
    size_t nedges, nnearby;
    struct reach reach;
    bool asked; /* why edges are missing */
    struct absent absent;
    const char *note;
};

static bool read_args(struct http_req *req, const struct graph *g, struct found *f, struct err *e)
{
    const char *label;

    if (!query_args_node(req, g, "from", &f->from, e) ||
        !query_args_node(req, g, "to", &f->to, e) || !http_arg_str(req, "kind", "", &label, e) ||
        !http_args_done(req, e))
        return false;
    f->kind = *label ? kinds_edge_by_name(label) : EDGE_KIND_NONE;
    if (*label && f->kind == EDGE_KIND_NONE) {
        http_point_at(req, "kind");
        return err_set(e, ERR_INPUT, "kind: no edge kind is called \"%.60s\"", label);
    }
    if (f->from != f->to)
        return true;
    http_point_at(req, "to");
    return err_set(e, ERR_INPUT, "to: the same node as from");
}

static void find_edges(const struct graph *g, struct found *f)
{
    for (size_t i = 0; i < graph_out_count(g, f->from) && f->nedges < MOST_EDGES; i++) {
        edge_ix ix = graph_out(g, f->from, i);
        struct graph_edge e = graph_edge(g, ix);
        if (e.dst == f->to && (!f->kind || e.kind == f->kind))
            f->edges[f->nedges++] = ix;
    }
}

/* The part that a node's cluster was loaded as; NULL for the internet. */
static const struct graph_part *part_of(const struct graph *g, const struct found *f)
{
    size_t n;
    const struct graph_part *p = graph_parts(g, &n);
    node_ix of = graph_kind(g, f->from) == NODE_INTERNET ? f->to : f->from;

    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].cluster, graph_node(g, of).cluster) == 0)
            return &p[i];
    return NULL;
}

static bool find_absent(struct http_req *req, struct found *f, struct err *e)
{
    const struct graph_part *part = part_of(req->graph, f);
    struct missing *m = NULL;

    f->asked = true;
    if (part && !(m = recalled_take(req->service->recalled, req, part, e))) {
        if (e->kind == ERR_MISSING)
            return err_set(e, ERR_BUSY, "a newer generation of cluster %.100s is being loaded",
                           part->cluster);
        if (e->kind != ERR_LIMIT)
            return err_wrap(e, "why there is no edge stands in the stored objects");
        f->note = arena_printf(req->arena, "the objects were not asked: %s", e->msg);
    }
    bool ok = absent_ask(req, m, f->from, f->to, f->kind, &f->absent, e);
    if (m)
        recalled_done(req->service->recalled);
    return ok;
}

static void put_edge(struct jw *w, struct http_req *req, edge_ix ix)
{
    struct graph_edge e = graph_edge(req->graph, ix);
    const char *rule = words_rule(req->arena, req->graph, ix);

    jw_obj(w);
    answer_edge_members(w, req->graph, ix);
    jw_key_str(w, "sentence", kinds_edge(e.kind)->sentence);
    jw_key_str(w, "rule", rule);
    jw_key_str(w, "decides",
               e.verdict == VERDICT_YES ? NULL : words_decides(req->arena, req->graph, ix));
    jw_key_str(w, "words", words_edge(req->arena, req->graph, ix));
    jw_key_str(w, "defend", words_page(req->arena, e.kind));
    jw_end_obj(w);
}

static void put_list(struct jw *w, struct http_req *req, const char *name, const edge_ix *v,
                     size_t n)
{
    jw_key(w, name);
    jw_arr(w);
    for (size_t i = 0; i < n; i++)
        put_edge(w, req, v[i]);
    jw_end_arr(w);
}

static void put_absent(struct jw *w, struct http_req *req, const struct found *f)
{
    const struct graph *g = req->graph;

    jw_key(w, "missing");
    if (!f->asked) {
        jw_null(w);
        return;
    }
    jw_arr(w);
    for (size_t i = 0; i < f->absent.count; i++) {
        const struct absent_item *it = &f->absent.items[i];
        const struct evidence *ev = &it->why.ev;

        jw_obj(w);
        jw_key_str(w, "edge", kinds_edge(it->kind)->label);
        jw_key_str(w, "from", graph_node(g, it->from).key);
        jw_key_str(w, "to", graph_node(g, it->to).key);
        jw_key_bool(w, "specific", it->why.specific);
        jw_key_str(w, "object", ev->object);
        jw_key_str(w, "uid", ev->uid && *ev->uid ? ev->uid : NULL);
        jw_key_str(w, "field", ev->field);
        jw_key_str(w, "reason", ev->reason);
        jw_key_str(w, "sentence", kinds_edge(it->kind)->sentence);
        jw_key_str(w, "words", words_missing(req->arena, g, it->from, it->to, it->kind, &it->why));
        jw_key_str(w, "defend", words_page(req->arena, it->kind));
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_path_words(struct jw *w, struct http_req *req, const struct path *p)
{
    jw_key(w, "path_words");
    jw_arr(w);
    for (size_t i = 0; i < p->count; i++)
        jw_str(w, words_edge(req->arena, req->graph, p->edges[i]));
    jw_end_arr(w);
}

/* In one sentence, what the answer is. */
static const char *summary(struct http_req *req, const struct found *f)
{
    struct arena *a = req->arena;
    const char *from = words_node(a, req->graph, f->from), *to = words_node(a, req->graph, f->to);
    const char *what = f->kind ? kinds_edge(f->kind)->label : "edge";

    if (f->nedges)
        return arena_printf(a, "%zu edge%s from %s to %s.", f->nedges,
                            f->nedges == 1 ? " leads" : "s lead", from, to);
    if (f->reach.answer != REACH_NO)
        return arena_printf(a, "No %s leads from %s straight to %s; a path of %zu edges %s.", what,
                            from, to, f->reach.path.count,
                            f->reach.answer == REACH_YES ? "does" : "may");
    return arena_printf(a, "No %s and no path leads from %s to %s.", what, from, to);
}

bool edge_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct found *f = arena_calloc(req->arena, 1, sizeof(*f));
    struct filter all = {0};

    if (!g || !read_args(req, g, f, e))
        return false;
    find_edges(g, f);
    if (!f->nedges) {
        f->nnearby = absent_nearby(req, f->from, f->to, f->kind, f->nearby, MOST_NEARBY);
        if (!reach_pair(g, f->from, f->to, &all, &req->budget, req->scratch, req->arena, &f->reach,
                        e))
            return false;
        /* what is there answers from memory; what is not needs the objects */
        if ((f->kind ? !f->nnearby : f->reach.answer == REACH_NO) && !find_absent(req, f, e))
            return false;
    }
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    answer_node(w, "from", g, f->from);
    answer_node(w, "to", g, f->to);
    jw_key_str(w, "answer", f->nedges ? "edge" : f->reach.answer != REACH_NO ? "path" : "none");
    jw_key_str(w, "summary", summary(req, f));
    put_list(w, req, "edges", f->edges, f->nedges);
    put_list(w, req, "nearby", f->nearby, f->nnearby);
    if (!f->nedges) {
        answer_reach(w, g, &f->reach);
        put_path_words(w, req, &f->reach.path);
    }
    put_absent(w, req, f);
    jw_key_str(w, "note", f->note);
    jw_key_bool(w, "truncated",
                f->absent.truncated || f->nedges == MOST_EDGES || f->nnearby == MOST_NEARBY);
    answer_snapshot(w, g);
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
