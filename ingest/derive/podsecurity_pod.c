/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The controls of the two stricter levels, as far as facts hold what they read.  A control that we
 * cannot see (sysctls, SELinux types, host probes) is taken to be kept: the pod is there. */
#include "ingest/derive/podsecurity_pod.h"

#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"

#define ENFORCE "pod-security.kubernetes.io/enforce"

/* What a level finds wrong with a pod. */
struct breach {
    const char *field; /* NULL: nothing */
    const char *what;
    bool certain; /* whatever version of the level is enforced */
};

static bool one_of(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(s, list[i]) == 0)
            return true;
    return false;
}

/* Names are compared as written: CAP_KILL is none of them. */
static bool adds_beyond(const struct fact_container *k, const char *const *allowed, size_t n)
{
    for (size_t i = 0; i < k->caps_add.n; i++)
        if (!one_of(k->caps_add.v[i], allowed, n))
            return true;
    return false;
}

static bool host_port(const struct fact_container *k)
{
    for (size_t i = 0; i < k->nports; i++)
        if (k->ports[i].host_port)
            return true;
    return false;
}

static const char *baseline_container(const struct fact_pod *p, const struct fact_container *k,
                                      const char **what)
{
    static const char *const caps[] = {
        "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
        "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};
    const struct {
        bool broken;
        const char *field, *what;
    } checks[] = {
        {k->privileged == TRI_YES, "securityContext.privileged", "a privileged container"},
        {adds_beyond(k, caps, ARRAY_LEN(caps)), "securityContext.capabilities.add",
         "capabilities beyond the default set"},
        {k->host_process, "securityContext.windowsOptions.hostProcess", "a host process"},
        {strcmp(k->seccomp, "Unconfined") == 0, "securityContext.seccompProfile",
         "no seccomp filter"},
        {strcmp(k->apparmor, "Unconfined") == 0, "securityContext.appArmorProfile",
         "no AppArmor profile"},
        /* a user namespace lifts this one on newer servers */
        {*k->proc_mount && strcmp(k->proc_mount, "Default") != 0 && p->host_users != TRI_NO,
         "securityContext.procMount", "an unmasked /proc"},
        {host_port(k), "ports", "a host port"},
    };

    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (checks[i].broken) {
            *what = checks[i].what;
            return checks[i].field;
        }
    return NULL;
}

static const char *restricted_container(const struct fact_pod *p, const struct fact_container *k,
                                        const char **what)
{
    static const char *const caps[] = {"NET_BIND_SERVICE"};
    bool userns = p->host_users == TRI_NO;
    const struct {
        bool broken;
        const char *field, *what;
    } checks[] = {
        {k->allow_privilege_escalation != TRI_NO, "securityContext.allowPrivilegeEscalation",
         "privilege escalation is not turned off"},
        {!facts_has(&k->caps_drop, "ALL") || adds_beyond(k, caps, ARRAY_LEN(caps)),
         "securityContext.capabilities", "not all capabilities are dropped"},
        {!userns && (k->run_as_non_root != TRI_YES || k->run_as_user == 0),
         "securityContext.runAsNonRoot", "it may run as root"},
        {strcmp(k->seccomp, "RuntimeDefault") != 0 && !g_str_has_prefix(k->seccomp, "Localhost"),
         "securityContext.seccompProfile", "it names no seccomp profile"},
    };

    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (checks[i].broken) {
            *what = checks[i].what;
            return checks[i].field;
        }
    return NULL;
}

static struct breach baseline(const struct fact_pod *p, struct arena *a)
{
    if (p->host_network || p->host_pid || p->host_ipc)
        return (struct breach){p->host_network ? "spec.hostNetwork"
                               : p->host_pid   ? "spec.hostPID"
                                               : "spec.hostIPC",
                               "a namespace of the node", true};
    for (size_t i = 0; i < p->nvolumes; i++)
        if (p->volumes[i].type == VOLUME_HOST_PATH)
            return (struct breach){arena_printf(a, "spec.volumes[%zu].hostPath", i),
                                   "a path of the node", true};
    for (size_t i = 0; i < p->ncontainers; i++) {
        struct breach b = {.certain = true};
        const char *field = baseline_container(p, &p->containers[i], &b.what);

        if (!field)
            continue;
        b.field = escape_field(a, p, &p->containers[i], field);
        return b;
    }
    return (struct breach){0};
}

/* Its controls came in with versions, so a pinned one may lack some; Windows pods are let off. */
static struct breach restricted(const struct facts *f, const struct fact_namespace *ns,
                                const struct fact_pod *p, struct arena *a)
{
    const struct fact_node *node = *p->node ? facts_node(f, p->node) : NULL;
    const char *pinned = facts_label(&ns->meta, ENFORCE "-version");

    for (size_t i = 0; i < p->ncontainers; i++) {
        struct breach b = {.certain = (!pinned || strcmp(pinned, "latest") == 0) &&
                                      !(node && nodes_windows(node))};
        const char *field = restricted_container(p, &p->containers[i], &b.what);

        if (!field)
            continue;
        b.field = escape_field(a, p, &p->containers[i], field);
        return b;
    }
    return (struct breach){0};
}

enum verdict podsecurity_pod_again(const struct facts *f, const struct fact_namespace *ns,
                                   const struct fact_pod *p, struct arena *a, struct evidence *why)
{
    const char *value = facts_label(&ns->meta, ENFORCE);
    enum podsecurity_level level = value ? podsecurity_level(value) : PODSECURITY_PRIVILEGED;

    if (level == PODSECURITY_PRIVILEGED)
        return VERDICT_YES;
    struct breach b = baseline(p, a);
    if (!b.field && level == PODSECURITY_RESTRICTED)
        b = restricted(f, ns, p, a);
    if (!b.field)
        return VERDICT_YES;

    struct podsecurity ps = podsecurity_of(f, ns, a);
    bool sure = ps.privileged == VERDICT_BLOCKED && b.certain;
    *why = (struct evidence){
        .object = arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = b.field,
        .reason = arena_printf(a, "the pod has what Pod Security level \"%.40s\" refuses (%s)%s%s",
                               value, b.what, sure ? "" : "; ",
                               sure ? ""
                               : ps.privileged != VERDICT_BLOCKED
                                   ? ps.reason
                                   : "whether this version of the level does is not "
                                     "certain"),
    };
    return sure ? VERDICT_BLOCKED : VERDICT_UNKNOWN;
}
