/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node sends to its own pods: the API lets it through whatever policies say. */
#pragma once

#include "ingest/derive/netreach.h"

/* Ports of the running pods of a node that are closed, or not surely open, to the node's segment;
 * they are open to whatever sends from that very node.  Calls `each` with them.  Returns: how many.
 * Cost: the ports of the node's pods, after the first call indexed all pods. */
size_t netlocal_ports(struct netreach *nr, const struct fact_node *n,
                      void (*each)(void *arg, const struct netreach_port *p), void *arg);

/* The segment (NET_SEGMENT) that leads to them; NETREACH_NONE if there are none. */
uint32_t netlocal_segment(struct netreach *nr, const struct fact_node *n);
