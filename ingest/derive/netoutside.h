/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections from outside of the cluster to its pods. */
#pragma once

#include "ingest/derive/netreach.h"

/* Who connects from outside: any public address, or any private or node address. */
enum netreach_who { NETREACH_INTERNET, NETREACH_LAN };

/* Whether a running pod takes connections from there; pods on the host's network take all. */
void netoutside_ask(const struct netreach *nr, enum netreach_who who, const struct fact_pod *to,
                    enum net_protocol protocol, int32_t port, struct netreach_answer *out);
