/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capabilities, users, user namespaces, sandboxes and AppArmor, as a pod declares them. */
#include "ingest/derive/escape.h"

#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"

static const struct {
    const char *name;
    bool by_default; /* in the set that containerd and Docker give */
} caps[] = {
    [0] = {"CHOWN", true},
    [1] = {"DAC_OVERRIDE", true},
    [CAP_DAC_READ_SEARCH] = {"DAC_READ_SEARCH", false},
    [3] = {"FOWNER", true},
    [4] = {"FSETID", true},
    [5] = {"KILL", true},
    [6] = {"SETGID", true},
    [7] = {"SETUID", true},
    [8] = {"SETPCAP", true},
    [9] = {"LINUX_IMMUTABLE", false},
    [10] = {"NET_BIND_SERVICE", true},
    [11] = {"NET_BROADCAST", false},
    [CAP_NET_ADMIN] = {"NET_ADMIN", false},
    [CAP_NET_RAW] = {"NET_RAW", true},
    [14] = {"IPC_LOCK", false},
    [15] = {"IPC_OWNER", false},
    [CAP_SYS_MODULE] = {"SYS_MODULE", false},
    [CAP_SYS_RAWIO] = {"SYS_RAWIO", false},
    [CAP_SYS_CHROOT] = {"SYS_CHROOT", true},
    [CAP_SYS_PTRACE] = {"SYS_PTRACE", false},
    [20] = {"SYS_PACCT", false},
    [CAP_SYS_ADMIN] = {"SYS_ADMIN", false},
    [22] = {"SYS_BOOT", false},
    [23] = {"SYS_NICE", false},
    [24] = {"SYS_RESOURCE", false},
    [25] = {"SYS_TIME", false},
    [26] = {"SYS_TTY_CONFIG", false},
    [27] = {"MKNOD", true},
    [28] = {"LEASE", false},
    [29] = {"AUDIT_WRITE", true},
    [30] = {"AUDIT_CONTROL", false},
    [31] = {"SETFCAP", true},
    [32] = {"MAC_OVERRIDE", false},
    [33] = {"MAC_ADMIN", false},
    [34] = {"SYSLOG", false},
    [35] = {"WAKE_ALARM", false},
    [36] = {"BLOCK_SUSPEND", false},
    [37] = {"AUDIT_READ", false},
    [CAP_PERFMON] = {"PERFMON", false},
    [CAP_BPF] = {"BPF", false},
    [40] = {"CHECKPOINT_RESTORE", false},
};

#define EVERY ((UINT64_C(1) << ARRAY_LEN(caps)) - 1)

/* The bit that a written name means, 0 for none and for ALL. */
static uint64_t named(const char *name, bool prefixed)
{
    if (g_ascii_strncasecmp(name, "CAP_", 4) == 0) {
        if (!prefixed)
            return 0;
        name += 4;
    }
    for (size_t i = 0; i < ARRAY_LEN(caps); i++)
        if (g_ascii_strcasecmp(name, caps[i].name) == 0)
            return UINT64_C(1) << i;
    return 0;
}

static uint64_t all_named(const struct texts *names, bool prefixed)
{
    uint64_t set = 0;

    for (size_t i = 0; i < names->n; i++)
        set |= named(names->v[i], prefixed);
    return set;
}

static bool says_all(const struct texts *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (g_ascii_strcasecmp(names->v[i], "ALL") == 0)
            return true;
    return false;
}

static bool runs(const struct fact_node *node, const char *runtime)
{
    return node && g_str_has_prefix(node->runtime, runtime);
}

/* ALL first, of either list; then names.  Docker adds last, runtimes of the CRI drop last. */
static uint64_t counted(const struct fact_container *c, bool prefixed, bool add_last)
{
    uint64_t set = 0, add = all_named(&c->caps_add, prefixed),
             drop = all_named(&c->caps_drop, prefixed);

    for (size_t i = 0; i < ARRAY_LEN(caps); i++)
        if (caps[i].by_default)
            set |= UINT64_C(1) << i;
    if (says_all(&c->caps_add))
        set = EVERY;
    if (says_all(&c->caps_drop))
        set = 0;
    return add_last ? (set & ~drop) | add : (set | add) & ~drop;
}

/* containerd writes CAP_ before every name, and knows none that begins so already. */
uint64_t escape_caps(const struct fact_container *c, const struct fact_node *node)
{
    bool docker = runs(node, "docker:"), prefixed = !runs(node, "containerd:");

    if (c->privileged == TRI_YES)
        return EVERY;
    uint64_t set = counted(c, prefixed, docker);
    return node && *node->runtime ? set : set | counted(c, false, docker);
}

uint64_t escape_caps_doubtful(const struct fact_container *c, const struct fact_node *node)
{
    if (c->privileged == TRI_YES || (node && *node->runtime))
        return 0;
    return counted(c, true, false) ^ counted(c, false, false);
}

uint64_t escape_caps_added(const struct fact_container *c)
{
    return c->privileged == TRI_YES || says_all(&c->caps_add) ? EVERY
                                                              : all_named(&c->caps_add, true);
}

enum escape_uid escape_uid(const struct fact_container *c)
{
    if (c->run_as_user == 0)
        return ESCAPE_ROOT;
    /* The kubelet refuses to start root where runAsNonRoot is set, so the image says another. */
    return c->run_as_user > 0 || c->run_as_non_root == TRI_YES ? ESCAPE_OTHER : ESCAPE_ASSUMED;
}

/* Runtime classes are known by name only; these are the names their projects' manuals use. */
bool escape_sandboxed(const struct fact_pod *p)
{
    static const char *const prefixes[] = {"gvisor",      "runsc", "kata",
                                           "firecracker", "quark", "edera"};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (g_ascii_strncasecmp(p->runtime_class, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Whether runAsNonRoot keeps it from starting: the kubelet refuses it root. */
static bool never_starts(const struct fact_container *c)
{
    return c->run_as_user == 0 && c->run_as_non_root == TRI_YES;
}

/* Older kubelets give no user namespace where feature or runtime is missing, and do not say so. */
static bool may_ignore_host_users(const struct fact_node *n)
{
    return n && *n->kubelet && gates_hold_at(n->kubelet, GATE_USER_NAMESPACES) != TRI_YES;
}

bool escape_guard(const struct fact_pod *p, const struct fact_container *c,
                  const struct fact_node *node, struct escape_guard *out)
{
    *out = (struct escape_guard){.verdict = VERDICT_YES};
    if (c->ended || c->host_process || never_starts(c) || (node && nodes_windows(node)))
        return false;
    if (p->host_users == TRI_NO && may_ignore_host_users(node))
        *out = (struct escape_guard){VERDICT_UNKNOWN, "spec.hostUsers",
                                     "kubelets before 1.30 ignore hostUsers where the runtime has "
                                     "no user namespaces, which the API does not show"};
    else if (p->host_users == TRI_NO)
        *out =
            (struct escape_guard){VERDICT_BLOCKED, "spec.hostUsers",
                                  "the pod has a user namespace: its root is nobody on the node"};
    else if (escape_sandboxed(p))
        *out =
            (struct escape_guard){VERDICT_BLOCKED, "spec.runtimeClassName",
                                  "the runtime class is a sandbox: its kernel is not the node's"};
    return true;
}

enum edge_class escape_class_any(const struct fact_container *c, enum edge_class class)
{
    return c->type == CONTAINER_INIT && class < CLASS_HARD ? CLASS_HARD : class;
}

enum edge_class escape_class(const struct fact_container *c, enum edge_class root)
{
    enum edge_class class = root;

    if (escape_uid(c) == ESCAPE_OTHER)
        class = c->allow_privilege_escalation == TRI_NO ? CLASS_HARD : CLASS_MODERATE;
    return escape_class_any(c, class < root ? root : class);
}

struct escape_guard escape_apparmor(const struct fact_container *c, const struct fact_node *node)
{
    /* Their kernels come without AppArmor (SELinux or nothing instead). */
    static const char *const without[] = {"Amazon Linux", "Bottlerocket", "CentOS", "Fedora",
                                          "Flatcar",      "Red Hat",      "Rocky",  "AlmaLinux",
                                          "Oracle Linux", "CBL-Mariner",  "Talos"};
    static const char profile[] = "securityContext.appArmorProfile";

    if (strcmp(c->apparmor, "Unconfined") == 0 || c->privileged == TRI_YES)
        return (struct escape_guard){.verdict = VERDICT_YES};
    if (strcmp(c->apparmor, "RuntimeDefault") == 0)
        return (struct escape_guard){VERDICT_BLOCKED, profile,
                                     "AppArmor's default profile keeps it from tracing the node"};
    if (*c->apparmor)
        return (struct escape_guard){VERDICT_UNKNOWN, profile,
                                     "what the node's AppArmor profile allows cannot be seen"};
    for (size_t i = 0; node && i < ARRAY_LEN(without); i++)
        if (strncmp(node->os_image, without[i], strlen(without[i])) == 0)
            return (struct escape_guard){.verdict = VERDICT_YES};
    return (struct escape_guard){VERDICT_UNKNOWN, profile,
                                 "no profile is named: the runtime's default holds if the node "
                                 "has AppArmor"};
}

struct escape_guard escape_selinux(const struct fact_container *c, const struct fact_node *node)
{
    /* They enforce it as they come. */
    static const char *const enforcing[] = {"Bottlerocket", "Fedora CoreOS", "Fedora Linux CoreOS",
                                            "Red Hat Enterprise Linux CoreOS"};

    for (size_t i = 0; node && c->privileged != TRI_YES && i < ARRAY_LEN(enforcing); i++)
        if (g_str_has_prefix(node->os_image, enforcing[i]))
            return (struct escape_guard){
                VERDICT_UNKNOWN, "status.nodeInfo.osImage",
                "the node's OS enforces SELinux, which keeps a plain container from the node's "
                "files and processes; seLinuxOptions that lift it are not read"};
    return (struct escape_guard){.verdict = VERDICT_YES};
}

struct evidence escape_evidence(struct arena *a, const struct fact_pod *p,
                                const struct fact_node *node, const struct escape_guard *g)
{
    if (node && g_str_has_prefix(g->field, "status.nodeInfo"))
        return (struct evidence){arena_printf(a, "Node %s", node->meta.name), node->meta.uid,
                                 g->field, g->why};
    return (struct evidence){arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name), p->meta.uid,
                             g->field, g->why};
}

const char *escape_field(struct arena *a, const struct fact_pod *p, const struct fact_container *c,
                         const char *field)
{
    static const char *const lists[] = {
        [CONTAINER_MAIN] = "containers",
        [CONTAINER_INIT] = "initContainers",
        [CONTAINER_SIDECAR] = "initContainers",
        [CONTAINER_EPHEMERAL] = "ephemeralContainers",
    };
    size_t at = 0;

    for (const struct fact_container *k = p->containers; k < c; k++)
        at += strcmp(lists[k->type], lists[c->type]) == 0;
    return arena_printf(a, "spec.%s[%zu].%s", lists[c->type], at, field);
}
