/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts of host paths: what each gives its container, and the volume's best of them.
 *
 * A volume is one node of the graph with one edge to each target, whoever mounts it.  That edge has
 * the best verdict and the easiest class of all mounts; the edge from a container to the volume
 * takes back what the container's own mount does not give. */
#pragma once

#include "ingest/derive/escape.h"
#include "ingest/derive/hostpath.h"
#include "ingest/derive/rule.h"

/* One mount.  hostmount_judge counts the user, the type and the guard of the container in class and
 * verdict of each gain. */
struct hostmount {
    const char *path;         /* on the node, subPath joined */
    const char *field;        /* "spec.containers[0].volumeMounts[1]" */
    const struct fact_pv *pv; /* what the volume's claim is bound to; NULL: it names the path */
    struct escape_guard guard;
    struct hostpath_gain gain[HOSTPATH_WAYS]; /* of hostmount_judge only */
};

/* The path of the node that a volume is, of its own or by a claim that is bound to a
 * PersistentVolume of type hostPath or local (*pv, else NULL); NULL if it is none. */
const char *hostmount_path(const struct facts *f, const struct fact_pod *p,
                           const struct fact_volume *v, const struct fact_pv **pv);

/* Looks up mount `at` of a container whose pod is on a node: where it leads, and what stands
 * between. Returns: false if it is no mount of a host path, or nothing is known to apply (Windows,
 * ended).
 */
bool hostmount_at(const struct rule_ctx *c, const struct fact_pod *p,
                  const struct fact_container *k, size_t at, struct hostmount *out);

/* The same, with what it gives. */
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
    struct hostmount_best way[HOSTPATH_WAYS];
};

/* Of each volume of the pod.
 * Returns: p->nvolumes of them, in c->scratch; NULL if the pod has no host path volume or no node.
 */
const struct hostmount_volume *hostmount_volumes(const struct rule_ctx *c,
                                                 const struct fact_pod *p);

/* Evidence that the volume of a mount is a path of the node by its PersistentVolume; m->pv is not
 * NULL.  Text lives in `a`. */
struct evidence hostmount_by_claim(struct arena *a, const struct hostmount *m);

/* Whether the gain is why `best` is what it is, so that its evidence is that of the edge. */
bool hostmount_decides(const struct hostmount_best *best, const struct hostpath_gain *g);

/* What a mount (NULL: nothing applies) gives of what its volume gives. */
struct hostmount_share {
    enum verdict verdict;  /* yes: as much as any other */
    enum edge_class class; /* structural: as easily as any other */
    const char *why;       /* NULL for yes and structural */
};
struct hostmount_share hostmount_share(const struct hostmount_volume *v, const struct hostmount *m);
