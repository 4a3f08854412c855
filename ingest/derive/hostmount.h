/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts of host path volumes: what each gives its container, and the volume's best of them.
 *
 * A volume is one node of the graph with one edge to each target, whoever mounts it.  That edge has
 * the best verdict and the easiest class of all mounts; the edge from a container to the volume
 * takes back what the container's own mount does not give. */
#pragma once

#include "ingest/derive/escape.h"
#include "ingest/derive/hostpath.h"
#include "ingest/derive/rule.h"

enum hostmount_way {
    HOSTMOUNT_READ_NODE,
    HOSTMOUNT_READ_ADMIN,
    HOSTMOUNT_READ_SECRETS,
    HOSTMOUNT_WRITE_NODE,
    HOSTMOUNT_WRITE_ADMIN,
    HOSTMOUNT_WAYS
};

/* One mount, judged for its container: class and verdict of each gain count the user, the type and
 * the guard of the container too. */
struct hostmount {
    const char *path;  /* on the node, subPath joined */
    const char *field; /* "spec.containers[0].volumeMounts[1]" */
    struct escape_guard guard;
    struct hostpath_gain gain[HOSTMOUNT_WAYS];
};

/* Judges mount `at` of a container whose pod is on a node.
 * Returns: false if it is no mount of a host path, or nothing is known to apply (Windows, ended).
 */
bool hostmount_judge(const struct rule_ctx *c, const struct fact_pod *p,
                     const struct fact_container *k, size_t at, struct hostmount *out);

/* The best of several gains. */
struct hostmount_best {
    bool any, both; /* both: one gain has the best verdict and the easiest class */
    enum verdict verdict;
    enum edge_class class;
};

/* What all mounts of a volume give at best. */
struct hostmount_volume {
    struct hostmount_best way[HOSTMOUNT_WAYS];
};

/* Of each volume of the pod.
 * Returns: p->nvolumes of them, in c->scratch; NULL if the pod has no host path volume or no node.
 */
const struct hostmount_volume *hostmount_volumes(const struct rule_ctx *c,
                                                 const struct fact_pod *p);

/* Whether the gain is why `best` is what it is, so that its evidence is that of the edge. */
bool hostmount_decides(const struct hostmount_best *best, const struct hostpath_gain *g);

/* What a mount (NULL: nothing applies) gives of what its volume gives. */
struct hostmount_share {
    enum verdict verdict;  /* yes: as much as any other */
    enum edge_class class; /* structural: as easily as any other */
    const char *why;       /* NULL for yes and structural */
};
struct hostmount_share hostmount_share(const struct hostmount_volume *v, const struct hostmount *m);
