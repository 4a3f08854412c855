/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/alerts: the newest alerts, ranked on the current snapshot, in the order asked for. */
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "graphd/alerts/intake.h"
#include "graphd/alerts/rank.h"
#include "graphd/answer.h"
#include "graphd/cursor.h"
#include "graphd/routes.h"
#include "graphd/service.h"

enum { DEFAULT_LIMIT = 50, MOST = 1000, MOST_RANKED = 10000 };

enum order { BY_RISK, BY_RECEIVED, BY_SEVERITY };

struct list_args {
    enum order order;
    const char *cluster, *ns; /* NULL: any */
    enum { ANY, RESOLVED, UNRESOLVED } resolved;
};

/* One alert of the list with the figure it is sorted by. */
struct entry {
    const struct alert *alert;
    struct rank_result *rank;
    double figure;
};

static bool one_of(struct http_req *req, const char *param, const char *const *words,
                   const char *dflt, unsigned *out, struct err *e)
{
    const char *text;

    if (!http_arg_str(req, param, dflt, &text, e))
        return false;
    for (*out = 0; words[*out]; (*out)++)
        if (strcmp(words[*out], text) == 0)
            return true;
    g_autofree char *all = g_strjoinv(", ", (char **)(uintptr_t)words);
    http_point_at(req, param);
    return err_set(e, ERR_INPUT, "%s: want one of %s; got \"%.40s\"", param, all, text);
}

static bool read_args(struct http_req *req, struct list_args *out, struct err *e)
{
    static const char *const orders[] = {"-risk", "-received", "-severity", NULL};
    static const char *const states[] = {"any", "true", "false", NULL};
    unsigned order, state;

    if (!one_of(req, "sort", orders, "-risk", &order, e) ||
        !one_of(req, "resolved", states, "any", &state, e) ||
        !http_arg_str(req, "cluster", NULL, &out->cluster, e) ||
        !http_arg_str(req, "namespace", NULL, &out->ns, e))
        return false;
    out->order = order;
    out->resolved = state;
    return true;
}

/* Where the alert happened: as its match says, else as it says itself. */
static bool wanted(const struct graph *g, const struct entry *x, const struct list_args *args)
{
    bool resolved = x->rank->match.node != NODE_NONE;
    const char *cluster = x->alert->cluster, *ns = x->alert->sel.ns;

    if (args->resolved != ANY && resolved != (args->resolved == RESOLVED))
        return false;
    if (resolved) {
        cluster = graph_node(g, x->rank->match.node).cluster;
        ns = graph_node(g, x->rank->match.node).ns;
    }
    return (!args->cluster || strcmp(args->cluster, cluster) == 0) &&
           (!args->ns || strcmp(args->ns, ns) == 0);
}

static int entry_order(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;

    if (a->figure != b->figure)
        return a->figure > b->figure ? -1 : 1;
    return rank_order(a->rank, a->alert, b->rank, b->alert);
}

/* A place in the list: figure, score, severity and id of an alert, which is all that the order
 * looks at; %a is exact. */
static const char *place_of(struct arena *a, const struct entry *x)
{
    return arena_printf(a, "%a %a %d %lld %s", x->figure, x->rank->score, x->alert->severity,
                        (long long)x->alert->received, x->alert->id);
}

static bool read_place(const char *text, struct entry *out, struct alert *al,
                       struct rank_result *rank, struct err *e)
{
    char *end = NULL;

    out->alert = al;
    out->rank = rank;
    out->figure = g_ascii_strtod(text, &end);
    rank->score = g_ascii_strtod(end, &end);
    al->severity = (int)g_ascii_strtoll(end, &end, 10);
    al->received = g_ascii_strtoll(end, &end, 10);
    al->id = *end ? end + 1 : "";
    return *al->id || err_set(e, ERR_INPUT, "cursor: is none of ours");
}

static double figure_of(const struct entry *x, enum order order)
{
    switch (order) {
    case BY_RECEIVED:
        return (double)x->alert->received; /* microseconds: exact until the year 2255 */
    case BY_SEVERITY:
        return x->alert->severity;
    case BY_RISK:
    default:
        return x->rank->score;
    }
}

static size_t rank_all(struct http_req *req, const struct list_args *args,
                       const struct alert *alerts, size_t n, struct entry *out)
{
    /* the last quarter of the budget is for writing the answer */
    struct budget b = {req->budget.deadline};
    size_t kept = 0;

    if (b.deadline)
        b.deadline -= (b.deadline - clock_mono()) / 4;
    for (size_t i = 0; i < n; i++) {
        struct entry x = {.alert = &alerts[i]};
        x.rank = arena_calloc(req->arena, 1, sizeof(*x.rank));
        rank_alert(req->service->rank, req->graph, x.alert, &b, req->scratch, req->arena, x.rank);
        x.figure = figure_of(&x, args->order);
        if (wanted(req->graph, &x, args))
            out[kept++] = x;
    }
    return kept;
}

bool alerts_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    static const char *const question[] = {"sort", "cluster", "namespace", "resolved", NULL};
    struct jw *w = reply->json;
    struct query_page page;
    struct list_args args;
    struct rank_result last_rank = {0};
    struct alert *alerts, last_alert = {0};
    struct entry last = {0};
    size_t n, first = 0, shown;
    bool more;

    if (!query_args_page(req, question, "", DEFAULT_LIMIT, MOST, &page, e) ||
        !read_args(req, &args, e) || !http_args_done(req, e))
        return false;
    if (*page.position && !read_place(page.position, &last, &last_alert, &last_rank, e))
        return false;
    struct db *db = http_db(req, e);
    if (!db || !intake_newest(db, MOST_RANKED, req->arena, &alerts, &n, &more, e))
        return false;
    struct entry *list = arena_calloc(req->arena, n + 1, sizeof(*list));
    n = rank_all(req, &args, alerts, n, list);
    if (n > 1)
        qsort(list, n, sizeof(*list), entry_order);
    while (*page.position && first < n && entry_order(&list[first], &last) <= 0)
        first++;
    shown = n - first < page.limit ? n - first : page.limit;

    const char *coverage = answer_coverage_text(req->arena, req->graph);
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = first; i < first + shown; i++)
        rank_write(w, req->graph, list[i].alert, list[i].rank, NULL, coverage);
    jw_end_arr(w);
    jw_key_str(w, "next",
               first + shown < n ? cursor_make(req->arena, page.scope,
                                               place_of(req->arena, &list[first + shown - 1]))
                                 : NULL);
    jw_key_bool(w, "truncated", more); /* older alerts than the newest MOST_RANKED were left out */
    jw_end_obj(w);
    return true;
}
