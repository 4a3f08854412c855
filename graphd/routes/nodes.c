/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/nodes: search by kind, cluster, namespace, text and label; in the order of keys, so that
 * a cursor stays good when a new snapshot comes in between. */
#include <string.h>

#include <glib.h>

#include "graphd/answer.h"
#include "graphd/cursor.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"

enum { DEFAULT_LIMIT = 100, MOST = 1000, LOOK_AT_CLOCK = 4096 };

struct search {
    node_kinds kinds;
    const char *cluster, *ns, *q; /* NULL: any; q in lower case */
    const char *label, *value;    /* value NULL: any */
    const char *after;            /* keys up to this one were on earlier pages */
};

static bool read_search(struct http_req *req, struct search *out, struct err *e)
{
    const char *q, *label;

    if (!query_args_kinds(req, "kind", &out->kinds, e) ||
        !http_arg_str(req, "cluster", NULL, &out->cluster, e) ||
        !http_arg_str(req, "namespace", NULL, &out->ns, e) ||
        !http_arg_str(req, "q", NULL, &q, e) || !http_arg_str(req, "label", NULL, &label, e))
        return false;
    if (q) {
        char *lower = arena_strdup(req->arena, q);
        for (char *p = lower; *p; p++)
            *p = g_ascii_tolower(*p);
        out->q = lower;
    }
    if (label) {
        const char *eq = strchr(label, '=');
        out->label = eq ? arena_strndup(req->arena, label, (size_t)(eq - label)) : label;
        out->value = eq ? eq + 1 : NULL;
    }
    return true;
}

/* Whether `text` contains `lower`, whatever the case of ASCII letters in it. */
static bool contains(const char *text, const char *lower)
{
    size_t n = strlen(lower);

    for (; *text; text++)
        if (g_ascii_strncasecmp(text, lower, n) == 0)
            return true;
    return n == 0;
}

static bool has_label(const char *labels, const struct search *s)
{
    if (!strstr(labels, s->label) && !strpbrk(s->label, "\"\\"))
        return false; /* most nodes, without reading their labels */
    json_auto_t *doc = json_loads(labels, 0, NULL);
    const char *value = json_string_value(json_object_get(doc, s->label));
    return value && (!s->value || strcmp(value, s->value) == 0);
}

static bool wanted(const struct graph *g, node_ix ix, const struct search *s)
{
    if (s->kinds && !(s->kinds >> graph_kind(g, ix) & 1))
        return false;
    struct graph_node n = graph_node(g, ix);
    return strcmp(n.key, s->after) > 0 && (!s->cluster || strcmp(n.cluster, s->cluster) == 0) &&
           (!s->ns || strcmp(n.ns, s->ns) == 0) &&
           (!s->q || contains(n.name, s->q) || contains(n.key, s->q)) &&
           (!s->label || has_label(n.labels, s));
}

/* The smallest keys seen so far, as a heap with the greatest of them on top: a page costs nothing
 * proportional to the matches. */
struct page {
    const struct graph *g;
    node_ix *heap;
    size_t n, room;
};

static int by_key(const struct page *p, node_ix a, node_ix b)
{
    return strcmp(graph_node(p->g, a).key, graph_node(p->g, b).key);
}

static void sift_down(struct page *p, size_t i)
{
    for (;;) {
        size_t top = i, left = 2 * i + 1, right = left + 1;
        if (left < p->n && by_key(p, p->heap[left], p->heap[top]) > 0)
            top = left;
        if (right < p->n && by_key(p, p->heap[right], p->heap[top]) > 0)
            top = right;
        if (top == i)
            return;
        node_ix swap = p->heap[i];
        p->heap[i] = p->heap[top];
        p->heap[top] = swap;
        i = top;
    }
}

static void offer(struct page *p, node_ix ix)
{
    if (p->n == p->room) {
        if (by_key(p, ix, p->heap[0]) < 0) {
            p->heap[0] = ix;
            sift_down(p, 0);
        }
        return;
    }
    size_t i = p->n++;
    p->heap[i] = ix;
    while (i > 0 && by_key(p, p->heap[i], p->heap[(i - 1) / 2]) > 0) {
        node_ix swap = p->heap[i];
        p->heap[i] = p->heap[(i - 1) / 2];
        p->heap[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

/* Takes the greatest off again and again: the heap in ascending order. */
static void sort_page(struct page *p)
{
    size_t all = p->n;

    while (p->n > 1) {
        node_ix greatest = p->heap[0];
        p->heap[0] = p->heap[--p->n];
        p->heap[p->n] = greatest;
        sift_down(p, 0);
    }
    p->n = all;
}

bool nodes_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    static const char *const question[] = {"kind", "cluster", "namespace", "q", "label", NULL};
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct search s = {0};
    struct query_page page;

    if (!g || !query_args_page(req, question, "", DEFAULT_LIMIT, MOST, &page, e) ||
        !read_search(req, &s, e) || !http_args_done(req, e))
        return false;
    s.after = page.position;
    struct page found = {.g = g, .room = page.limit + (size_t)1};
    found.heap = arena_calloc(req->arena, found.room, sizeof(*found.heap));
    size_t n = graph_nodes(g);
    for (size_t i = 0; i < n; i++) {
        if (i % LOOK_AT_CLOCK == 0 && req->budget.deadline && clock_mono() > req->budget.deadline)
            return err_set(e, ERR_TIMEOUT, "search looked at %zu of %zu nodes", i, n);
        if (wanted(g, (node_ix)i, &s))
            offer(&found, (node_ix)i);
    }
    sort_page(&found);

    size_t shown = found.n < page.limit ? found.n : page.limit;
    reply->etag = answer_etag(req, g);
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = 0; i < shown; i++) {
        jw_obj(w);
        answer_node_members(w, g, found.heap[i]);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_key_str(w, "next",
               found.n > shown
                   ? cursor_make(req->arena, page.scope, graph_node(g, found.heap[shown - 1]).key)
                   : NULL);
    answer_snapshot(w, g);
    jw_end_obj(w);
    return true;
}
