/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queue is bounded, urgent jobs overtake, and nothing that was taken is lost. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "graphd/jobs.h"
#include "tests/test.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int ran;

/* Ordinary jobs wait at the gate; the urgent one does not. */
static void run(void *job, struct jobs_worker *w, void *arg)
{
    (void)arg;
    cr_assert_not_null(w->scratch);
    if (*(int *)job == 0) {
        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
    }
    atomic_fetch_add(&ran, 1);
}

static bool ran_becomes(int n)
{
    for (int i = 0; i < 5000 && atomic_load(&ran) != n; i++)
        usleep(1000);
    return atomic_load(&ran) == n;
}

static bool waiting_becomes(struct jobs *j, size_t n)
{
    for (int i = 0; i < 5000 && jobs_waiting(j) != n; i++)
        usleep(1000);
    return jobs_waiting(j) == n;
}

Test(jobs, queue_is_bounded_and_urgent_jobs_overtake)
{
    int slow = 0, urgent = 1;
    struct jobs *j = jobs_new(2, 3, run, NULL);

    pthread_mutex_lock(&gate);
    for (int i = 0; i < 2; i++) {
        cr_assert(jobs_push(j, &slow, false));
        cr_assert(waiting_becomes(j, 0), "a worker takes it");
    }
    for (int i = 0; i < 3; i++)
        cr_assert(jobs_push(j, &slow, false));
    cr_expect_not(jobs_push(j, &slow, false), "the fourth has no room");
    cr_expect_eq(jobs_waiting(j), 3);
    cr_expect(jobs_push(j, &urgent, true));
    cr_expect(ran_becomes(1), "an urgent job runs while all workers are busy");
    pthread_mutex_unlock(&gate);
    jobs_free(j);
    cr_expect_eq(atomic_load(&ran), 6, "freeing waits for what was taken");
}
