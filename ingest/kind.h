/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of object kinds: what is read, which fields of it are kept, and how it becomes a
 * fact. A kind is one file in ingest/kinds/ and one row in ingest/kinds.def. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

struct kind {
    const char *resource;  /* "pods" */
    const char *group;     /* "" for core, "apps", "rbac.authorization.k8s.io" ... */
    const char *old_group; /* where dumps of old clusters have it ("extensions"), or NULL */
    const char *kind;      /* "Pod"; the list is called PodList */
    bool namespaced;
    int source;    /* enum facts_source that it fills, or -1 */
    bool optional; /* not every server has it: an input without it lacks nothing */
    /* The fields that are stored beyond kind_common, ended by NULL: dotted paths, `[]` for each
     * element of an array, a last part `*` for everything below.  "spec.containers[].name".
     * A last part `!` keeps the member names of an object with null for every value.  A part in
     * double quotes may hold dots, and a part that ends with `*` after other characters matches by
     * prefix: metadata.annotations."eks.amazonaws.com/role-arn", metadata.labels."app*".  A last
     * part
     * `^text` behind `[]` keeps the texts of an array that begin so, and of them only that
     * beginning; with a `*` at its end all of them, with a `$` those that are just that.  The first
     * path that fits counts, and an array without any such text is left out:
     * spec.containers[].args[].^--client-cert-auth. */
    const char *const *keep;
    /* One more path for an object by name (aws-auth), or NULL; NULL if no object has one. */
    const char *(*keep_more)(const char *ns, const char *name);
    /* Adds the trimmed item to the facts; NULL if no rule reads this kind.
     * Errors: INPUT with the JSON path. */
    bool (*parse)(const struct jx *item, struct facts *f, struct err *e);
};

/* All kinds, ended by NULL, in the order of kinds.def. */
extern const struct kind *const kinds[];

/* The paths kept of every kind: name, namespace, uid, labels, owners, deletionTimestamp and our own
 * annotations.  Ended by NULL. */
extern const char *const kind_common[];

/* The kind of an apiVersion and kind ("apps/v1", "Deployment"); NULL if we do not read it. */
const struct kind *kind_find(const char *api_version, const char *kind);

/* Reads metadata of a trimmed item.  Text is copied into the arena of `f`. */
bool kind_meta(const struct jx *item, bool namespaced, struct facts *f, struct meta *out,
               struct err *e) MUST_CHECK;

/* Adds the pods that the templates of workloads would make where no real pod of them was read:
 * one pod per workload, named NAME-predicted, marked predicted.  Workloads of 0 replicas, finished
 * Jobs, and those that another workload owns get none; suspended Jobs and CronJobs get one, since
 * whoever may resume them runs it.  Call before facts_index. */
void kind_predict_pods(struct facts *f);
