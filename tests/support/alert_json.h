/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The normal form of an alert as JSON, for comparing it with what a test expects. */
#pragma once

#include <jansson.h>

#include "graphd/alerts/alert.h"

/* All members that say something; a new reference. */
json_t *alert_json(const struct alert *al);
