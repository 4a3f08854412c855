/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers of Linkerd: a port of theirs is closed to who is not authorized for it. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.podSelector.*",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_foreignpol p = {.kind = "Linkerd Server", .engine = "Linkerd", .ingress = true};
    struct jx spec, pods;

    if (!kind_meta(item, true, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(&spec, "podSelector", &pods, e) ||
        !field_selector(&spec, "podSelector", f, &p.subject.pods, e))
        return false;
    p.subject.by_pod = true;
    if (pods.v) /* else it is about machines outside of the cluster */
        FACTS_ADD(f, foreignpols, p);
    return true;
}

const struct kind kind_linkerd_server = {
    .resource = "servers.policy.linkerd.io",
    .group = "policy.linkerd.io",
    .kind = "Server",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
