/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that knows igraph.  Its default error handler ends the process, so ours replaces it
 * around every call and the code that igraph returns becomes an error of ours. */
#include "queries/ig.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <igraph/igraph.h>

#include "base/arena.h"

struct ig {
    igraph_t graph;
    igraph_vector_t weight;
    bool made, weighted;
};

static void ignore_warning(const char *reason, const char *file, int line)
{
    (void)reason;
    (void)file;
    (void)line;
}

static void quiet(void)
{
    igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_set_warning_handler(ignore_warning);
}

static bool failed(igraph_error_t code, const char *what, struct err *e)
{
    return err_set(e, code == IGRAPH_ENOMEM ? ERR_LIMIT : ERR_BUG, "igraph: %s: %s", what,
                   igraph_strerror(code));
}

struct ig *ig_new(const struct ig_edges *edges, struct err *e)
{
    AUTO(ig) g = must_calloc(1, sizeof(*g));
    igraph_vector_int_t ends;
    igraph_error_t code;

    quiet();
    for (size_t i = 0; i < edges->m; i++)
        if (edges->src[i] >= edges->n || edges->dst[i] >= edges->n) {
            err_set(e, ERR_INPUT, "edge %zu is outside 0..%u", i, edges->n);
            return NULL;
        }
    code = igraph_vector_int_init(&ends, (igraph_integer_t)(edges->m * 2));
    if (code) {
        failed(code, "edge list", e);
        return NULL;
    }
    for (size_t i = 0; i < edges->m; i++) {
        VECTOR(ends)[2 * i] = edges->src[i];
        VECTOR(ends)[2 * i + 1] = edges->dst[i];
    }
    code = igraph_create(&g->graph, &ends, edges->n, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&ends);
    g->made = !code;
    if (!code && edges->weight) {
        code = igraph_vector_init(&g->weight, (igraph_integer_t)edges->m);
        g->weighted = !code;
    }
    if (code) {
        failed(code, "graph", e);
        return NULL;
    }
    if (g->weighted && edges->m)
        memcpy(VECTOR(g->weight), edges->weight, edges->m * sizeof(double));
    return TAKE(g);
}

void ig_free(struct ig *g)
{
    if (!g)
        return;
    if (g->made)
        igraph_destroy(&g->graph);
    if (g->weighted)
        igraph_vector_destroy(&g->weight);
    free(g);
}

bool ig_bfs(struct ig *g, uint32_t start, uint32_t *order, size_t *reached, uint32_t *hops,
            uint32_t *parent, struct err *e)
{
    igraph_vector_int_t seq, dist, up;
    igraph_error_t code;
    size_t n = (size_t)igraph_vcount(&g->graph), count = 0;

    quiet();
    if (start >= n)
        return err_set(e, ERR_MISSING, "no node %u", start);
    if (igraph_vector_int_init(&seq, 0) || igraph_vector_int_init(&dist, 0) ||
        igraph_vector_int_init(&up, 0))
        return failed(IGRAPH_ENOMEM, "breadth-first search", e);
    code = igraph_bfs(&g->graph, start, NULL, IGRAPH_OUT, 0, NULL, &seq, NULL, &up, NULL, NULL,
                      &dist, NULL, NULL);
    for (size_t i = 0; !code && i < (size_t)igraph_vector_int_size(&seq); i++)
        if (VECTOR(seq)[i] >= 0) {
            if (order)
                order[count] = (uint32_t)VECTOR(seq)[i];
            count++;
        }
    for (size_t i = 0; !code && hops && i < n; i++)
        hops[i] = VECTOR(dist)[i] < 0 ? UINT32_MAX : (uint32_t)VECTOR(dist)[i];
    for (size_t i = 0; !code && parent && i < n; i++)
        parent[i] = VECTOR(up)[i] < 0 ? UINT32_MAX : (uint32_t)VECTOR(up)[i];
    if (reached)
        *reached = count;
    igraph_vector_int_destroy(&seq);
    igraph_vector_int_destroy(&dist);
    igraph_vector_int_destroy(&up);
    return code ? failed(code, "breadth-first search", e) : true;
}

bool ig_scc(struct ig *g, uint32_t *of, size_t *count, struct err *e)
{
    igraph_vector_int_t member;
    igraph_integer_t n = 0;
    igraph_error_t code;

    quiet();
    if (igraph_vector_int_init(&member, 0))
        return failed(IGRAPH_ENOMEM, "components", e);
    code = igraph_connected_components(&g->graph, &member, NULL, &n, IGRAPH_STRONG);
    for (igraph_integer_t i = 0; !code && i < igraph_vector_int_size(&member); i++)
        of[i] = (uint32_t)VECTOR(member)[i];
    *count = (size_t)n;
    igraph_vector_int_destroy(&member);
    return code ? failed(code, "components", e) : true;
}

bool ig_dijkstra(struct ig *g, uint32_t start, double *distance, struct err *e)
{
    igraph_matrix_t m;
    igraph_error_t code;

    quiet();
    if (start >= (size_t)igraph_vcount(&g->graph))
        return err_set(e, ERR_MISSING, "no node %u", start);
    if (!g->weighted)
        return err_set(e, ERR_INPUT, "the graph has no weights");
    if (igraph_matrix_init(&m, 0, 0))
        return failed(IGRAPH_ENOMEM, "Dijkstra", e);
    code = igraph_distances_dijkstra(&g->graph, &m, igraph_vss_1(start), igraph_vss_all(),
                                     &g->weight, IGRAPH_OUT);
    for (igraph_integer_t i = 0; !code && i < igraph_matrix_ncol(&m); i++)
        distance[i] = MATRIX(m, 0, i);
    igraph_matrix_destroy(&m);
    return code ? failed(code, "Dijkstra", e) : true;
}

size_t ig_bytes(const struct ig *g)
{
    size_t n = (size_t)igraph_vcount(&g->graph), m = (size_t)igraph_ecount(&g->graph);

    /* from, to, oi, ii by edge; os, is by node. */
    return (4 * m + 2 * (n + 1)) * sizeof(igraph_integer_t) +
           (g->weighted ? m * sizeof(double) : 0);
}
