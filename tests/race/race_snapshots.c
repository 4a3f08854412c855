/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readers take the current graph while a writer replaces it: no reader may ever hold a freed one.
 * For ThreadSanitizer (and AddressSanitizer); prints what was done so that it cannot pass idle. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "graphd/snapshots.h"

enum { READERS = 4, INSTALLS = 2000 };

static atomic_bool stop;
static atomic_ulong taken, wrong;

static struct graph *make(size_t nodes)
{
    static const char *const keys[] = {"k8s:c/pod/n/a", "k8s:c/pod/n/b", "k8s:c/pod/n/c"};
    struct node_row rows[3];
    struct part part = {.cluster = "c",
                        .source = "",
                        .coverage = "{}",
                        .generation = 1,
                        .nodes = rows,
                        .nnodes = nodes};
    struct err e;

    for (size_t i = 0; i < nodes; i++)
        rows[i] = (struct node_row){.key = keys[i],
                                    .ns = "n",
                                    .name = keys[i],
                                    .uid = "",
                                    .labels = "{}",
                                    .props = "{}",
                                    .kind = NODE_POD};
    struct graph *g = graph_new(&part, 1, NULL, &e);
    if (!g)
        must_die(e.msg);
    return g;
}

static void *reader(void *arg)
{
    struct snapshots *s = arg;

    while (!atomic_load(&stop)) {
        AUTO(graph) g = snapshots_take(s);
        if (!g)
            continue;
        size_t n = graph_nodes(g);
        if (n < 1 || n > 3 || !graph_id(g))
            atomic_fetch_add(&wrong, 1);
        atomic_fetch_add(&taken, 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[READERS];
    struct snapshots_state state;

    log_set_level(LOG_LEVEL_ERROR);
    /* Its own thread finds no database: it only takes part in the locking. */
    AUTO(snapshots) s = snapshots_new("postgresql://127.0.0.1:1/none?connect_timeout=1");
    for (size_t i = 0; i < READERS; i++)
        pthread_create(&threads[i], NULL, reader, s);
    for (size_t i = 0; i < INSTALLS; i++) {
        snapshots_install(s, make(1 + i % 3));
        snapshots_state(s, &state);
    }
    while (atomic_load(&taken) < INSTALLS)
        continue;
    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    printf("race_snapshots: %d installed, %lu taken, %lu wrong\n", INSTALLS, atomic_load(&taken),
           atomic_load(&wrong));
    return atomic_load(&wrong) == 0 && state.loads == INSTALLS ? EXIT_SUCCESS : EXIT_FAILURE;
}
