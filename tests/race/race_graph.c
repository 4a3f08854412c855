/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readers take references and ask questions while a writer swaps graphs under them, as
 * graphd/snapshots.h describes: a lock around "read the slot and take a reference" and nothing
 * else. For MODE=tsan; it also checks that every answer belongs to one graph as a whole. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "queries/blast.h"
#include "queries/reach.h"
#include "queries/risk.h"

enum { READERS = 4, SWAPS = 300, SIZES = 3, LARGEST = 400 };

struct slot {
    pthread_mutex_t lock;
    struct graph *g;
    atomic_bool stop;
    atomic_uint answers, wrong;
};

/* A ring of `n` nodes with one jewel: from anywhere, everything is reached. */
static struct graph *ring(unsigned n)
{
    AUTO(arena) a = arena_new();
    struct node_row *nodes = arena_calloc(a, n, sizeof(*nodes));
    struct edge_row *edges = arena_calloc(a, n, sizeof(*edges));
    struct part p = {.cluster = "ring", .generation = n, .nodes = nodes, .edges = edges};
    struct err e;

    for (unsigned i = 0; i < n; i++) {
        nodes[i] = (struct node_row){.key = arena_printf(a, "%u", i),
                                     .kind = NODE_POD,
                                     .jewel = i ? JEWEL_NONE : JEWEL_CUSTOMER,
                                     .weight = i ? 0 : 1};
        edges[i] = (struct edge_row){.src = i,
                                     .dst = (i + 1) % n,
                                     .kind = EDGE_POD_EXEC,
                                     .class = CLASS_TRIVIAL,
                                     .verdict = i % 2 ? VERDICT_YES : VERDICT_UNKNOWN};
    }
    p.nnodes = p.nedges = n;
    struct graph *g = graph_new(&p, 1, NULL, &e);
    if (!g) {
        fprintf(stderr, "race_graph: %s\n", e.msg);
        exit(EXIT_FAILURE);
    }
    return g;
}

static struct graph *take(struct slot *s)
{
    pthread_mutex_lock(&s->lock);
    struct graph *g = graph_ref(s->g);
    pthread_mutex_unlock(&s->lock);
    return g;
}

/* The old graph is dropped outside the lock: the last reader frees it, whoever that is. */
static void install(struct slot *s, struct graph *take_g)
{
    pthread_mutex_lock(&s->lock);
    struct graph *old = s->g;
    s->g = take_g;
    pthread_mutex_unlock(&s->lock);
    graph_free(old);
}

static bool one_answer(const struct graph *g, struct scratch *s, struct arena *a)
{
    struct filter f = {0}, few = {.max_hops = 5};
    struct blast b;
    struct risk risk;
    struct reach r;
    struct err e;
    node_ix from = graph_find(g, "1"), to = graph_find(g, "0");
    size_t n = graph_nodes(g);

    return blast_radius(g, from, false, &f, NULL, s, a, &b, &e) && b.count == n - 1 &&
           blast_radius(g, from, true, &few, NULL, s, a, &b, &e) && b.count == 5 &&
           risk_of(g, from, &f, NULL, 1, s, a, &risk, &e) && risk.count == 1 &&
           risk.lower <= risk.score && risk.score <= risk.upper &&
           reach_pair(g, from, to, &f, NULL, s, a, &r, &e) && r.path.count == n - 1;
}

static void *reader(void *arg)
{
    struct slot *slot = arg;
    AUTO(scratch) s = scratch_new();

    while (!atomic_load(&slot->stop)) {
        AUTO(arena) a = arena_new();
        AUTO(graph) g = take(slot);

        if (!one_answer(g, s, a))
            atomic_fetch_add(&slot->wrong, 1);
        atomic_fetch_add(&slot->answers, 1);
    }
    return NULL;
}

int main(void)
{
    static const unsigned sizes[SIZES] = {100, LARGEST, 37};
    struct slot slot = {.lock = PTHREAD_MUTEX_INITIALIZER, .g = ring(sizes[0])};
    pthread_t threads[READERS];

    for (unsigned i = 0; i < READERS; i++)
        if (pthread_create(&threads[i], NULL, reader, &slot) != 0) {
            perror("race_graph");
            return EXIT_FAILURE;
        }
    for (unsigned i = 1; i <= SWAPS; i++)
        install(&slot, ring(sizes[i % SIZES]));
    while (atomic_load(&slot.answers) < READERS) /* on one busy core the readers come late */
        sched_yield();
    atomic_store(&slot.stop, true);
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    graph_free(slot.g);
    printf("race_graph: %u swaps, %u answers, %u wrong\n", (unsigned)SWAPS,
           atomic_load(&slot.answers), atomic_load(&slot.wrong));
    return atomic_load(&slot.wrong) ? EXIT_FAILURE : EXIT_SUCCESS;
}
