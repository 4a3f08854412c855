/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lives as long as the process: configuration, the current snapshot, counters. */
#pragma once

#include <stdatomic.h>

#include "base/clock.h"
#include "graphd/config.h"
#include "graphd/snapshots.h"

struct rank;
struct recalled;
struct jobs;

struct service {
    const struct config *config;
    struct snapshots *snapshots;
    struct rank *rank;         /* what ranking remembers of the snapshot: graphd/alerts/rank.h */
    struct recalled *recalled; /* the objects of the cluster asked last: graphd/recalled.h */
    struct jobs *jobs;         /* the workers; set before the first request */
    usec started_at;
    atomic_bool draining; /* SIGTERM came: /readyz says no */
    atomic_bool db_ok;    /* the last use of the database worked */
};
