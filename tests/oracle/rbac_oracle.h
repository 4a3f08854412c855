/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The RBAC authorizer as slow and obvious as it can be. */
#pragma once

#include "ingest/derive/rbac.h"

/* What the server answers to `user` in exactly these groups ("" for no user). */
bool rbac_oracle_allows(const struct facts *f, const char *user, const struct texts *groups,
                        const struct rbac_request *q);
