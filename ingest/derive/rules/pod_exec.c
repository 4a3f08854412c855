/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running commands in pods.  `create` on pods/exec always serves; `get` alone did, over WebSocket,
 * until servers of 1.35 began to ask for `create` there too. */
#include "ingest/derive/podright.h"

#define EXEC                                                                                       \
    .group = "", .resource = "pods", .subresource = "exec", .class = CLASS_TRIVIAL, .named = true, \
    .named_class = CLASS_TRIVIAL

static const struct rbac_right rights[] = {
    {.verb = "create", EXEC},
    {.verb = "get", EXEC},
};

static void derive(struct rule_ctx *c)
{
    static const struct podright exec = {
        .kind = EDGE_POD_EXEC, .rights = rights, .n = ARRAY_LEN(rights), .by_get = true};

    podright_each(c, &exec);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_EXEC, .rights = rights, .n = ARRAY_LEN(rights)},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return podright_missing(c, q, &wants[0], out);
}

const struct rule rule_pod_exec = {
    .name = "pod_exec",
    .version = 2,
    .kinds = {EDGE_POD_EXEC},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
