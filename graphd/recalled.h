/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cluster whose objects were read last, so that the second question about it is fast.  One
 * cluster at most is in memory, and one thread at a time asks it. */
#pragma once

#include "graphd/http.h"
#include "ingest/derive/missing.h"
#include "ingest/derive/netpol.h"
#include "ingest/derive/netprofile.h"

struct recalled;

/* Nothing read yet; never NULL. */
struct recalled *recalled_new(void);
void recalled_free(struct recalled *r);
DEFINE_AUTO(recalled)

/* The objects of the generation of `part` that the request's graph was made of, read by the
 * worker's connection unless they are there.  Until recalled_done the calling thread has them for
 * itself. Returns: NULL on failure; then recalled_done must not be called. Errors: DB; BUSY if
 * another request holds them until the deadline; MISSING if that generation is no more; TIMEOUT;
 * LIMIT if the cluster is too large. */
struct missing *recalled_take(struct recalled *r, struct http_req *req,
                              const struct graph_part *part, struct err *e) MUST_CHECK;
void recalled_done(struct recalled *r);

/* Between recalled_take and recalled_done: the facts themselves, and their network policies as the
 * cluster's plugin treats them, compiled when first asked for. */
const struct facts *recalled_facts(const struct recalled *r);
const struct netpol *recalled_netpol(struct recalled *r);
const struct netprofile *recalled_netprofile(struct recalled *r);
