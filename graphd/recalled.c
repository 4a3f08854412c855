/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One slot and a mutex. */
#include "graphd/recalled.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "ingest/recall.h"
#include "schema/key.h"

#define MOST_BYTES ((size_t)1 << 30)

struct recalled {
    pthread_mutex_t lock;
    char *cluster;
    uint32_t generation;
    struct recall *recall; /* NULL: nothing is there */
    struct missing *missing;
    struct netpol *netpol; /* NULL: not asked for yet */
    struct netprofile profile;
};

struct recalled *recalled_new(void)
{
    struct recalled *r = must_calloc(1, sizeof(*r));

    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void forget(struct recalled *r)
{
    netpol_free(r->netpol);
    missing_free(r->missing);
    recall_free(r->recall);
    g_free(r->cluster);
    r->netpol = NULL;
    r->missing = NULL;
    r->recall = NULL;
    r->cluster = NULL;
}

void recalled_free(struct recalled *r)
{
    if (!r)
        return;
    forget(r);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool lock(struct recalled *r, usec deadline, struct err *e)
{
    struct timespec until = {.tv_sec = (time_t)(deadline / 1000000),
                             .tv_nsec = (long)(deadline % 1000000) * 1000};

    return pthread_mutex_clocklock(&r->lock, CLOCK_MONOTONIC, &until) == 0 ||
           err_set(e, ERR_BUSY, "other requests read the objects of a cluster");
}

/* The asset stage writes the version of the API server on the node of the cluster. */
static const char *version_of(struct http_req *req, const char *cluster)
{
    node_ix n =
        graph_find(req->graph, key_make(req->arena, cluster, NODE_CLUSTER, "", cluster, NULL));
    json_auto_t *props =
        n == NODE_NONE ? NULL : json_loads(graph_node(req->graph, n).props, 0, NULL);
    const char *version = json_string_value(json_object_get(props, "version"));

    return version ? arena_strdup(req->arena, version) : "";
}

static bool refill(struct recalled *r, struct http_req *req, const struct graph_part *part,
                   struct err *e)
{
    struct recall_wish wish = {
        .cluster = part->cluster,
        .generation = part->generation,
        .coverage = part->coverage,
        .version = version_of(req, part->cluster),
        .most_bytes = MOST_BYTES,
        .deadline = req->budget.deadline,
    };
    struct db *db = http_db(req, e);

    if (!db)
        return false;
    forget(r);
    r->recall = recall_new(db, &wish, e);
    if (!r->recall)
        return false;
    r->missing = missing_new(recall_facts(r->recall));
    r->cluster = g_strdup(part->cluster);
    r->generation = part->generation;
    return true;
}

struct missing *recalled_take(struct recalled *r, struct http_req *req,
                              const struct graph_part *part, struct err *e)
{
    if (!lock(r, req->budget.deadline, e))
        return NULL;
    bool there =
        r->recall && r->generation == part->generation && strcmp(r->cluster, part->cluster) == 0;
    if (!there && !refill(r, req, part, e)) {
        pthread_mutex_unlock(&r->lock);
        return NULL;
    }
    return r->missing;
}

void recalled_done(struct recalled *r)
{
    pthread_mutex_unlock(&r->lock);
}

const struct facts *recalled_facts(const struct recalled *r)
{
    return recall_facts(r->recall);
}

const struct netpol *recalled_netpol(struct recalled *r)
{
    const struct facts *f = recall_facts(r->recall);

    if (!r->netpol) {
        netprofile_of(f, &r->profile);
        r->netpol = netpol_of(f, &r->profile, NULL, 0);
    }
    return r->netpol;
}

const struct netprofile *recalled_netprofile(struct recalled *r)
{
    recalled_netpol(r);
    return &r->profile;
}
