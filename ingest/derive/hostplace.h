/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places of a node that are a way out of a container by themselves: the sockets of container
 * runtimes, what the kernel runs unasked, and where the kubelet finds plugins.
 * Source: manuals of the runtimes, core(5), kubelet documentation; docs/edges of the four kinds. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/kinds.h"

enum { HOSTPLACE_KINDS = 4 }; /* of edges: EXPLOIT_CONTAINERD_SOCK, CE_UMH_CORE_PATTERN ... */

struct hostplace {
    enum edge_kind kind;
    const char *path, *note; /* what it is, and why it is a way out */
    const char *doubt;       /* why it may not be there; NULL: it is */
    const char *doubt_field; /* of the node */
    bool kernel;             /* only the node's own root may write it */
};

/* What a mount of `path` (normalised) shows of them on a node (NULL: not known), one of each kind.
 * Returns: how many are in `out`. */
size_t hostplace_find(const char *path, bool read_only, const struct fact_node *n,
                      struct hostplace out[HOSTPLACE_KINDS]);
