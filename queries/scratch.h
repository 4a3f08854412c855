/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that one thread keeps between queries. */
#pragma once

#include "base/attr.h"

/* Epoch-stamped arrays that grow to the size of the graph once and are never cleared. */
struct scratch;
struct scratch *scratch_new(void);
void scratch_free(struct scratch *s);
DEFINE_AUTO(scratch)
