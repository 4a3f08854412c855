/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workers: a fixed number of threads and a bounded queue before them.
 *
 * Urgent jobs (probes and metrics) have a lane of their own, which is served first, and a thread
 * that takes nothing else: they are answered while all workers compute. */
#pragma once

#include "base/attr.h"

struct scratch;
struct db;
struct jobs;

/* What a thread keeps between jobs. */
struct jobs_worker {
    struct scratch *scratch;
    struct db *db; /* NULL while it has no connection */
};

/* Runs a job to its end. */
typedef void jobs_run(void *job, struct jobs_worker *w, void *arg);

/* Starts `workers` threads and the one for urgent jobs; never NULL. */
struct jobs *jobs_new(uint32_t workers, uint32_t queue, jobs_run *run, void *arg);

/* Waits until every job that was pushed has run, and ends the threads. */
void jobs_free(struct jobs *j);
DEFINE_AUTO(jobs)

/* Hands a job over.  False if the queue is full. */
bool jobs_push(struct jobs *j, void *job, bool urgent) MUST_CHECK;

/* Ordinary jobs that wait for a thread. */
size_t jobs_waiting(struct jobs *j);
