/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader's thread, the parts it keeps, and the slot that readers take from. */
#include "graphd/snapshots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "base/log.h"
#include "schema/store.h"

enum {
    WAIT_MS = 250,   /* so long a stop may have to wait */
    SETTLE_MS = 100, /* after a notification, for the others of the same burst */
    SETTLE_ROUNDS = 5,
    POLL_MS = 30000,     /* in case a notification was lost */
    POLL_DEAF_MS = 1000, /* where the server cannot LISTEN: a replica */
    BACKOFF_MS = 200,    /* first wait after a failure; doubles up to the longest */
    BACKOFF_LONGEST_MS = 5000,
};

/* A cluster's part as last read. */
struct held {
    struct arena *arena;
    struct part part;
    bool current; /* seen in this round */
};

struct snapshots {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    struct graph *graph; /* under lock: a reader takes its reference before the slot can change */
    struct snapshots_state state;
    /* The thread's own. */
    char *url;
    GHashTable *held; /* cluster -> struct held */
    bool deaf;        /* LISTEN does not work here */
    char said[256];   /* the failure that was logged last */
};

static void held_free(void *arg)
{
    struct held *h = arg;

    arena_free(h->arena);
    free(h);
}

struct graph *snapshots_take(struct snapshots *s)
{
    pthread_mutex_lock(&s->lock);
    struct graph *g = s->graph ? graph_ref(s->graph) : NULL;
    pthread_mutex_unlock(&s->lock);
    return g;
}

void snapshots_install(struct snapshots *s, struct graph *take_g)
{
    pthread_mutex_lock(&s->lock);
    struct graph *old = s->graph;
    s->graph = take_g;
    s->state.loaded = true;
    s->state.loaded_at = clock_now();
    s->state.loads++;
    pthread_mutex_unlock(&s->lock);
    graph_free(old); /* readers that hold it keep it alive */
}

void snapshots_state(struct snapshots *s, struct snapshots_state *out)
{
    pthread_mutex_lock(&s->lock);
    *out = s->state;
    pthread_mutex_unlock(&s->lock);
}

static void set_database(struct snapshots *s, bool up)
{
    pthread_mutex_lock(&s->lock);
    s->state.database = up;
    pthread_mutex_unlock(&s->lock);
}

static bool is_stopping(struct snapshots *s)
{
    pthread_mutex_lock(&s->lock);
    bool yes = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return yes;
}

/* Sleeps, unless told to stop. */
static void pause_ms(struct snapshots *s, int ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&s->lock);
}

/* Reads a cluster's part unless the one held is current. */
static bool refresh(struct snapshots *s, struct db *db, const struct store_cluster *c,
                    bool *changed, struct err *e)
{
    struct held *h = g_hash_table_lookup(s->held, c->name);

    if (h && h->part.generation == c->generation) {
        h->current = true;
        return true;
    }
    h = must_calloc(1, sizeof(*h));
    h->arena = arena_new();
    h->current = true;
    if (!store_read(db, c->name, h->arena, &h->part, e)) {
        held_free(h);
        return err_wrap(e, "cluster %s", c->name);
    }
    g_hash_table_replace(s->held, g_strdup(c->name), h);
    *changed = true;
    return true;
}

static gboolean is_gone(gpointer key, gpointer value, gpointer arg)
{
    (void)key;
    (void)arg;
    return !((struct held *)value)->current;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct part *)a)->cluster, ((const struct part *)b)->cluster);
}

/* The graph of all parts held, in the order of their names so that it does not depend on hashing.
 */
static struct graph *join(struct snapshots *s, struct err *e)
{
    size_t n = 0;
    struct part *parts = must_calloc(g_hash_table_size(s->held), sizeof(*parts));
    GHashTableIter it;
    gpointer h;

    g_hash_table_iter_init(&it, s->held);
    while (g_hash_table_iter_next(&it, NULL, &h))
        parts[n++] = ((struct held *)h)->part;
    qsort(parts, n, sizeof(*parts), by_name);
    struct graph *g = graph_new(parts, n, NULL, e);
    free(parts);
    return g;
}

/* Brings the slot up to date; does nothing if no generation changed. */
static bool load(struct snapshots *s, struct db *db, struct err *e)
{
    AUTO(arena) a = arena_new();
    struct store_cluster *clusters;
    size_t n;
    usec began = clock_mono();
    bool changed = false;
    GHashTableIter it;
    gpointer h;

    if (!store_clusters(db, a, &clusters, &n, e))
        return false;
    g_hash_table_iter_init(&it, s->held);
    while (g_hash_table_iter_next(&it, NULL, &h))
        ((struct held *)h)->current = false;
    for (size_t i = 0; i < n; i++)
        if (clusters[i].generation > 0 && !refresh(s, db, &clusters[i], &changed, e))
            return false;
    changed |= g_hash_table_foreach_remove(s->held, is_gone, NULL) > 0;
    struct snapshots_state before;
    snapshots_state(s, &before);
    if (!changed && before.loaded)
        return true;
    struct graph *g = join(s, e);
    if (!g)
        return false;
    double seconds = (double)(clock_mono() - began) / 1e6;
    log_info("snapshot.loaded", "id", LOG_STR(graph_id(g)), "clusters",
             LOG_U64(g_hash_table_size(s->held)), "nodes", LOG_U64(graph_nodes(g)), "edges",
             LOG_U64(graph_edges(g)), "seconds", LOG_F64(seconds));
    snapshots_install(s, g);
    pthread_mutex_lock(&s->lock);
    s->state.load_seconds = seconds;
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* Waits until something may have changed.  False if the connection is lost. */
static bool wait_change(struct snapshots *s, struct db *db, struct err *e)
{
    usec until = clock_mono() + (usec)(s->deaf ? POLL_DEAF_MS : POLL_MS) * 1000;
    bool got = false;

    while (!got && !is_stopping(s) && clock_mono() < until) {
        if (s->deaf)
            pause_ms(s, WAIT_MS);
        else if (!db_wait_notify(db, WAIT_MS, &got, e))
            return false;
    }
    for (int i = 0; got && i < SETTLE_ROUNDS; i++)
        if (!db_wait_notify(db, SETTLE_MS, &got, e))
            return false;
    return true;
}

/* One connection's life: until it is lost, a load fails, or we stop. */
static bool follow(struct snapshots *s, struct err *e)
{
    struct err deaf = {0};
    AUTO(db) db = db_open(s->url, e);

    if (!db)
        return false;
    s->deaf = !db_listen(db, "graph_changed", &deaf);
    if (s->deaf && !db_alive(db)) {
        *e = deaf;
        return false;
    }
    if (s->deaf)
        log_warn("snapshot.polling", "why", LOG_STR(deaf.msg));
    set_database(s, true);
    if (*s->said)
        log_info("snapshot.connected", "after", LOG_STR(s->said));
    s->said[0] = '\0';
    do {
        if (!load(s, db, e) || !wait_change(s, db, e))
            return false;
    } while (!is_stopping(s));
    return true;
}

static void *run(void *arg)
{
    struct snapshots *s = arg;
    int backoff = BACKOFF_MS;

    while (!is_stopping(s)) {
        struct err e = {0};
        struct snapshots_state before;
        snapshots_state(s, &before);
        if (follow(s, &e))
            break;
        pthread_mutex_lock(&s->lock);
        s->state.database = false;
        s->state.failures++;
        bool served = s->state.loads != before.loads;
        pthread_mutex_unlock(&s->lock);
        if (served)
            backoff = BACKOFF_MS;
        /* Once for each reason: a database that stays away is not news every few seconds. */
        if (strcmp(s->said, e.msg) != 0)
            log_warn("snapshot.waiting", "why", LOG_STR(e.msg));
        g_strlcpy(s->said, e.msg, sizeof(s->said));
        pause_ms(s, backoff);
        backoff = MIN(backoff * 2, BACKOFF_LONGEST_MS);
    }
    return NULL;
}

struct snapshots *snapshots_new(const char *database_url)
{
    struct snapshots *s = must_calloc(1, sizeof(*s));
    pthread_condattr_t attr;

    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
    s->url = must_strdup(database_url);
    s->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, held_free);
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        must_die("cannot start the snapshot thread");
    return s;
}

void snapshots_free(struct snapshots *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    graph_free(s->graph);
    g_hash_table_destroy(s->held);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s->url);
    free(s);
}
