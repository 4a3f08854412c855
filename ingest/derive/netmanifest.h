/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetworkPolicies that we propose, as manifests. */
#pragma once

#include <jansson.h>

#include "ingest/derive/facts.h"

/* The manifest of a NetworkPolicy whose peers are selectors and address blocks, whose blocks have
 * holes of their own (one block a peer) and whose ports are numbers.  Returns: a new reference. */
json_t *netmanifest_json(const struct fact_netpol *p);

/* A document as YAML in block style, ended by a newline; to be freed by g_free.  Names of objects
 * stay as they are, text that YAML would read otherwise is quoted. */
char *netmanifest_yaml(const json_t *doc);
