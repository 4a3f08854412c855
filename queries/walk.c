/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edge costs come from a table of a few values.  A search that settles nodes by rising cost pushes
 * d + c with rising d, so one plain queue for each value of c is always sorted: the smallest of
 * their heads is the next node, without a heap and without a bucket for every possible cost. */
#include "queries/walk.h"

#include <math.h>

enum { STEPS_PER_CHECK = 4096, AHEAD = 6 };

/* Beyond it a probability is zero in a double; sums stop there instead of wrapping. */
static const uint32_t cost_cap = UINT32_MAX - 1;

static void allow(struct walk *w, const struct filter *f)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < 4; i++)
        any |= f->edge_kinds[i];
    w->by_kind = f->planes || any;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t in_planes = f->planes ? 0 : UINT64_MAX;

        for (unsigned p = 0; p < PLANE_COUNT; p++)
            if (f->planes >> p & 1)
                in_planes |= w->g->plane_kinds[p][i];
        /* that a set holds a thing is true in every plane */
        if (i == EDGE_HUB_MEMBER / 64)
            in_planes |= UINT64_C(1) << EDGE_HUB_MEMBER % 64;
        w->kinds[i] = in_planes & (any ? f->edge_kinds[i] : UINT64_MAX);
    }
}

bool walk_init(struct walk *w, const struct graph *g, node_ix start, bool reverse,
               const struct filter *f, const struct budget *b, struct err *e)
{
    enum graph_bound bound = f->yes_only       ? GRAPH_LOWER
                             : f->unknown_full ? GRAPH_UPPER
                                               : GRAPH_MIDDLE;

    if (start >= g->n)
        return err_set(e, ERR_MISSING, "no node %u", start);
    if (!(f->min_probability >= 0 && f->min_probability <= 1))
        return err_set(e, ERR_INPUT, "min_probability %g is not in 0..1", f->min_probability);
    *w = (struct walk){
        .g = g,
        .d = reverse ? &g->in : &g->out,
        .reverse = reverse,
        .stop_at_admin = f->stop_at_admin,
        .max_cost = f->min_probability > 0 ? (uint32_t)lround(-1000 * log(f->min_probability))
                                           : WALK_NO_LIMIT,
        .max_hops = f->max_hops ? f->max_hops : WALK_NO_LIMIT,
        .deadline = b ? b->deadline : 0,
    };
    for (unsigned i = 0; i < GRAPH_ATTRS; i++)
        w->cost[i] = g->cost[bound][i];
    allow(w, f);
    return true;
}

/* Cost of the edge in a slot, GRAPH_COST_NONE if it may not be walked. */
static inline uint32_t slot_cost(const struct walk *w, uint32_t slot)
{
    if (w->by_kind) {
        uint8_t kind = w->d->kind[slot];

        if (!(w->kinds[kind >> 6] >> (kind & 63) & 1))
            return GRAPH_COST_NONE;
    }
    if (w->stop_at_admin && w->reverse && w->g->kind[w->d->to[slot]] == NODE_CLUSTER_ADMIN)
        return GRAPH_COST_NONE;
    return w->cost[w->d->attr[slot]];
}

/* No edge out of CLUSTER_ADMIN is walked; in reverse slot_cost sees to that. */
static inline bool terminal(const struct walk *w, node_ix v)
{
    return w->stop_at_admin && !w->reverse && w->g->kind[v] == NODE_CLUSTER_ADMIN;
}

static inline uint32_t add_cost(uint32_t a, uint32_t b)
{
    uint32_t sum;

    return __builtin_add_overflow(a, b, &sum) || sum > cost_cap ? cost_cap : sum;
}

/* Counts steps down; looks at the clock now and then. */
static bool in_time(const struct walk *w, int64_t *left, uint32_t steps, struct err *e)
{
    *left -= steps;
    if (*left >= 0)
        return true;
    *left = STEPS_PER_CHECK;
    if (w->deadline && clock_mono() > w->deadline)
        return err_set(e, ERR_TIMEOUT, "the query took longer than its time budget");
    return true;
}

/* Which queue takes which class and verdict: one for each cost. */
struct queues {
    uint8_t of[GRAPH_ATTRS];
    uint32_t cost[GRAPH_ATTRS];
    unsigned n;
};

static void queues_init(struct queues *q, const struct walk *w, struct scratch *s)
{
    q->n = 0;
    for (unsigned i = 0; i < GRAPH_ATTRS; i++) {
        unsigned at = 0;

        if (w->cost[i] == GRAPH_COST_NONE)
            continue;
        while (at < q->n && q->cost[at] != w->cost[i])
            at++;
        if (at == q->n)
            q->cost[q->n++] = w->cost[i];
        q->of[i] = (uint8_t)at;
        s->fifos[at].head = s->fifos[at].n = 0;
    }
}

static inline void push(struct scratch_fifo *f, uint32_t item, uint32_t cost)
{
    if (f->n == f->cap)
        scratch_grow(f);
    f->at[f->n++] = (struct scratch_entry){item, cost};
}

/* The queue with the cheapest head, or NULL. */
static struct scratch_fifo *cheapest(struct scratch *s, const struct queues *q)
{
    struct scratch_fifo *best = NULL;

    for (unsigned i = 0; i < q->n; i++) {
        struct scratch_fifo *f = &s->fifos[i];

        if (f->head < f->n && (!best || f->at[f->head].cost < best->at[best->head].cost))
            best = f;
    }
    return best;
}

static inline uint8_t plane_after(const struct walk *w, uint8_t before, uint32_t slot)
{
    return graph_attr_structural(w->d->attr[slot]) ? before : w->g->plane[w->d->kind[slot]];
}

/* Two of the three cache misses that a node costs, while others are worked on. */
static inline void prefetch(const struct walk *w, const struct scratch_fifo *f)
{
    if (f->head + AHEAD < f->n)
        __builtin_prefetch(&w->d->row[2 * (size_t)f->at[f->head + AHEAD].item]);
    if (f->head + AHEAD / 2 < f->n)
        __builtin_prefetch(&w->d->to[w->d->row[2 * (size_t)f->at[f->head + AHEAD / 2].item]]);
}

static void expand(const struct walk *w, struct scratch *s, const struct queues *q, node_ix v,
                   uint32_t cost)
{
    const struct graph_dir *d = w->d;
    struct scratch_mark *marks = s->marks;
    uint64_t epoch = scratch_order(s, 0);
    uint8_t plane = scratch_plane(s, v);
    uint32_t end = d->row[2 * (size_t)v + 2], seen = 0;

    for (uint32_t i = d->row[2 * (size_t)v]; i < end; i++) {
        uint32_t c = slot_cost(w, i), sum;

        if (c == GRAPH_COST_NONE)
            continue;
        node_ix to = d->to[i];
        seen |= UINT32_C(1) << d->attr[i];
        sum = add_cost(cost, c);
        if ((epoch | sum) >= marks[to].key >> SCRATCH_PLANE_BITS)
            continue;
        if (sum > w->max_cost) {
            s->cut = true;
            continue;
        }
        scratch_mark(s, to, sum, plane_after(w, plane, i), graph_dir_edge(d, i), v);
        push(&s->fifos[q->of[d->attr[i]]], to, sum);
    }
    s->seen |= seen;
}

/* Without a hop limit: one label a node. */
static bool costs_free(const struct walk *given, struct scratch *s, node_ix start, node_ix until,
                       struct err *e)
{
    const struct walk w = *given; /* a copy that nothing can change meanwhile */
    struct scratch_fifo *f;
    struct queues q;
    int64_t left = STEPS_PER_CHECK;

    queues_init(&q, &w, s);
    scratch_mark(s, start, 0, PLANE_COUNT, 0, start);
    s->order[s->count++] = start;
    if (start == until)
        return true;
    if (!terminal(&w, start))
        expand(&w, s, &q, start, 0);
    while ((f = cheapest(s, &q))) {
        uint32_t cost = f->at[f->head].cost;

        for (; f->head < f->n && f->at[f->head].cost == cost; f->head++) {
            node_ix v = f->at[f->head].item;

            prefetch(&w, f);
            if (scratch_cost(s, v) != cost)
                continue; /* a cheaper way came after this one was queued */
            s->order[s->count++] = v;
            if (v == until)
                return true;
            if (terminal(&w, v))
                continue;
            if (!in_time(&w, &left, w.d->row[2 * (size_t)v + 2] - w.d->row[2 * (size_t)v] + 1, e))
                return false;
            expand(&w, s, &q, v, cost);
        }
    }
    return true;
}

/* Remembers the waiting label with the fewest hops at a node.  Returns: whether the new one is
 * needed at all, that is, not beaten in both cost and hops by a label that is or was queued. */
static bool needed(struct scratch *s, node_ix v, uint32_t cost, uint32_t hops)
{
    uint64_t mine = (uint64_t)hops << 32 | cost;

    if (scratch_reached(s, v) && s->hops[v] <= hops)
        return false;
    if (s->pending_epoch[v] == s->epoch) {
        uint32_t their_hops = (uint32_t)(s->pending[v] >> 32), theirs = (uint32_t)s->pending[v];

        if (their_hops <= hops && theirs <= cost)
            return false;
        if (their_hops < hops)
            return true;
    }
    s->pending_epoch[v] = s->epoch;
    s->pending[v] = mine;
    return true;
}

static uint32_t label_new(struct scratch *s, struct scratch_label l)
{
    if (s->nlabels == s->cap_labels) {
        s->cap_labels = s->cap_labels ? s->cap_labels * 2 : 256;
        s->labels = must_realloc(s->labels, s->cap_labels * sizeof(*s->labels));
    }
    s->labels[s->nlabels] = l;
    return (uint32_t)s->nlabels++;
}

static void expand_label(const struct walk *w, struct scratch *s, const struct queues *q,
                         uint32_t at)
{
    const struct graph_dir *d = w->d;
    const struct scratch_label l = s->labels[at];
    uint32_t end = d->row[2 * (size_t)l.node + 2];

    for (uint32_t i = d->row[2 * (size_t)l.node]; i < end; i++) {
        uint32_t c = slot_cost(w, i), hops = l.hops + !graph_attr_structural(d->attr[i]), sum;

        if (c == GRAPH_COST_NONE)
            continue;
        s->seen |= UINT32_C(1) << d->attr[i];
        sum = add_cost(l.cost, c);
        if (hops > w->max_hops || sum > w->max_cost) {
            s->cut = true;
            continue;
        }
        if (needed(s, d->to[i], sum, hops))
            push(&s->fifos[q->of[d->attr[i]]],
                 label_new(s, (struct scratch_label){d->to[i], sum, hops, at, graph_dir_edge(d, i),
                                                     plane_after(w, l.plane, i)}),
                 sum);
    }
}

/* Takes the next label of a node.  Returns: whether it leads on: it is the node's first, hence its
 * cheapest, or it has fewer hops than all before it. */
static bool settle_label(struct scratch *s, uint32_t at)
{
    const struct scratch_label *l = &s->labels[at];
    node_ix v = l->node;

    if (!scratch_reached(s, v)) {
        scratch_mark(s, v, l->cost, l->plane, l->edge, at);
        s->order[s->count++] = v;
    } else if (l->hops >= s->hops[v]) {
        return false;
    }
    s->hops[v] = l->hops;
    return true;
}

/* With a hop limit a node may be worth reaching twice: cheaply, and in fewer hops. */
static bool costs_limited(const struct walk *given, struct scratch *s, node_ix start, node_ix until,
                          struct err *e)
{
    const struct walk w = *given;
    struct scratch_fifo *f;
    struct queues q;
    int64_t left = STEPS_PER_CHECK;

    scratch_pending(s);
    s->limited = true;
    queues_init(&q, &w, s);
    settle_label(s, label_new(s, (struct scratch_label){.node = start, .plane = PLANE_COUNT}));
    if (start == until)
        return true;
    if (!terminal(&w, start))
        expand_label(&w, s, &q, 0);
    while ((f = cheapest(s, &q))) {
        uint32_t at = f->at[f->head++].item;
        node_ix v = s->labels[at].node;

        if (!settle_label(s, at))
            continue;
        if (v == until)
            return true;
        if (terminal(&w, v))
            continue;
        if (!in_time(&w, &left, w.d->row[2 * (size_t)v + 2] - w.d->row[2 * (size_t)v] + 1, e))
            return false;
        expand_label(&w, s, &q, at);
    }
    return true;
}

bool walk_costs(const struct walk *w, struct scratch *s, node_ix start, node_ix until,
                struct err *e)
{
    scratch_begin(s, w->g);
    s->start = start;
    s->reverse = w->reverse;
    return w->max_hops == WALK_NO_LIMIT ? costs_free(w, s, start, until, e)
                                        : costs_limited(w, s, start, until, e);
}

/* Takes the unvisited ends of some slots of `v`.  A node may be visited while its bit differs from
 * `closed` (0: the bits of what may be visited were set before; 1: none was); visiting flips it. */
static inline void scan(const struct walk *w, struct scratch *s, uint64_t closed, node_ix v,
                        uint32_t hops, uint32_t lo, uint32_t hi)
{
    struct scratch_step *tail = s->steps + s->nsteps;
    uint64_t *bits = s->bits;

    for (uint32_t i = lo; i < hi; i++) {
        node_ix to = w->d->to[i];

        if ((bits[to >> 6] >> (to & 63) & 1) == closed || slot_cost(w, i) == GRAPH_COST_NONE)
            continue;
        bits[to >> 6] ^= UINT64_C(1) << (to & 63);
        *tail++ = (struct scratch_step){to, v, i, hops};
    }
    s->nsteps = (size_t)(tail - s->steps);
}

static inline void prefetch_step(const struct walk *w, const struct scratch *s, size_t i)
{
    if (i + 2 * AHEAD < s->nsteps)
        __builtin_prefetch(&w->d->row[2 * (size_t)s->steps[i + 2 * AHEAD].node]);
    if (i + AHEAD < s->nsteps)
        __builtin_prefetch(&w->d->to[w->d->row[2 * (size_t)s->steps[i + AHEAD].node]]);
}

/* Level by level: first the level grows over structural edges, which are no hops, until it is
 * closed, then one real step leads to the next. */
static bool levels(const struct walk *given, struct scratch *s, uint64_t closed, struct err *e)
{
    const struct walk w = *given;
    const uint32_t *row = w.d->row;
    int64_t left = STEPS_PER_CHECK;
    size_t lo = 0;

    for (uint32_t hops = 0; lo < s->nsteps; hops++) {
        for (size_t i = lo; i < s->nsteps; i++) {
            node_ix v = s->steps[i].node;

            prefetch_step(&w, s, i);
            if (!terminal(&w, v))
                scan(&w, s, closed, v, hops, row[2 * (size_t)v], row[2 * (size_t)v + 1]);
        }
        if (hops == w.max_hops)
            break;
        for (size_t hi = s->nsteps; lo < hi; lo++) {
            node_ix v = s->steps[lo].node;

            prefetch_step(&w, s, lo);
            if (!in_time(&w, &left, row[2 * (size_t)v + 2] - row[2 * (size_t)v] + 1, e))
                return false;
            if (!terminal(&w, v))
                scan(&w, s, closed, v, hops + 1, row[2 * (size_t)v + 1], row[2 * (size_t)v + 2]);
        }
    }
    return true;
}

bool walk_hops(const struct walk *w, struct scratch *s, node_ix start, bool within, struct err *e)
{
    if (!within) {
        scratch_begin(s, w->g);
        s->start = start;
        s->reverse = w->reverse;
    }
    for (size_t i = 0; within && i < s->count; i++)
        s->bits[s->order[i] >> 6] |= UINT64_C(1) << (s->order[i] & 63);
    s->bits[start >> 6] ^= UINT64_C(1) << (start & 63);
    s->nsteps = 1;
    s->steps[0] = (struct scratch_step){start, start, 0, 0};

    bool ok = levels(w, s, within ? 0 : 1, e);
    /* Words, not bits: every bit is clear again, also after a timeout. */
    for (size_t i = 0; i < s->nsteps; i++)
        s->bits[s->steps[i].node >> 6] = 0;
    for (size_t i = 0; !ok && within && i < s->count; i++)
        s->bits[s->order[i] >> 6] = 0;
    for (size_t i = 1; w->d->edge && i < s->nsteps; i++)
        s->steps[i].edge = w->d->edge[s->steps[i].edge];
    return ok;
}

bool walk_more(const struct walk *w, const struct scratch *s)
{
    for (size_t i = 0; i < s->count; i++) {
        node_ix v = s->order[i];

        if (terminal(w, v))
            continue;
        for (uint32_t j = w->d->row[2 * (size_t)v]; j < w->d->row[2 * (size_t)v + 2]; j++)
            if (slot_cost(w, j) != GRAPH_COST_NONE && !scratch_reached(s, w->d->to[j]))
                return true;
    }
    return false;
}

bool walk_saw_unknown(const struct scratch *s)
{
    const uint32_t classes = GRAPH_ATTR_CLASS;

    return s->seen >> (VERDICT_UNKNOWN << GRAPH_ATTR_VERDICT_SHIFT) & ((2u << classes) - 1);
}

double walk_p(uint32_t cost)
{
    return exp(-(double)cost / 1000);
}
