/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting sorts by node; the few edges of one node are then put in order among themselves. */
#include "queries/csr.h"

#include <stdlib.h>
#include <string.h>

/* Turns counts at [i + 1] into starts at [i]. */
static void starts(uint32_t *row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row[i + 1] += row[i];
}

/* Adjacency ordered by destination: transposing twice sorts each list without comparing. */
static uint32_t *sorted_heads(uint32_t n, const struct csr_edge *edges, uint32_t m, uint32_t *row)
{
    uint32_t *in_row = must_calloc((size_t)n + 2, sizeof(*in_row));
    uint32_t *tails = must_malloc((size_t)m * sizeof(*tails));
    uint32_t *heads = must_malloc((size_t)m * sizeof(*heads));
    uint32_t *next = must_malloc(((size_t)n + 1) * sizeof(*next));

    for (uint32_t i = 0; i < m; i++) {
        in_row[edges[i].dst + 1]++;
        row[edges[i].src + 1]++;
    }
    starts(in_row, n);
    starts(row, n);
    memcpy(next, in_row, ((size_t)n + 1) * sizeof(*next));
    for (uint32_t i = 0; i < m; i++)
        tails[next[edges[i].dst]++] = edges[i].src;
    memcpy(next, row, ((size_t)n + 1) * sizeof(*next));
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t i = in_row[v]; i < in_row[v + 1]; i++)
            heads[next[tails[i]]++] = v;
    free(in_row);
    free(tails);
    free(next);
    return heads;
}

uint32_t *csr_numbering(uint32_t n, const struct csr_edge *edges, uint32_t m)
{
    uint32_t *row = must_calloc((size_t)n + 2, sizeof(*row));
    uint32_t *heads = sorted_heads(n, edges, m, row);
    uint32_t *queue = must_malloc((size_t)n * sizeof(*queue));
    uint32_t *number = must_malloc((size_t)n * sizeof(*number));
    uint32_t done = 0, count = 0;

    memset(number, 0xff, (size_t)n * sizeof(*number));
    for (uint32_t root = 0; root < n; root++) {
        if (number[root] != NODE_NONE)
            continue;
        number[root] = count;
        queue[count++] = root;
        for (; done < count; done++)
            for (uint32_t v = queue[done], i = row[v]; i < row[v + 1]; i++)
                if (number[heads[i]] == NODE_NONE) {
                    number[heads[i]] = count;
                    queue[count++] = heads[i];
                }
    }
    free(row);
    free(heads);
    free(queue);
    return number;
}

static size_t half(node_ix v, uint8_t attr)
{
    return 2 * (size_t)v + !graph_attr_structural(attr);
}

static int by_end_and_kind(const void *a, const void *b)
{
    const struct csr_edge *x = a, *y = b;

    if (x->dst != y->dst)
        return x->dst < y->dst ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->attr != y->attr)
        return x->attr < y->attr ? -1 : 1;
    return (x->evidence > y->evidence) - (x->evidence < y->evidence);
}

static void sort_slots(struct csr_edge *edges, size_t n)
{
    enum { FEW = 24 };

    if (n > FEW) {
        qsort(edges, n, sizeof(*edges), by_end_and_kind);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct csr_edge x = edges[i];
        size_t at = i;

        for (; at > 0 && by_end_and_kind(&edges[at - 1], &x) > 0; at--)
            edges[at] = edges[at - 1];
        edges[at] = x;
    }
}

static void dir_alloc(struct graph_dir *d, uint32_t n, uint32_t m)
{
    *d = (struct graph_dir){
        .row = must_calloc(2 * (size_t)n + 2, sizeof(*d->row)),
        .to = must_malloc((size_t)m * sizeof(*d->to)),
        .kind = must_malloc(m),
        .attr = must_malloc(m),
    };
}

static void build_out(uint32_t n, const struct csr_edge *edges, uint32_t m, struct graph_dir *out,
                      text_ref **evidence)
{
    size_t nrows = 2 * (size_t)n;
    struct csr_edge *slots = must_malloc((size_t)m * sizeof(*slots));
    uint32_t *next = must_malloc((nrows + 1) * sizeof(*next));

    dir_alloc(out, n, m);
    *evidence = must_malloc((size_t)m * sizeof(**evidence));
    for (uint32_t i = 0; i < m; i++)
        out->row[half(edges[i].src, edges[i].attr) + 1]++;
    starts(out->row, nrows);
    memcpy(next, out->row, (nrows + 1) * sizeof(*next));
    for (uint32_t i = 0; i < m; i++)
        slots[next[half(edges[i].src, edges[i].attr)]++] = edges[i];
    for (size_t r = 0; r < nrows; r++)
        sort_slots(slots + out->row[r], out->row[r + 1] - out->row[r]);
    for (uint32_t i = 0; i < m; i++) {
        out->to[i] = slots[i].dst;
        out->kind[i] = slots[i].kind;
        out->attr[i] = slots[i].attr;
        (*evidence)[i] = slots[i].evidence;
    }
    free(slots);
    free(next);
}

void csr_build(uint32_t n, const struct csr_edge *edges, uint32_t m, struct graph_dir *out,
               struct graph_dir *in, text_ref **evidence)
{
    build_out(n, edges, m, out, evidence);
    dir_alloc(in, n, m);
    in->edge = must_malloc((size_t)m * sizeof(*in->edge));

    size_t nrows = 2 * (size_t)n;
    uint32_t *next = must_malloc((nrows + 1) * sizeof(*next));
    for (uint32_t i = 0; i < m; i++)
        in->row[half(out->to[i], out->attr[i]) + 1]++;
    starts(in->row, nrows);
    memcpy(next, in->row, (nrows + 1) * sizeof(*next));
    /* Sources rise and each list is in order of kind, so the reverse lists come out in order. */
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t i = out->row[2 * (size_t)v]; i < out->row[2 * (size_t)v + 2]; i++) {
            uint32_t slot = next[half(out->to[i], out->attr[i])]++;

            in->to[slot] = v;
            in->kind[slot] = out->kind[i];
            in->attr[slot] = out->attr[i];
            in->edge[slot] = i;
        }
    free(next);
}
