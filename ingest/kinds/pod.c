/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods, as the API server has them or as a manifest asks for them. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/podspec.h"

/* Of a command line only what says who may ask etcd; of the name of a file not even that. */
#define KEEP_FLAGS(at)                                                                             \
    at "^etcd$", at "^/usr/local/bin/etcd$", at "^--listen-client-urls=*",                         \
        at "^--listen-client-urls", at "^-listen-client-urls", at "^--client-cert-auth=f",         \
        at "^--client-cert-auth=F", at "^--client-cert-auth=0", at "^--client-cert-auth",          \
        at "^-client-cert-auth", at "^--trusted-ca-file", at "^-trusted-ca-file",                  \
        at "^--config-file", at "^-config-file"

static const char *const keep[] = {
    PODSPEC_KEEP("spec."),
    KEEP_FLAGS("spec.containers[].command[]."),
    KEEP_FLAGS("spec.containers[].args[]."),
    PODSPEC_KEEP_ANNOTATIONS("metadata."),
    "status.phase",
    "status.podIP",
    "status.podIPs[].ip",
    "status.hostIP",
    "status.containerStatuses[].name",
    "status.containerStatuses[].containerID",
    "status.containerStatuses[].imageID",
    "status.initContainerStatuses[].name",
    "status.initContainerStatuses[].containerID",
    "status.initContainerStatuses[].imageID",
    "status.ephemeralContainerStatuses[].name",
    "status.ephemeralContainerStatuses[].containerID",
    "status.ephemeralContainerStatuses[].imageID",
    "status.ephemeralContainerStatuses[].state.terminated.exitCode", /* that there is one */
    NULL,
};

/* Whether the volumes are as admitted, so that a token is mounted exactly where they say so.  A
 * nodeName alone proves nothing: manifests may set it. */
static bool as_admitted(const struct fact_pod *p)
{
    if (p->meta.uid[0] || p->phase[0])
        return true;
    for (size_t i = 0; i < p->nvolumes; i++)
        if (g_str_has_prefix(p->volumes[i].name, "kube-api-access-"))
            return true;
    return false;
}

/* Every rule asks every pod for its phase: the few that there are stay in the processor's cache. */
static const char *usual_phase(const char *phase)
{
    static const char *const phases[] = {"Running", "Succeeded", "Pending", "Failed", "Unknown"};

    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        if (strcmp(phase, phases[i]) == 0)
            return phases[i];
    return phase;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_pod p = {0};
    struct jx spec, status;

    if (!kind_meta(item, true, f, &p.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(item, "status", &status, e) || !podspec_parse(&spec, &status, f, &p, e) ||
        !field_str(&status, "phase", f, &p.phase, e) ||
        !field_str(&status, "podIP", f, &p.pod_ip, e) ||
        !field_members(&status, "podIPs", "ip", f, &p.pod_ips, e))
        return false;
    if (p.pod_ips.n == 0)
        field_push(f->arena, &p.pod_ips, p.pod_ip);
    p.phase = usual_phase(p.phase);
    p.token_mounts_known = as_admitted(&p);
    FACTS_ADD(f, pods, p);
    return true;
}

const struct kind kind_pod = {
    .resource = "pods",
    .group = "",
    .kind = "Pod",
    .namespaced = true,
    .source = FACTS_PODS,
    .keep = keep,
    .parse = parse,
};
