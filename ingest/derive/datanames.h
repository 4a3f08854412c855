/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names under which clients know data stores, found in other names: "orders-db" in
 * "orders-db-credentials" or "ORDERS_DB_PASSWORD". */
#pragma once

#include "ingest/derive/datastores.h"

struct datanames;

/* Names of workloads, of the Services that lead to them, and of those that name what is outside.
 * Borrows both. */
struct datanames *datanames_new(const struct facts *f, const struct datastores *ds);
void datanames_free(struct datanames *dn);
DEFINE_AUTO(datanames)

/* Stores whose name is the longest run of words of `text`: those of the namespace with that name,
 * else the only one of the cluster with it, if it is of two words at least.  *name gets it, in `a`.
 * Returns: how many; *out is borrowed. */
size_t datanames_in(const struct datanames *dn, const char *ns, const char *text, struct arena *a,
                    const struct datastore *const **out, const char **name);
