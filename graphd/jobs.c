/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread pool on one lock: jobs take micro- to milliseconds, so it is never the narrow place. */
#include "graphd/jobs.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "queries/scratch.h"
#include "schema/db.h"

struct lane {
    void **ring;
    size_t room, first, count;
    pthread_cond_t ready;
};

struct jobs {
    pthread_mutex_t lock;
    struct lane ordinary, urgent;
    bool stopping;
    jobs_run *run;
    void *arg;
    pthread_t *threads;
    size_t nthreads;
};

enum { URGENT_ROOM = 256 };

static void lane_init(struct lane *l, size_t room)
{
    l->ring = must_calloc(room, sizeof(*l->ring));
    l->room = room;
    pthread_cond_init(&l->ready, NULL);
}

static void lane_done(struct lane *l)
{
    free(l->ring);
    pthread_cond_destroy(&l->ready);
}

static bool put(struct lane *l, void *job)
{
    if (l->count == l->room)
        return false;
    l->ring[(l->first + l->count++) % l->room] = job;
    return true;
}

static void *take(struct lane *l)
{
    if (l->count == 0)
        return NULL;
    void *job = l->ring[l->first];
    l->first = (l->first + 1) % l->room;
    l->count--;
    return job;
}

/* The next job, or NULL when there will be none.  Called and left with the lock held. */
static void *next(struct jobs *j, bool urgent_only)
{
    for (;;) {
        void *job = take(&j->urgent);
        if (!job && !urgent_only)
            job = take(&j->ordinary);
        if (job || j->stopping)
            return job;
        pthread_cond_wait(urgent_only ? &j->urgent.ready : &j->ordinary.ready, &j->lock);
    }
}

static void work(struct jobs *j, bool urgent_only)
{
    struct jobs_worker w = {.scratch = scratch_new()};
    void *job;

    pthread_mutex_lock(&j->lock);
    while ((job = next(j, urgent_only))) {
        pthread_mutex_unlock(&j->lock);
        j->run(job, &w, j->arg);
        pthread_mutex_lock(&j->lock);
    }
    pthread_mutex_unlock(&j->lock);
    db_free(w.db);
    scratch_free(w.scratch);
}

static void *ordinary_thread(void *arg)
{
    work(arg, false);
    return NULL;
}

static void *urgent_thread(void *arg)
{
    work(arg, true);
    return NULL;
}

struct jobs *jobs_new(uint32_t workers, uint32_t queue, jobs_run *run, void *arg)
{
    struct jobs *j = must_calloc(1, sizeof(*j));

    pthread_mutex_init(&j->lock, NULL);
    lane_init(&j->ordinary, queue);
    lane_init(&j->urgent, URGENT_ROOM);
    j->run = run;
    j->arg = arg;
    j->threads = must_calloc((size_t)workers + 1, sizeof(*j->threads));
    for (uint32_t i = 0; i < workers + 1; i++)
        if (pthread_create(&j->threads[j->nthreads++], NULL,
                           i < workers ? ordinary_thread : urgent_thread, j) != 0)
            must_die("cannot start a worker thread");
    return j;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    pthread_cond_broadcast(&j->ordinary.ready);
    pthread_cond_broadcast(&j->urgent.ready);
    pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < j->nthreads; i++)
        pthread_join(j->threads[i], NULL);
    lane_done(&j->ordinary);
    lane_done(&j->urgent);
    pthread_mutex_destroy(&j->lock);
    free(j->threads);
    free(j);
}

bool jobs_push(struct jobs *j, void *job, bool urgent)
{
    struct lane *l = urgent ? &j->urgent : &j->ordinary;

    pthread_mutex_lock(&j->lock);
    bool ok = put(l, job);
    if (ok)
        pthread_cond_signal(&l->ready);
    pthread_mutex_unlock(&j->lock);
    return ok;
}

size_t jobs_waiting(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    size_t n = j->ordinary.count;
    pthread_mutex_unlock(&j->lock);
    return n;
}
