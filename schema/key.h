/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Node keys: stable names that the API speaks, always printable ASCII.
 *
 * k8s:<cluster>/<kind>/<namespace>/<name>[/<sub>] and the single word `internet`.  Every part is
 * percent-encoded, the namespace of what has none is empty: k8s:prod/node//ip-10-0-1-7.
 * A hub is named `all`: k8s:prod/podset/shop/all, k8s:prod/podset//all.  Source:
 * docs/architecture.md. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "schema/kinds.h"

/* The key of a node; `sub` (a container, volume or port) may be NULL.  Lives in `a`.
 * For NODE_INTERNET the key is "internet" whatever the other parts are. */
const char *key_make(struct arena *a, const char *cluster, enum node_kind kind, const char *ns,
                     const char *name, const char *sub);

/* The decoded parts of a key, all in `a`; sub is NULL if there is none. */
struct key_parts {
    const char *cluster, *ns, *name, *sub;
    enum node_kind kind;
};

/* Errors: INPUT if `key` has another form, an unknown kind or a broken escape. */
bool key_parse(struct arena *a, const char *key, struct key_parts *out, struct err *e) MUST_CHECK;
