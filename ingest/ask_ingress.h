/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `graphd-ingest ask network --ingress-controller`: what routes lead to, for comparison with
 * engines that print it. */
#pragma once

#include "ingest/ask_network.h"

/* Writes rows as ask_network does, which they follow in the order of bytes, from
 * `{ingress-controller}`: a pod that is not there, without labels, in the namespace
 * ingress-controller-ns.  They name the TCP ports of pods that Ingresses and Routes lead to, if
 * containers declare them and policies let it there.  `f` is indexed. */
void ask_ingress(const struct facts *f, const struct ask_network_options *o, FILE *out);
