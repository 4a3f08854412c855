/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the cases of a kind of object are. */
#pragma once

#include "ingest/kind.h"

/* "tests/cases/kinds/networkpolicy", or ".../networkpolicy.crd.antrea.io" where the name of a kind
 * is not its own.  Returns: g_free it. */
char *kind_cases(const struct kind *k);
