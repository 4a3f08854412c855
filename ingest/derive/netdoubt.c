/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No doubts yet. */
#include "ingest/derive/netdoubt.h"

#include <stdlib.h>

#include "base/must.h"

struct netdoubt {
    const struct facts *f;
};

struct netdoubt *netdoubt_new(const struct facts *f, const struct fact_netpol *policies, size_t n,
                              const struct netprofile *profile, struct netclass *nc)
{
    struct netdoubt *nd = must_calloc(1, sizeof(*nd));

    (void)policies;
    (void)n;
    (void)profile;
    (void)nc;
    nd->f = f;
    return nd;
}

void netdoubt_free(struct netdoubt *nd)
{
    free(nd);
}

void netdoubt_done(struct netdoubt *nd)
{
    (void)nd;
}

bool netdoubt_may_open(const struct netdoubt *nd, enum net_way way, uint32_t point,
                       struct evidence *ev)
{
    (void)nd;
    (void)way;
    (void)point;
    (void)ev;
    return false;
}

bool netdoubt_may_close(const struct netdoubt *nd, enum net_way way, uint32_t point,
                        struct evidence *ev)
{
    return netdoubt_may_open(nd, way, point, ev);
}

const struct netdoubt_pair *netdoubt_pairs(const struct netdoubt *nd, size_t *n)
{
    (void)nd;
    *n = 0;
    return NULL;
}
