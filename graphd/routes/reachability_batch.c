/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/reachability: many pairs in one request.  The whole batch is checked before the first
 * pair is asked, so a bad one never costs the good ones twice. */
#include <assert.h>
#include <string.h>

#include "base/jx.h"
#include "graphd/answer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"

enum { MOST_PAIRS = 1000 };

struct pair {
    node_ix from, to;
};

static bool known_members(const struct jx *in, const char *const *known, struct err *e)
{
    const char *key;
    json_t *value, *members = (json_t *)(uintptr_t)in->v; /* only read; the macro wants it so */

    json_object_foreach (members, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i]) {
            struct jx m = {.v = value, .up = in, .key = key};
            jx_err(&m, e, "no such member");
            e->kind = ERR_SEMANTIC;
            return false;
        }
    }
    return true;
}

/* The node that a member of pair `i` names; a key that the graph lacks is the sender's error here,
 * for the resource that was asked for is the batch. */
static bool resolve(const struct graph *g, const struct jx *pair, const char *member, size_t i,
                    node_ix *out, struct err *e)
{
    const char *text;

    if (!jx_str(pair, member, &text, e))
        return false;
    if (graph_resolve(g, text, out, e))
        return true;
    e->kind = ERR_SEMANTIC;
    return err_wrap(e, "/pairs/%zu/%s", i, member);
}

static bool read_pairs(struct http_req *req, const struct graph *g, const json_t *body,
                       struct pair **out, size_t *count, struct err *e)
{
    static const char *const top[] = {"pairs", NULL}, *const ends[] = {"from", "to", NULL};
    struct jx root = jx_root(body), pairs;

    if (!json_is_object(body))
        return err_set(e, ERR_SEMANTIC, "want {\"pairs\": [{\"from\": KEY, \"to\": KEY}, ...]}");
    if (!jx_arr(&root, "pairs", &pairs, e) || !known_members(&root, top, e))
        return false;
    *count = jx_count(&pairs);
    if (*count == 0 || *count > MOST_PAIRS)
        return err_set(e, *count ? ERR_LIMIT : ERR_SEMANTIC, "/pairs: want 1 to %d pairs, got %zu",
                       MOST_PAIRS, *count);
    *out = arena_calloc(req->arena, *count, sizeof(**out));
    for (size_t i = 0; i < *count; i++) {
        struct jx pair;
        if (!jx_at_obj(&pairs, i, &pair, e) || !known_members(&pair, ends, e) ||
            !resolve(g, &pair, "from", i, &(*out)[i].from, e) ||
            !resolve(g, &pair, "to", i, &(*out)[i].to, e))
            return false;
    }
    return true;
}

static bool put_pair(struct http_req *req, struct jw *w, const struct graph *g, struct pair p,
                     const struct filter *f, struct err *e)
{
    /* paths are written at once, so a batch holds the memory of one */
    AUTO(arena) a = arena_new();
    struct reach r;

    if (!reach_pair(g, p.from, p.to, f, &req->budget, req->scratch, a, &r, e))
        return false;
    jw_obj(w);
    answer_node(w, "from", g, p.from);
    answer_node(w, "to", g, p.to);
    answer_reach(w, g, &r);
    jw_end_obj(w);
    return true;
}

bool reachability_batch_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct graph *g = http_graph(req, e);
    struct filter f;
    struct pair *pairs = NULL;
    size_t n = 0;

    if (!g || !query_args_filter(req, &f, e) || !http_args_done(req, e))
        return false;
    json_auto_t *body = http_body_json(req, e);
    if (!body)
        return false;
    if (!read_pairs(req, g, body, &pairs, &n, e))
        return query_args_blame(req, e);
    assert(pairs || n == 0);
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = 0; i < n; i++)
        if (!put_pair(req, w, g, pairs[i], &f, e))
            return err_wrap(e, "pair %zu of %zu", i, n);
    jw_end_arr(w);
    answer_snapshot(w, g);
    answer_coverage(w, g);
    jw_end_obj(w);
    return true;
}
