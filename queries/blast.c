/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two searches, one for probabilities and one for hops; then what is reported is put in order. */
#include "queries/blast.h"

#include <assert.h>
#include <string.h>

#include "queries/walk.h"

/* Whether a filter reports a node; remembers the last answer, for neighbours often agree. */
struct report {
    const struct graph *g;
    const struct filter *f;
    text_ref cluster, ns;
    bool cluster_ok, ns_ok, asked;
};

static bool reported(struct report *r, node_ix v)
{
    const struct graph *g = r->g;

    if (r->f->kinds && !(r->f->kinds >> g->kind[v] & 1))
        return false;
    if (!r->f->cluster && !r->f->ns)
        return true;
    if (!r->asked || r->cluster != g->cluster[v] || r->ns != g->ns[v]) {
        r->asked = true;
        r->cluster = g->cluster[v];
        r->ns = g->ns[v];
        r->cluster_ok =
            !r->f->cluster || strcmp(r->f->cluster, text_get(&g->text, r->cluster)) == 0;
        r->ns_ok = !r->f->ns || strcmp(r->f->ns, text_get(&g->text, r->ns)) == 0;
    }
    return r->cluster_ok && r->ns_ok;
}

/* Sorts keys[0][0..n) by value; keys[1] is room.  Byte by byte, leaving out those that all share.
 */
static void sort_keys(uint64_t *keys[2], size_t n)
{
    enum { FEW = 32 };
    uint64_t *from = keys[0], *to = keys[1], differ = 0;

    if (n <= FEW) {
        for (size_t i = 1; i < n; i++) {
            uint64_t x = from[i];
            size_t at = i;

            for (; at > 0 && from[at - 1] > x; at--)
                from[at] = from[at - 1];
            from[at] = x;
        }
        return;
    }
    for (size_t i = 1; i < n; i++)
        differ |= from[i] ^ from[0];
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t at[257] = {0};

        if (!(differ >> shift & 0xff))
            continue;
        for (size_t i = 0; i < n; i++)
            at[(from[i] >> shift & 0xff) + 1]++;
        for (unsigned b = 0; b < 256; b++)
            at[b + 1] += at[b];
        for (size_t i = 0; i < n; i++)
            to[at[from[i] >> shift & 0xff]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys[0])
        memcpy(keys[0], from, n * sizeof(*from));
}

/* The search left nodes by rising cost; only those of one cost still need an order. */
static void report(const struct graph *g, const struct filter *f, struct scratch *s,
                   struct arena *a, struct blast *out)
{
    struct report r = {.g = g, .f = f};
    struct blast_hit *hits = arena_alloc(a, s->count * sizeof(*hits));
    size_t n = 0;

    scratch_keys(s, s->count);
    for (size_t lo = 1, hi; lo < s->count; lo = hi) {
        uint32_t cost = scratch_cost(s, s->order[lo]);
        double p = walk_p(cost);
        size_t group = 0;

        for (hi = lo; hi < s->count && scratch_cost(s, s->order[hi]) == cost; hi++) {
            node_ix v = s->order[hi];

            if (!reported(&r, v))
                continue;
            out->by_kind[g->kind[v]]++;
            if (scratch_plane(s, v) < PLANE_COUNT)
                out->by_plane[scratch_plane(s, v)]++;
            s->keys[0][group++] = (uint64_t)s->hops[v] << 32 | g->rank[v];
        }
        sort_keys(s->keys, group);
        for (size_t i = 0; i < group; i++)
            hits[n++] = (struct blast_hit){
                .node = g->by_rank[(uint32_t)s->keys[0][i]],
                .hops = (uint32_t)(s->keys[0][i] >> 32),
                .p = p,
            };
    }
    out->hits = hits;
    out->count = n;
}

bool blast_radius(const struct graph *g, node_ix start, bool reverse, const struct filter *f,
                  const struct budget *b, struct scratch *s, struct arena *a, struct blast *out,
                  struct err *e)
{
    struct walk w;

    if (!walk_init(&w, g, start, reverse, f, b, e) || !walk_costs(&w, s, start, NODE_NONE, e) ||
        !walk_hops(&w, s, start, true, e))
        return false;
    for (size_t i = 0; i < s->nsteps; i++)
        s->hops[s->steps[i].node] = s->steps[i].hops;
    *out = (struct blast){
        .complete = !s->cut || !walk_more(&w, s),
        .unknown = walk_saw_unknown(s),
    };
    report(g, f, s, a, out);
    return true;
}

/* Number of edges from the start to `hit`, writing them backwards if `edges` is not NULL. */
static size_t trace(const struct scratch *s, node_ix hit, edge_ix *edges)
{
    size_t n = 0;

    if (s->limited) {
        for (uint32_t l = s->marks[hit].from; l != 0; l = s->labels[l].from, n++)
            if (edges)
                edges[n] = s->labels[l].edge;
        return n;
    }
    for (node_ix v = hit; v != s->start; v = s->marks[v].from, n++)
        if (edges)
            edges[n] = s->marks[v].edge;
    return n;
}

bool blast_path(const struct graph *g, const struct scratch *s, node_ix hit, struct arena *a,
                struct path *out, struct err *e)
{
    if (s->g != g || hit >= g->n || !s->count || !scratch_reached(s, hit))
        return err_set(e, ERR_MISSING, "no path: node %u is no hit of the last query", hit);

    size_t n = trace(s, hit, NULL);
    edge_ix *edges = arena_alloc(a, n * sizeof(*edges) + 1);
    trace(s, hit, edges);
    /* Backwards is already source to target when the search itself ran in reverse. */
    for (size_t i = 0; !s->reverse && i < n / 2; i++) {
        edge_ix swap = edges[i];

        edges[i] = edges[n - 1 - i];
        edges[n - 1 - i] = swap;
    }
    *out = (struct path){.edges = edges, .count = n, .p = walk_p(scratch_cost(s, hit))};
    for (size_t i = 0; i < n; i++)
        out->hops += !graph_attr_structural(g->out.attr[edges[i]]);
    return true;
}

bool blast_reach(const struct graph *g, node_ix start, bool reverse, const struct filter *f,
                 const struct budget *b, struct scratch *s, struct blast_set *out, struct err *e)
{
    struct walk w;

    if (!walk_init(&w, g, start, reverse, f, b, e) || !walk_hops(&w, s, start, false, e))
        return false;
    *out = (struct blast_set){.steps = s->steps, .count = s->nsteps};
    return true;
}
