/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which images run as which accounts: how well-known controllers are found. */
#pragma once

#include "ingest/derive/facts.h"

struct runners;

/* Finds what runs, or would (manifests): each account with each image once.  Init and ephemeral
 * containers and Jobs are left out: with the image of a controller they are its clients. */
struct runners *runners_new(const struct facts *f);
void runners_free(struct runners *rs);
DEFINE_AUTO(runners)

/* What to look for; all that is said must hold. */
struct runners_query {
    const char *image;   /* last components of the repository (image.h); "" any */
    const char *account; /* what the account's name ends with (Helm puts the release before it) */
    int32_t port;        /* that the container declares; 0 any */
};

typedef void runners_fn(void *arg, const struct fact_pod *p, const struct fact_container *c);

/* Calls `found` once for each account that fits, with the first pod of it.
 * Cost: different images, and pairs of account and image if one of them fits. */
void runners_each(const struct runners *rs, const struct runners_query *q, runners_fn *found,
                  void *arg);
