/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_ATTACH_API: attaching to a container that reads its standard input is typing into it; to any
 * other it only shows what the container writes. */
#include "ingest/derive/podright.h"

#define ATTACH                                                                                     \
    .group = "", .resource = "pods", .subresource = "attach", .class = CLASS_MODERATE,             \
    .named = true, .named_class = CLASS_MODERATE

static const struct rbac_right rights[] = {
    {.verb = "create", ATTACH},
    {.verb = "get", ATTACH},
};

/* An init container is gone before anyone looks. */
static bool reads_input(struct rule_ctx *c, const struct fact_pod *p, enum verdict *out,
                        struct evidence *why)
{
    (void)c;
    (void)out;
    (void)why;
    for (size_t i = 0; i < p->ncontainers; i++)
        if (p->containers[i].reads_stdin && !p->containers[i].ended &&
            p->containers[i].type != CONTAINER_INIT)
            return true;
    return false;
}

static void derive(struct rule_ctx *c)
{
    static const struct podright attach = {
        .kind = EDGE_POD_ATTACH_API,
        .rights = rights,
        .n = ARRAY_LEN(rights),
        .by_get = true,
        .judge = reads_input,
        .set = "interactive",
        .what = "pods that read standard input",
        .present = true,
    };

    podright_each(c, &attach);
}

const struct rule rule_pod_attach_api = {
    .name = "pod_attach_api",
    .version = 1,
    .kinds = {EDGE_POD_ATTACH_API, EDGE_HUB_MEMBER},
    .derive = derive,
};
