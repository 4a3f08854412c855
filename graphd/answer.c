/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of answers, written straight into the reply. */
#include "graphd/answer.h"

#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/jx.h"
#include "graphd/cursor.h"

void answer_time(struct jw *w, const char *name, usec t)
{
    char text[CLOCK_TEXT];

    jw_key_str(w, name, t ? clock_text(t, text) : NULL);
}

static double age_seconds(usec taken_at)
{
    usec now = clock_now();

    return taken_at && now > taken_at ? (double)(now - taken_at) / 1e6 : 0;
}

const char *answer_etag(struct http_req *req, const struct graph *g)
{
    return arena_printf(req->arena, "\"%s\"", graph_id(g));
}

static void node_identity(struct jw *w, const struct graph_node *n)
{
    jw_key_str(w, "key", n->key);
    jw_key_str(w, "kind", kinds_node(n->kind)->name);
    jw_key_str(w, "name", n->name);
    jw_key_str(w, "namespace", n->ns);
    jw_key_str(w, "cluster", n->cluster);
}

void answer_node(struct jw *w, const char *name, const struct graph *g, node_ix n)
{
    struct graph_node node = graph_node(g, n);

    jw_key(w, name);
    jw_obj(w);
    node_identity(w, &node);
    jw_end_obj(w);
}

/* What users said of it. */
static void node_words(struct jw *w, const struct graph_node *n)
{
    g_autofree char *owner = jx_peek(n->props, "owner");
    g_autofree char *data_class = jx_peek(n->props, "dataClass");

    if (owner)
        jw_key_str(w, "owner", owner);
    if (data_class)
        jw_key_str(w, "data_class", data_class);
}

const char *answer_owner(const struct graph *g, node_ix n, struct arena *a)
{
    g_autofree char *owner = jx_peek(graph_node(g, n).props, "owner");

    return owner ? arena_strdup(a, owner) : NULL;
}

void answer_node_members(struct jw *w, const struct graph *g, node_ix n)
{
    struct graph_node node = graph_node(g, n);

    node_identity(w, &node);
    node_words(w, &node);
    if (node.jewel == JEWEL_NONE)
        return;
    jw_key_str(w, "jewel", kinds_jewel(node.jewel)->name);
    jw_key_real(w, "criticality", node.weight);
}

void answer_snapshot(struct jw *w, const struct graph *g)
{
    size_t n;
    const struct graph_part *p = graph_parts(g, &n);
    usec oldest = n ? p[0].taken_at : 0;

    for (size_t i = 1; i < n; i++)
        if (p[i].taken_at < oldest)
            oldest = p[i].taken_at;
    jw_key(w, "snapshot");
    jw_obj(w);
    jw_key_str(w, "id", graph_id(g));
    answer_time(w, "taken_at", oldest);
    jw_key_real(w, "age_seconds", age_seconds(oldest));
    jw_end_obj(w);
}

void answer_part(struct jw *w, const struct graph_part *p)
{
    jw_obj(w);
    jw_key_str(w, "cluster", p->cluster);
    jw_key_uint(w, "generation", p->generation);
    jw_key_str(w, "source", p->source);
    answer_time(w, "taken_at", p->taken_at);
    jw_key_real(w, "age_seconds", age_seconds(p->taken_at));
    jw_key_uint(w, "nodes", p->nodes);
    jw_key_uint(w, "edges", p->edges);
    jw_key_json(w, "coverage", p->coverage && *p->coverage ? p->coverage : NULL);
    jw_end_obj(w);
}

static void missing(struct jw *w, const char *cluster, const char *what, const char *why)
{
    jw_obj(w);
    jw_key_str(w, "cluster", cluster);
    jw_key_str(w, "what", what);
    jw_key_str(w, "why", why);
    jw_end_obj(w);
}

static bool whole(const json_t *ledger)
{
    return json_is_true(json_object_get(ledger, "complete"));
}

static void put_coverage(struct jw *w, const struct graph *g)
{
    size_t n = 0;
    const struct graph_part *p = g ? graph_parts(g, &n) : NULL;
    bool complete = n > 0;

    jw_obj(w);
    jw_key(w, "missing");
    jw_arr(w);
    if (!g)
        missing(w, NULL, "snapshot", "none is loaded yet");
    for (size_t i = 0; i < n; i++) {
        json_auto_t *ledger = p[i].coverage ? json_loads(p[i].coverage, 0, NULL) : NULL;
        const json_t *gaps = json_object_get(ledger, "missing");

        complete = complete && whole(ledger);
        if (!ledger)
            missing(w, p[i].cluster, "coverage", "the collector left no readable ledger");
        for (size_t k = 0; k < json_array_size(gaps); k++) {
            const json_t *gap = json_array_get(gaps, k);
            missing(w, p[i].cluster, json_string_value(json_object_get(gap, "what")),
                    json_string_value(json_object_get(gap, "why")));
        }
    }
    jw_end_arr(w);
    jw_key_bool(w, "complete", complete);
    jw_end_obj(w);
}

void answer_coverage(struct jw *w, const struct graph *g)
{
    jw_key(w, "coverage");
    put_coverage(w, g);
}

const char *answer_coverage_text(struct arena *a, const struct graph *g)
{
    AUTO(jw) w = jw_new();

    put_coverage(w, g);
    return arena_strndup(a, jw_text(w), jw_len(w));
}

static void mitre_items(struct jw *w, const char *list)
{
    char id[32];

    while (*list) {
        size_t n = strcspn(list, ",");
        if (n > 0 && n < sizeof(id)) {
            memcpy(id, list, n);
            id[n] = '\0';
            jw_str(w, id);
        }
        list += n;
        list += *list == ',';
    }
}

void answer_mitre(struct jw *w, const char *list)
{
    jw_key(w, "mitre");
    jw_arr(w);
    mitre_items(w, list);
    jw_end_arr(w);
}

/* The inside of a JSON array that is text already, as further elements of the open array. */
static void array_items(struct jw *w, const char *json)
{
    size_t n = json ? strlen(json) : 0;

    if (n < 2 || json[0] != '[' || json[n - 1] != ']' || strspn(json + 1, " ") == n - 2)
        return;
    AUTO(arena) a = arena_new();
    jw_json(w, arena_strndup(a, json + 1, n - 2));
}

/* One step: edges [first, end) of the path, `real` the attack among them. */
struct step {
    size_t first, real, end;
};

static bool structural(const struct graph *g, edge_ix e)
{
    return graph_edge(g, e).class == CLASS_STRUCTURAL;
}

/* The step that begins at `first`.  It takes the structural edges that lead to its attack, and
 * those that lead out of a hub after it; the last step takes all that is left. */
static struct step next_step(const struct graph *g, const struct path *p, size_t first)
{
    struct step s = {.first = first, .real = first};
    size_t i = first;

    while (i < p->count && structural(g, p->edges[i]))
        i++;
    if (i == p->count) {
        s.end = i;
        return s;
    }
    s.real = i++;
    while (i < p->count && structural(g, p->edges[i]) &&
           kinds_node(graph_kind(g, graph_edge(g, p->edges[i]).src))->hub)
        i++;
    size_t rest = i;
    while (rest < p->count && structural(g, p->edges[rest]))
        rest++;
    s.end = rest == p->count ? rest : i;
    return s;
}

static void put_step(struct jw *w, const struct graph *g, const struct path *p, struct step s)
{
    struct graph_edge real = graph_edge(g, p->edges[s.real]);
    const struct edge_kind_info *kind = kinds_edge(real.kind);
    enum verdict verdict = VERDICT_YES;
    double probability = 1;

    for (size_t i = s.first; i < s.end; i++) {
        struct graph_edge e = graph_edge(g, p->edges[i]);
        probability *= e.p;
        verdict = e.verdict > verdict ? e.verdict : verdict;
    }
    jw_obj(w);
    jw_key_str(w, "from", graph_node(g, graph_edge(g, p->edges[s.first]).src).key);
    jw_key_str(w, "to", graph_node(g, graph_edge(g, p->edges[s.end - 1]).dst).key);
    jw_key_str(w, "edge", kind->label);
    jw_key_str(w, "plane", kinds_plane_name(kind->plane));
    jw_key_real(w, "probability", probability);
    jw_key_str(w, "class", kinds_class_name(real.class));
    jw_key_str(w, "verdict", kinds_verdict_name(verdict));
    answer_mitre(w, kind->attack);
    jw_key(w, "via");
    jw_arr(w);
    for (size_t i = s.first; i + 1 < s.end; i++)
        jw_str(w, graph_node(g, graph_edge(g, p->edges[i]).dst).key);
    jw_end_arr(w);
    jw_key(w, "edges");
    jw_arr(w);
    for (size_t i = s.first; i < s.end; i++)
        jw_str(w, kinds_edge(graph_edge(g, p->edges[i]).kind)->label);
    jw_end_arr(w);
    jw_key(w, "evidence");
    jw_arr(w);
    for (size_t i = s.first; i < s.end; i++)
        array_items(w, graph_edge(g, p->edges[i]).evidence);
    jw_end_arr(w);
    jw_end_obj(w);
}

void answer_path(struct jw *w, const char *name, const struct graph *g, const struct path *p)
{
    jw_key(w, name);
    jw_arr(w);
    for (size_t i = 0; i < p->count;) {
        struct step s = next_step(g, p, i);
        put_step(w, g, p, s);
        i = s.end;
    }
    jw_end_arr(w);
}

void answer_edge(struct jw *w, const struct graph *g, edge_ix ix)
{
    jw_obj(w);
    answer_edge_members(w, g, ix);
    jw_end_obj(w);
}

void answer_edge_members(struct jw *w, const struct graph *g, edge_ix ix)
{
    struct graph_edge e = graph_edge(g, ix);
    const struct edge_kind_info *kind = kinds_edge(e.kind);

    jw_key_str(w, "from", graph_node(g, e.src).key);
    jw_key_str(w, "to", graph_node(g, e.dst).key);
    jw_key_str(w, "edge", kind->label);
    jw_key_str(w, "plane", kinds_plane_name(kind->plane));
    jw_key_real(w, "probability", e.p);
    jw_key_str(w, "class", kinds_class_name(e.class));
    jw_key_str(w, "verdict", kinds_verdict_name(e.verdict));
    answer_mitre(w, kind->attack);
    jw_key_json(w, "evidence", e.evidence && *e.evidence ? e.evidence : "[]");
}

void answer_risk(struct jw *w, const struct risk *r)
{
    jw_key(w, "risk");
    jw_obj(w);
    jw_key_real(w, "score", r->score);
    jw_key_real(w, "lower", r->lower);
    jw_key_real(w, "upper", r->upper);
    jw_end_obj(w);
}

void answer_jewels(struct jw *w, const struct graph *g, const struct risk *r, size_t max)
{
    jw_key(w, "crown_jewels");
    jw_arr(w);
    for (size_t i = 0; i < r->count && i < max; i++) {
        const struct risk_jewel *j = &r->jewels[i];
        struct graph_node node = graph_node(g, j->node);

        jw_obj(w);
        node_identity(w, &node);
        node_words(w, &node);
        jw_key_str(w, "jewel", node.jewel == JEWEL_NONE ? NULL : kinds_jewel(node.jewel)->name);
        jw_key_real(w, "criticality", j->weight);
        jw_key_real(w, "probability", j->p);
        jw_key_uint(w, "hops", j->hops);
        jw_key_real(w, "share", j->share);
        if (j->path.count > 0)
            answer_path(w, "path", g, &j->path);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

void answer_by_kind(struct jw *w, const size_t counts[NODE_KIND_LIMIT])
{
    jw_key(w, "by_kind");
    jw_obj(w);
    for (unsigned k = 1; k < NODE_KIND_LIMIT; k++)
        if (counts[k] && kinds_node(k))
            jw_key_uint(w, kinds_node(k)->name, counts[k]);
    jw_end_obj(w);
}

void answer_counts(struct jw *w, const struct blast *b)
{
    jw_key(w, "counts");
    jw_obj(w);
    jw_key_uint(w, "total", b->count);
    answer_by_kind(w, b->by_kind);
    jw_key(w, "by_plane");
    jw_obj(w);
    for (enum plane p = 0; p < PLANE_COUNT; p++)
        if (b->by_plane[p])
            jw_key_uint(w, kinds_plane_name(p), b->by_plane[p]);
    jw_end_obj(w);
    jw_end_obj(w);
}

bool answer_hits(struct jw *w, const struct graph *g, const struct blast *b,
                 const struct query_page *page, struct arena *a, struct err *e)
{
    size_t first;

    if (!query_args_offset(page, &first, e))
        return false;
    if (first > b->count)
        return err_set(e, ERR_INPUT, "cursor: lies beyond the end");
    size_t left = b->count - first;
    size_t n = left < page->limit ? left : page->limit;
    jw_key(w, "nodes");
    jw_arr(w);
    for (size_t i = first; i < first + n; i++) {
        const struct blast_hit *h = &b->hits[i];
        struct graph_node node = graph_node(g, h->node);
        jw_obj(w);
        node_identity(w, &node);
        node_words(w, &node);
        jw_key_uint(w, "hops", h->hops);
        jw_key_real(w, "probability", h->p);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_key_str(w, "next",
               n < left ? cursor_make(a, page->scope, arena_printf(a, "%zu", first + n)) : NULL);
    jw_key_bool(w, "complete", b->complete);
    jw_key_bool(w, "truncated", n < left || !b->complete);
    return true;
}

void answer_reach(struct jw *w, const struct graph *g, const struct reach *r)
{
    static const char *const words[] = {
        [REACH_NO] = "no", [REACH_POSSIBLE] = "possible", [REACH_YES] = "yes"};

    jw_key_str(w, "reachable", words[r->answer]);
    jw_key_real(w, "probability", r->answer == REACH_NO ? 0 : r->path.p);
    jw_key(w, "hops");
    if (r->answer == REACH_NO)
        jw_null(w);
    else
        jw_uint(w, r->path.hops);
    answer_path(w, "path", g, &r->path);
}
