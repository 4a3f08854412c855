/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crown jewels: what matters by itself, and how we come to think so. */
#pragma once

#include "base/jw.h"
#include "ingest/derive/assets.h"
#include "ingest/derive/controllers.h"
#include "ingest/derive/datastores.h"
#include "ingest/derive/tags.h"

/* What users tagged (tags.h), and the accounts that matter by what runs as them (controllers.h).
 * Borrows the indexed facts; text lives in theirs. */
struct jewels;
struct jewels *jewels_new(const struct facts *f);
void jewels_free(struct jewels *js);
DEFINE_AUTO(jewels)

/* Adds to open props what users say of an object, its own words or those of its namespace: `owner`
 * and `dataClass`; jewels_props also `crownJewel`, its own worth, of what can be a jewel by itself;
 * of a service account also why it is one.  A hub is one of a namespace ("" for the cluster).
 * `crownJewelOf` is the thing that a jewel stands for: jewels that name the same one are one
 * asset. */
void jewels_words(const struct jewels *js, const struct meta *m, struct jw *w);
void jewels_props(const struct jewels *js, const struct meta *m, struct jw *w);
void jewels_hub_props(const struct jewels *js, const char *ns, struct jw *w);
void jewels_serviceaccount_props(const struct jewels *js, const struct fact_serviceaccount *sa,
                                 struct jw *w);

/* What matters about a pod for all of its containers. */
struct jewels_pod {
    const struct fact_pod *pod;
    struct tags_said said;
    bool runs, sensitive, has_store; /* sensitive: its class of data is; has_store: a container
                                        seems to be a database */
};

/* Fills *out; adds the words about the pod to its open props. */
void jewels_pod(const struct jewels *js, const struct fact_pod *p, struct jewels_pod *out);
void jewels_pod_props(const struct jewels *js, const struct jewels_pod *jp, struct jw *w);

/* Marks a container, whose node is made, if it is a jewel, and adds to its props why. */
void jewels_container(const struct jewels *js, const struct jewels_pod *jp,
                      const struct fact_container *c, struct draft *d, struct jw *w);

/* The same for a store: in the cluster its pods' tags count, outside those of its Services. */
void jewels_store(const struct jewels *js, const struct datastore *s, struct draft *d,
                  struct jw *w);

/* Marks all other crown jewels, built-in and tagged; call once all nodes are made. */
void jewels_mark(const struct jewels *js, const struct assets *as, struct draft *d);
