/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that the API server passes on: to pods, Services and nodes, over its own network.
 *
 * Such a request names more than the object: "web-0:8080", "https:web:main".  The authorizer sees
 * that whole text as the name, so a rule with resourceNames gives just the ports that it writes. */
#pragma once

#include "ingest/derive/rule.h"

/* What such a name means. */
struct apiproxy_name {
    const char *name;
    const char *port; /* as written: a number or a name; "" if there is none */
};

/* Reads "name", "name:port" or "scheme:name:port"; text lives in `a`.
 * Returns: false for what the API server refuses. */
bool apiproxy_split(struct arena *a, const char *text, struct apiproxy_name *out);

/* A port number, or 0 if it is none. */
int32_t apiproxy_number(const char *port);

/* Whether a running pod takes connections of the API server on a TCP port.  Nobody knows from
 * which address they come, so where policies let in some only, that is unknown.
 * Returns: YES or UNKNOWN; *why has an object if a policy is to be named. */
enum verdict apiproxy_judge(struct rule_ctx *c, const struct fact_pod *p, int32_t port,
                            struct evidence *why);

/* Objects of a list of facts by name, across namespaces: name -> GPtrArray of const struct meta *;
 * g_hash_table_destroy it. */
#define APIPROXY_BY_NAME(list) apiproxy_by_name((list).v, (list).n, sizeof(*(list).v))
GHashTable *apiproxy_by_name(const void *v, size_t n, size_t size);

/* The name in a role's rules that stands for the port of an object: resourceNames that fit
 * `fits`.  Returns: NULL if there is none. */
const char *apiproxy_named(struct arena *a, const struct fact_role *role,
                           bool (*fits)(void *arg, const struct apiproxy_name *n), void *arg);
