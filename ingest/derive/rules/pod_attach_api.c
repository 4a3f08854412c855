/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_ATTACH_API: attaching to a container that reads its standard input is typing into it; to any
 * other it only shows what the container writes. */
#include <string.h>

#include "ingest/derive/nodes.h"
#include "ingest/derive/podright.h"
#include "ingest/derive/why.h"

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

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_ATTACH_API, .rights = rights, .n = ARRAY_LEN(rights)},
};

/* Pods run there, and none of them reads; an empty set has an edge all the same. */
static bool nobody_reads(struct rule_ctx *c, const char *ns)
{
    struct evidence why;
    enum verdict v;
    bool any = false;

    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if ((*ns && strcmp(p->meta.ns, ns) != 0) || !nodes_pod_runs(p))
            continue;
        if (reads_input(c, p, &v, &why))
            return false;
        any = true;
    }
    return any;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct evidence why;
    enum verdict v;

    if (podright_missing(c, q, &wants[0], out))
        return true;
    if (q->to.kind == NODE_PODS && nobody_reads(c, q->to.ns))
        return why_say(out, WHY_ALMOST,
                       *q->to.ns ? arena_printf(c->scratch, "Namespace %s", q->to.ns)
                                 : arena_printf(c->scratch, "Cluster %s", c->f->cluster),
                       NULL, NULL,
                       "no running pod there has a container that reads standard input");
    return q->to.pod && !reads_input(c, q->to.pod, &v, &why) &&
           why_pod(c, out, WHY_ALMOST, q->to.pod, "spec.containers[*].stdin",
                   "no container of the pod reads standard input: attaching shows its output and "
                   "types nothing");
}

const struct rule rule_pod_attach_api = {
    .name = "pod_attach_api",
    .version = 1,
    .kinds = {EDGE_POD_ATTACH_API, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
