/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers that depend on the subject: "namespaces whose label has the value that the subject's has"
 * (sameLabels, notSameLabels of early AdminNetworkPolicies).  Such a policy is the same as one
 * policy for each value, with plain selectors. */
#pragma once

#include "ingest/derive/facts.h"

/* All policies of indexed facts, those with such peers once for each set of values that namespaces
 * of their subject have.  A namespace that lacks one of sameLabels is like no other; of
 * notSameLabels every other one that has them all differs. Returns: array of struct fact_netpol, to
 * be freed; what it refers to lives in the facts' arena. Cost: namespaces x keys for each such
 * policy. Source: network-policy-api v0.1.0, NamespacedPeer. */
GArray *netsame_policies(const struct facts *f);
