/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a directory or file of the node is worth to who reads or writes it.
 * Source: Filesystem Hierarchy Standard, kubeadm and kubelet documentation; the table is in
 * hostpath.def, explained in docs/edges/EXPLOIT_HOST_READ.md. */
#pragma once

#include "ingest/derive/draft.h"

/* The path in one spelling: `.`, `..` and repeated slashes resolved, /var/run written /run,
 * /proc/1/root written /, no slash at the end.  `sub` (NULL or "") is joined below it and cannot
 * climb above `path`. Returns: in `a`; NULL if `path` is no absolute Linux path. */
const char *hostpath_normalise(struct arena *a, const char *path, const char *sub);

/* Whether `path` is `dir` or lies inside it, both normalised; every path lies inside "/". */
bool hostpath_inside(const char *path, const char *dir);

/* Whether it is a folder that every Linux system has, so that a mount of it does not tell that what
 * some software keeps below is there. */
bool hostpath_everywhere(const char *path);

/* What one way of using a path gives. */
struct hostpath_gain {
    bool any;
    enum edge_class class;
    enum verdict verdict;
    const char *path; /* of the table: what the mount covers */
    const char *note; /* what lies there, or why it is executed */
    const char *why;  /* the verdict is unknown; else NULL */
};

/* The ways of using a path, and whom each leads to. */
enum hostpath_way {
    HOSTPATH_READ_NODE,
    HOSTPATH_READ_ADMIN,   /* of the cluster */
    HOSTPATH_READ_SECRETS, /* all Secrets of the cluster */
    HOSTPATH_READ_VOLUMES, /* credentials in volumes of the node's pods */
    HOSTPATH_READ_LOGS,    /* of the node's pods */
    HOSTPATH_WRITE_NODE,
    HOSTPATH_WRITE_ADMIN,
    HOSTPATH_WRITE_PODS, /* of the node */
    HOSTPATH_WAYS
};

struct hostpath_effect {
    struct hostpath_gain way[HOSTPATH_WAYS];
};

/* What is known of the node and the container. */
struct hostpath_where {
    bool control_plane, read_only, privileged;
    bool cgroup_v2; /* the node surely has it */
};

/* Judges a mount of `path` (normalised).  A row counts if the mount is its path, a parent of it,
 * or, for trees, lies inside it; the easiest row of each gain wins.  A read-only mount still
 * reaches sockets, and (verdict unknown) file systems mounted below it. */
struct hostpath_effect hostpath_judge(const char *path, const struct hostpath_where *where);
