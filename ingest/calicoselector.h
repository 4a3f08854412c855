/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selector expressions of Calico, those that a label selector of Kubernetes can say as well. */
#pragma once

#include "ingest/derive/facts.h"

/* Reads `k == 'v'`, `k != 'v'`, `k in {'a', 'b'}`, `k not in {...}`, has(k), !has(k) and all(),
 * joined by &&.  Anything else (||, parentheses, contains, keys of Calico's own) and "" take
 * everything: *out is empty.  Text lives in `a`.
 * Source: docs.tigera.io, resource definitions, selectors. */
void calicoselector_read(const char *text, struct arena *a, struct fact_selector *out);
