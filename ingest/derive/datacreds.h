/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which Secrets open which data stores.  Values are never read.
 *
 * A Secret from which a store takes its own password is sure.  Others are guessed by their names,
 * and by the names of their keys and of the variables that show them. */
#pragma once

#include "ingest/derive/datastores.h"
#include "ingest/derive/draft.h"

struct datacred {
    const struct fact_secret *secret;
    const struct datastore *store;
    bool sure;
    const char *key;    /* of the Secret; "" not known */
    struct evidence ev; /* where the store takes it, or which names are alike */
};

struct datacreds;

/* All credentials of the stores of indexed facts; text lives in `a`, the rest is borrowed.
 * Cost: the references of pods to Secrets; the words of the names of Secrets. */
struct datacreds *datacreds_new(const struct facts *f, const struct datastores *ds,
                                struct arena *a);
void datacreds_free(struct datacreds *dc);
DEFINE_AUTO(datacreds)

/* Those of a Secret; in the order in which they were found. */
const struct datacred *const *datacreds_of(const struct datacreds *dc, const struct fact_secret *s,
                                           size_t *n);

/* The first sure one of a store; NULL if it is not known to ask for a password. */
const struct datacred *datacreds_asks(const struct datacreds *dc, const struct datastore *s);

/* Whether a name of a key or variable speaks of a password; `wide` also of an address with one, or
 * of a token. */
bool datacreds_word(const char *name, bool wide);
