/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who runs the control plane, as far as the nodes tell: managed ones differ from upstream. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

enum managed_by {
    MANAGED_NO,        /* control plane nodes are seen, or nothing hints at a provider */
    MANAGED_EKS,       /* Amazon */
    MANAGED_MAYBE_EKS, /* machines of Amazon, and no control plane node among them */
    MANAGED_GKE,
    MANAGED_AKS,
    MANAGED_NOT_KNOWN /* no node was read */
};

struct managed {
    enum managed_by by;
    struct evidence why; /* object is NULL for NO and NOT_KNOWN */
};

/* Judges labels, provider ids and kubelet versions of all nodes; text lives in the facts' arena.
 * Cost: nodes. */
struct managed managed_by(const struct facts *f);
