/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The handlers: one for each row of routes.def, in a file of its own in graphd/routes/. */
#pragma once

#include "graphd/http.h"

#define ROUTE(method, path, handler, role, body_kib, budget_ms) http_handler handler##_handler;
#include "graphd/routes.def"
#undef ROUTE
