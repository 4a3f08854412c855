/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the parameters that many routes share. */
#include "graphd/query_args.h"

#include <string.h>

#include <glib.h>

#include "graphd/cursor.h"

enum { MAX_HOPS = 1000, MAX_LIST = 4096, DEFAULT_HITS = 1000, MOST_HITS = 100000 };

/* Calls `add` for each word of a comma-separated list; an empty word is an error. */
static bool each_word(struct http_req *req, const char *param, void *out,
                      bool (*add)(const char *word, void *out, struct err *e), struct err *e)
{
    const char *list;

    if (!http_arg_str(req, param, "", &list, e))
        return false;
    if (strlen(list) > MAX_LIST) {
        http_point_at(req, param);
        return err_set(e, ERR_INPUT, "%s: longer than %d bytes", param, MAX_LIST);
    }
    if (!*list)
        return true;
    g_auto(GStrv) words = g_strsplit(list, ",", -1);
    for (char **w = words; *w; w++) {
        if (add(*w, out, e))
            continue;
        http_point_at(req, param);
        return err_wrap(e, "%s", param);
    }
    return true;
}

static bool add_plane(const char *word, void *out, struct err *e)
{
    uint32_t *planes = out;
    enum plane p;

    if (!kinds_plane_by_name(word, &p))
        return err_set(e, ERR_INPUT,
                       "no plane is called \"%.40s\"; there are escape, identity, workload, "
                       "network, cloud, data",
                       word);
    *planes |= UINT32_C(1) << p;
    return true;
}

static bool add_edge_kind(const char *word, void *out, struct err *e)
{
    uint64_t *set = out;
    enum edge_kind k = kinds_edge_by_name(word);

    if (!k)
        return err_set(e, ERR_INPUT, "no edge kind is called \"%.60s\"", word);
    set[k / 64] |= UINT64_C(1) << (k % 64);
    return true;
}

static bool add_kind(const char *word, void *out, struct err *e)
{
    node_kinds *kinds = out;
    enum node_kind k = kinds_node_by_name(word);

    if (!k)
        return err_set(e, ERR_INPUT, "no node kind is called \"%.60s\"", word);
    *kinds |= (node_kinds)1 << k;
    return true;
}

bool query_args_kinds(struct http_req *req, const char *param, node_kinds *out, struct err *e)
{
    *out = 0;
    return each_word(req, param, out, add_kind, e);
}

static bool read_verdict(struct http_req *req, struct filter *out, struct err *e)
{
    const char *verdict;

    if (!http_arg_str(req, "verdict", "unknown", &verdict, e))
        return false;
    if (strcmp(verdict, "yes") == 0)
        out->yes_only = true;
    else if (strcmp(verdict, "unknown") != 0) {
        http_point_at(req, "verdict");
        return err_set(e, ERR_INPUT,
                       "verdict: want yes (certain edges only) or unknown, got "
                       "\"%.40s\"",
                       verdict);
    }
    return true;
}

bool query_args_filter(struct http_req *req, struct filter *out, struct err *e)
{
    *out = (struct filter){0};
    if (!each_word(req, "planes", &out->planes, add_plane, e) ||
        !each_word(req, "edge_kinds", out->edge_kinds, add_edge_kind, e) ||
        !http_arg_u32(req, "max_hops", 1, MAX_HOPS, 0, &out->max_hops, e) ||
        !http_arg_real(req, "min_probability", 0, 1, 0, &out->min_probability, e) ||
        !read_verdict(req, out, e) || !query_args_kinds(req, "kinds", &out->kinds, e) ||
        !http_arg_str(req, "cluster", NULL, &out->cluster, e) ||
        !http_arg_str(req, "namespace", NULL, &out->ns, e))
        return false;
    return true;
}

bool query_args_node(struct http_req *req, const struct graph *g, const char *param, node_ix *out,
                     struct err *e)
{
    const char *text;

    if (!http_arg_need(req, param, &text, e))
        return false;
    if (graph_resolve(g, text, out, e))
        return true;
    http_point_at(req, param);
    return err_wrap(e, "%s", param);
}

bool query_args_page(struct http_req *req, const char *const *names, const char *snapshot,
                     uint32_t dflt, uint32_t max, struct query_page *out, struct err *e)
{
    g_autoptr(GString) scope = g_string_new(req->path);
    const char *cursor;

    g_string_append_printf(scope, "\x1f%s", snapshot);
    for (; *names; names++) {
        const char *value;
        if (!http_arg_str(req, *names, "", &value, e))
            return false;
        /* a unit separator keeps a=b&c= and a=&c=b apart */
        g_string_append_printf(scope, "\x1f%s", value);
    }
    out->scope = arena_strndup(req->arena, scope->str, scope->len);
    if (!http_arg_u32(req, "limit", 1, max, dflt, &out->limit, e) ||
        !http_arg_str(req, "cursor", "", &cursor, e))
        return false;
    if (cursor_read(req->arena, out->scope, cursor, &out->position, e))
        return true;
    http_point_at(req, "cursor");
    return false;
}

bool query_args_hits(struct http_req *req, const struct graph *g, struct query_page *out,
                     struct err *e)
{
    static const char *const question[] = {
        "node",    "planes", "edge_kinds", "max_hops",  "min_probability",
        "verdict", "kinds",  "cluster",    "namespace", NULL};

    return query_args_page(req, question, graph_id(g), DEFAULT_HITS, MOST_HITS, out, e);
}

bool query_args_offset(const struct query_page *page, size_t *out, struct err *e)
{
    guint64 n = 0;

    *out = 0;
    if (*page->position && !g_ascii_string_to_unsigned(page->position, 10, 0, SIZE_MAX, &n, NULL))
        return err_set(e, ERR_INPUT, "cursor: is none of ours");
    *out = (size_t)n;
    return true;
}

bool query_args_blame(struct http_req *req, const struct err *e)
{
    const char *end = e->msg[0] == '/' ? strstr(e->msg, ": ") : NULL;

    if (end)
        http_point_at(req, arena_strndup(req->arena, e->msg, (size_t)(end - e->msg)));
    return false;
}
