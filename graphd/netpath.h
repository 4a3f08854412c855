/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of an attacker from the internet to pods: the best path of the graph, and the last hop on
 * it that goes over the network. */
#pragma once

#include "graphd/netask.h"
#include "queries/reach.h"

struct netpath {
    struct reach reach;
    bool network;           /* over the network alone; false: other ways were needed, or no path */
    const edge_ix *exposed; /* edges by which the internet reaches the pods' ports directly */
    size_t nexposed;
    bool hop;               /* there is a last hop over the network */
    edge_ix edge;           /* it */
    struct netend from, to; /* its ends: pods that the internet reaches and that may make it, or the
                               internet itself; the pods that it leads to */
    const char *from_name, *to_name;
    bool from_internet;
    bool from_node; /* nodes may make it too */
};

/* For from=internet, after netask_find.  Errors: TIMEOUT. */
bool netpath_find(struct netask *q, struct netpath *out, struct err *e) MUST_CHECK;
