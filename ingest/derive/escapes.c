/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of escapes, and how one row meets one container. */
#include "ingest/derive/escapes.h"

#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"

#define CAP(name) ESCAPE_CAP(CAP_##name)

static bool has(const struct escapes_case *c, uint64_t caps)
{
    return (escape_caps(c->k, c->node) & caps) == caps;
}

static bool begins_with_any(const char *s, const char *const *heads, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(s, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

static bool cgroup_v1(const struct escapes_case *c, struct escape_guard *out)
{
    static const char os[] = "status.nodeInfo.osImage";
    int version = nodes_cgroup(c->node);

    if (version == 2)
        *out = (struct escape_guard){VERDICT_BLOCKED, os,
                                     "the node's OS starts with cgroup version 2, which has no "
                                     "release agent"};
    else if (c->node && *c->node->kubelet &&
             gates_hold_at(c->node->kubelet, GATE_CGROUP_V1) == TRI_UNSET)
        *out = (struct escape_guard){VERDICT_UNKNOWN, "status.nodeInfo.kubeletVersion",
                                     "this kubelet refuses cgroup version 1 unless told otherwise"};
    else if (version == 0)
        *out = (struct escape_guard){VERDICT_UNKNOWN, os,
                                     "whether the node uses cgroup version 1 is not known"};
    return true;
}

/* I/O ports are a matter of x86. */
static bool io_ports(const struct escapes_case *c, struct escape_guard *out)
{
    const char *arch = c->node ? c->node->arch : "";

    if (*arch && strcmp(arch, "amd64") != 0 && strcmp(arch, "386") != 0) {
        out->why = "the node's architecture has no I/O ports";
        return false;
    }
    *out = (struct escape_guard){VERDICT_UNKNOWN, "status.nodeInfo",
                                 "what hardware the node's I/O ports reach, and whether its kernel "
                                 "is locked down, is not known"};
    return true;
}

/* CRI-O gives fewer capabilities by default than other runtimes. */
static bool raw_sockets(const struct escapes_case *c, struct escape_guard *out)
{
    if (c->node && strncmp(c->node->runtime, "cri-o:", 6) == 0 &&
        !(escape_caps_added(c->k) & (CAP(NET_ADMIN) | CAP(NET_RAW))))
        *out = (struct escape_guard){VERDICT_UNKNOWN, "status.nodeInfo.containerRuntimeVersion",
                                     "CRI-O gives NET_RAW by default only if its configuration "
                                     "says so"};
    return true;
}

static bool local_services(const struct escapes_case *c, struct escape_guard *out)
{
    (void)c;
    *out = (struct escape_guard){VERDICT_UNKNOWN, "spec.hostNetwork",
                                 "what listens on the node for itself alone is not known"};
    return true;
}

static bool shared_memory(const struct escapes_case *c, struct escape_guard *out)
{
    (void)c;
    *out = (struct escape_guard){VERDICT_UNKNOWN, "spec.hostIPC",
                                 "which processes of the node share memory is not known"};
    return true;
}

/* Whether the pod was read from a server, which had admitted it; a manifest was not. */
static bool admitted(const struct fact_pod *p)
{
    return *p->meta.uid && !p->meta.predicted;
}

static bool unmasked(const struct escapes_case *c, struct escape_guard *out)
{
    static const char field[] = "spec.hostUsers";
    enum tri gate = gates_hold(c->f, GATE_UNMASKED_NEEDS_USERNS);

    if (strcmp(c->k->proc_mount, "Unmasked") != 0) {
        out->why = "procMount is not Unmasked";
        return false;
    }
    if (gate == TRI_YES && !admitted(c->p))
        *out = (struct escape_guard){VERDICT_BLOCKED, field,
                                     "servers from 1.30 on admit an unmasked /proc only with "
                                     "hostUsers: false"};
    else if (gate == TRI_NO && !admitted(c->p))
        *out = (struct escape_guard){VERDICT_UNKNOWN, field,
                                     "servers before 1.30 drop procMount unless told to take it, "
                                     "which the API does not show"};
    else if (gate != TRI_NO)
        *out = (struct escape_guard){VERDICT_UNKNOWN, field,
                                     "servers from 1.30 on admit an unmasked /proc only with "
                                     "hostUsers: false; whether it was unmasked when this pod was "
                                     "admitted is not known"};
    return true;
}

/* Looking is what is left where tracing is not certain. */
static bool no_tracing(const struct escapes_case *c, struct escape_guard *out)
{
    const struct escapes_row *trace = escapes_find(EDGE_CE_SYS_PTRACE);
    struct escapes_found found;

    if (escape_uid(c->k) == ESCAPE_OTHER) {
        out->why = "it does not run as root";
        return false;
    }
    if (escapes_judge(trace, c, &found) && found.verdict == VERDICT_YES) {
        out->why = "it may trace all processes, which is more";
        return false;
    }
    static const struct fact_container plain; /* with the default set */
    if (escape_caps(&plain, NULL) & ~escape_caps(c->k, c->node))
        *out = (struct escape_guard){
            VERDICT_UNKNOWN, escape_field(c->a, c->p, c->k, "securityContext.capabilities.drop"),
            "it lacks capabilities that containers have by default, so it is shown few of their "
            "processes, if any"};
    return true;
}

#define E CLASS_EASY
#define M CLASS_MODERATE
#define H CLASS_HARD

/* clang-format off */
const struct escapes_row escapes_rows[] = {
    {.kind = EDGE_CE_PRIV_MOUNT, .root = true, .class = E, .locked = E,
     .privileged = "a privileged container sees the disks of the node"},
    {.kind = EDGE_CE_NSENTER, .root = true, .class = CLASS_TRIVIAL, .locked = CLASS_TRIVIAL,
     .host = ESCAPES_PID, .host_why = "the container sees the processes of the node",
     .caps = {{CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | CAP(SYS_CHROOT), "SYS_ADMIN and SYS_PTRACE (and SYS_CHROOT) let it enter their namespaces"}},
     .privileged = "a privileged container may enter their namespaces",
     .apparmor = "AppArmor's default profile keeps it from tracing the node"},
    {.kind = EDGE_CE_MODULE_LOAD, .root = true, .class = E, .locked = H,
     .caps = {{CAP(SYS_MODULE), "SYS_MODULE loads modules into the kernel of the node"}},
     .privileged = "a privileged container loads modules into the kernel of the node"},
    {.kind = EDGE_CE_SYS_PTRACE, .root = true, .class = M, .locked = M, .left_to_privileged = true,
     .host = ESCAPES_PID, .host_why = "the container sees the processes of the node",
     .caps = {{CAP(SYS_PTRACE), "SYS_PTRACE lets it write code into any of them"}},
     .apparmor = "AppArmor's default profile keeps it from tracing the node"},
    {.kind = EDGE_CE_CGROUP_RELEASE_AGENT, .root = true, .class = M, .locked = M, .left_to_privileged = true,
     .caps = {{CAP(SYS_ADMIN), "SYS_ADMIN mounts a cgroup hierarchy and names its release agent"}},
     .apparmor = "AppArmor's default profile forbids it to mount", .also = cgroup_v1},
    {.kind = EDGE_CE_DAC_READ_SEARCH, .root = true, .class = E, .locked = E, .left_to_privileged = true,
     .caps = {{CAP(DAC_READ_SEARCH), "DAC_READ_SEARCH opens any file on the disk behind its mounts by handle: the kubelet's credentials, keys"}}},
    {.kind = EDGE_CE_SYS_RAWIO, .root = true, .class = H, .locked = CLASS_RARE, .left_to_privileged = true,
     .caps = {{CAP(SYS_RAWIO), "SYS_RAWIO speaks to devices of the node through I/O ports"}},
     .also = io_ports},
    {.kind = EDGE_CE_BPF, .root = true, .class = M, .locked = H, .left_to_privileged = true,
     .caps = {{CAP(SYS_ADMIN), "SYS_ADMIN attaches programs to the kernel of the node, which read and alter its processes"},
              {CAP(BPF) | CAP(PERFMON), "BPF and PERFMON attach programs to the kernel of the node, which read its processes"}}},
    {.kind = EDGE_CE_HOSTNET_MITM, .target = ESCAPES_TRAFFIC, .root = true, .class = M, .locked = M,
     .host = ESCAPES_NET, .host_why = "the container is in the network of the node",
     .caps = {{CAP(NET_ADMIN), "NET_ADMIN changes routes and packet filters of the node"},
              {CAP(NET_RAW), "NET_RAW reads and forges packets of the node; it is in the default set"}},
     .privileged = "a privileged container changes routes and packet filters of the node", .also = raw_sockets},
    {.kind = EDGE_CE_HOSTNET_LOCAL, .class = H, .locked = H,
     .host = ESCAPES_NET, .host_why = "the container reaches what listens on the node's loopback and its abstract sockets",
     .also = local_services},
    {.kind = EDGE_CE_HOST_IPC, .class = CLASS_RARE, .locked = CLASS_RARE,
     .host = ESCAPES_IPC, .host_why = "the container shares message queues and memory segments with the node",
     .also = shared_memory},
    {.kind = EDGE_CE_PROC_UNMASKED, .root = true, .class = M, .locked = M, .left_to_privileged = true,
     .apparmor = "AppArmor's default profile keeps it from writing to /proc/sys", .also = unmasked},
    {.kind = EDGE_HOST_PID_PEEK, .target = ESCAPES_NODE_PODS, .class = H, .locked = H, .left_to_privileged = true,
     .host = ESCAPES_PID, .host_why = "the container sees environment and files of processes that have no capabilities beyond its own",
     .also = no_tracing},
};
/* clang-format on */
const size_t escapes_count = ARRAY_LEN(escapes_rows);

#undef E
#undef M
#undef H

const struct escapes_row *escapes_find(enum edge_kind kind)
{
    for (size_t i = 0; i < escapes_count; i++)
        if (escapes_rows[i].kind == kind)
            return &escapes_rows[i];
    return NULL;
}

bool escapes_locked_os(const struct fact_node *node)
{
    static const char *const locked[] = {"Bottlerocket", "Container-Optimized OS", "Talos"};

    return node && begins_with_any(node->os_image, locked, ARRAY_LEN(locked));
}

/* A judgement while it is made. */
struct work {
    const struct escapes_row *r;
    const struct escapes_case *c;
    struct escapes_found *out;
    const char *object;
    bool spelled; /* a capability depends on whether the runtime knows names with CAP_ */
};

static void say(struct work *w, const char *field, const char *reason)
{
    const struct meta *pod = &w->c->p->meta;

    if (!w->object) /* most rows fit no container, and need no text */
        w->object = arena_printf(w->c->a, "Pod %s/%s", pod->ns, pod->name);
    if (w->out->nev < ESCAPES_MAX_EVIDENCE)
        w->out->ev[w->out->nev++] = (struct evidence){w->object, w->c->p->meta.uid, field, reason};
}

static const char *field_of(const struct work *w, const char *field)
{
    return escape_field(w->c->a, w->c->p, w->c->k, field);
}

static bool host_fits(struct work *w)
{
    const struct fact_pod *p = w->c->p;
    const struct {
        unsigned bit;
        bool on;
        const char *field, *missing;
    } all[] = {
        {ESCAPES_PID, p->host_pid, "spec.hostPID", "the pod has no hostPID"},
        {ESCAPES_NET, p->host_network, "spec.hostNetwork", "the pod has no hostNetwork"},
        {ESCAPES_IPC, p->host_ipc, "spec.hostIPC", "the pod has no hostIPC"},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!(w->r->host & all[i].bit))
            continue;
        if (!all[i].on) {
            w->out->missing = all[i].missing;
            return false;
        }
        say(w, all[i].field, w->r->host_why);
    }
    return true;
}

/* Which capabilities of the row the container has, those first that it surely has; -1 none. */
static int way_of(const struct work *w)
{
    uint64_t doubtful = escape_caps_doubtful(w->c->k, w->c->node);
    int found = -1;

    for (int i = ARRAY_LEN(w->r->caps) - 1; i >= 0; i--) {
        uint64_t all = w->r->caps[i].all;
        if (all && has(w->c, all) && (found < 0 || !(all & doubtful)))
            found = i;
    }
    return found;
}

static bool rights_fit(struct work *w)
{
    const struct escapes_row *r = w->r;
    const struct fact_container *k = w->c->k;

    if (k->privileged == TRI_YES) {
        if (r->left_to_privileged) {
            w->out->missing = "the container is privileged: easier ways are drawn";
            return false;
        }
        if (r->privileged)
            say(w, field_of(w, "securityContext.privileged"), r->privileged);
        return true;
    }
    if (!r->caps[0].all && !r->privileged)
        return true;
    int way = way_of(w);
    if (way >= 0) {
        bool added = (escape_caps_added(k) & r->caps[way].all) != 0;
        say(w, field_of(w, added ? "securityContext.capabilities.add" : "securityContext"),
            r->caps[way].why);
        w->spelled = escape_caps_doubtful(k, w->c->node) & r->caps[way].all;
        return true;
    }
    w->out->missing = r->privileged ? "the container is not privileged and lacks the capabilities"
                                    : "the container lacks the capabilities";
    return false;
}

/* Takes a guard into the verdict. */
static void guarded(struct work *w, const struct escape_guard *g)
{
    if (!g->why)
        return;
    if (g->verdict > w->out->verdict)
        w->out->verdict = g->verdict;
    if (w->out->nev < ESCAPES_MAX_EVIDENCE)
        w->out->ev[w->out->nev++] = escape_evidence(w->c->a, w->c->p, w->c->node, g);
}

/* Profiles that a privileged container does without.  The default ones let through what a
 * capability allows, but for what the row says of AppArmor. */
static void profiles(struct work *w)
{
    const struct fact_container *k = w->c->k;
    struct escape_guard g = escape_apparmor(k, w->c->node);

    if (k->privileged == TRI_YES || (!w->r->caps[0].all && !w->r->apparmor))
        return;
    if (g.why && !w->r->apparmor && !g_str_has_prefix(k->apparmor, "Localhost/"))
        g.why = NULL;
    if (g.why) {
        g.field = field_of(w, g.field);
        g.why = g.verdict == VERDICT_BLOCKED ? w->r->apparmor : g.why;
    }
    guarded(w, &g);
    if (g_str_has_prefix(k->seccomp, "Localhost/"))
        guarded(w, &(struct escape_guard){VERDICT_UNKNOWN, field_of(w, "securityContext"),
                                          "what the node's seccomp profile allows cannot be seen"});
}

bool escapes_judge(const struct escapes_row *r, const struct escapes_case *c,
                   struct escapes_found *out)
{
    struct work w = {.r = r, .c = c, .out = out};
    struct escape_guard sandbox, also = {.verdict = VERDICT_YES};
    enum edge_class class = escapes_locked_os(c->node) ? r->locked : r->class;

    *out = (struct escapes_found){.verdict = VERDICT_YES};
    if (!escape_guard(c->p, c->k, c->node, &sandbox)) {
        out->missing = "the container has ended, never starts (root with runAsNonRoot), or runs on "
                       "Windows";
        return false;
    }
    if (!host_fits(&w) || !rights_fit(&w))
        return false;
    if (r->also && !r->also(c, &also)) {
        out->missing = also.why;
        return false;
    }
    out->class = r->root ? escape_class(c->k, class) : escape_class_any(c->k, class);
    guarded(&w, &sandbox);
    if (r->target != ESCAPES_TRAFFIC) {
        struct escape_guard selinux = escape_selinux(c->k, c->node);
        guarded(&w, &selinux);
    }
    if (w.spelled)
        guarded(&w, &(struct escape_guard){VERDICT_UNKNOWN,
                                           field_of(&w, "securityContext.capabilities"),
                                           "containerd takes names of capabilities without CAP_ "
                                           "only, and which runtime the node has is not known"});
    profiles(&w);
    guarded(&w, &also);
    return true;
}
