/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host path table and how a mount is held against it. */
#include "ingest/derive/hostpath.h"

#include <string.h>

#include <glib.h>

enum {
    TREE = 1,       /* counts for mounts inside it too */
    PREFIX = 2,     /* the path is the beginning of names: /etc/cron -> /etc/cron.d */
    NAMED = 4,      /* counts only if named (or inside), not for a parent: may not exist */
    SOCKET = 8,     /* to connect is enough, so a read-only mount counts */
    PRIVILEGED = 16 /* the device cgroup denies it to all others */
};

/* What a gain is. */
enum gain {
    NOTHING,
    TAKES_NODE,
    TAKES_CLUSTER, /* on control plane nodes; the node on others */
    SHOWS_SECRETS, /* on control plane nodes; nothing on others */
    CLUSTER_ONLY   /* on control plane nodes; nothing on others */
};

struct row {
    const char *path;
    unsigned flags;
    enum gain read;
    enum edge_class read_class;
    enum gain write;
    enum edge_class write_class;
    const char *note;
    const char *runtime; /* of a socket: prefix of the runtime that serves it; NULL: any */
};

#define S CLASS_STRUCTURAL /* of a gain that is nothing */
#define T CLASS_TRIVIAL
#define E CLASS_EASY
#define M CLASS_MODERATE
#define H CLASS_HARD

/* clang-format off */
static const struct row rows[] = {
    /* credentials */
    {"/etc", 0, TAKES_NODE, E, TAKES_NODE, E, "passwords, kubelet credentials and what runs at boot", NULL},
    {"/etc/shadow", 0, TAKES_NODE, M, TAKES_NODE, E, "password hashes", NULL},
    {"/etc/kubernetes/admin.conf", 0, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "the administrator's credentials", NULL},
    {"/etc/kubernetes/super-admin.conf", 0, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "credentials in system:masters", NULL},
    {"/etc/kubernetes/controller-manager.conf", 0, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "the controller manager's credentials", NULL},
    {"/etc/kubernetes/scheduler.conf", 0, TAKES_CLUSTER, M, TAKES_CLUSTER, M, "the scheduler's credentials", NULL},
    {"/etc/kubernetes/kubelet.conf", 0, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's credentials", NULL},
    {"/etc/kubernetes/pki", TREE, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the control plane", NULL},
    {"/var/lib/kubelet", 0, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's credentials and every pod's volumes", NULL},
    {"/var/lib/kubelet/pki", TREE, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's certificate and key", NULL},
    {"/var/lib/kubelet/kubeconfig", 0, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's credentials", NULL},
    {"/var/lib/etcd", TREE, SHOWS_SECRETS, M, CLUSTER_ONLY, M, "the cluster's database", NULL},
    {"/etc/rancher", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "the administrator's kubeconfig", NULL},
    {"/var/lib/rancher", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/lib/rancher/k3s", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/lib/rancher/k3s/server", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the control plane", NULL},
    {"/var/lib/rancher/k3s/agent", TREE | NAMED, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's credentials", NULL},
    {"/var/lib/rancher/rke2", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/lib/rancher/rke2/server", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the control plane", NULL},
    {"/var/lib/rancher/rke2/agent", TREE | NAMED, TAKES_NODE, E, TAKES_NODE, E, "the kubelet's credentials", NULL},
    {"/var/lib/k0s", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/lib/k0s/pki", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the control plane", NULL},
    {"/var/snap/microk8s", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/snap/microk8s/current", NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the distribution", NULL},
    {"/var/snap/microk8s/current/credentials", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "the administrator's kubeconfig", NULL},
    {"/var/snap/microk8s/current/certs", TREE | NAMED, TAKES_CLUSTER, E, TAKES_CLUSTER, E, "keys of the control plane", NULL},
    {"/var/lib/waagent", TREE, TAKES_NODE, M, NOTHING, S, "bootstrap secrets of the machine", NULL},
    {"/var/lib/cloud", TREE, TAKES_NODE, M, NOTHING, S, "bootstrap secrets of the machine", NULL},
    {"/root", 0, TAKES_NODE, M, TAKES_NODE, E, "the administrator's keys and login scripts", NULL},
    {"/home", 0, TAKES_NODE, M, TAKES_NODE, E, "keys and login scripts of users", NULL},
    /* what the node executes */
    {"/etc/kubernetes", 0, TAKES_NODE, E, TAKES_NODE, E, "credentials and static pods", NULL},
    {"/etc/kubernetes/manifests", TREE, NOTHING, S, TAKES_NODE, T, "static pods: the kubelet runs what lies there", NULL},
    {"/etc/cron", PREFIX | TREE, NOTHING, S, TAKES_NODE, E, "cron runs what lies there", NULL},
    {"/var/spool/cron", TREE, NOTHING, S, TAKES_NODE, E, "cron runs what lies there", NULL},
    {"/etc/systemd", TREE, NOTHING, S, TAKES_NODE, E, "systemd runs what is defined there", NULL},
    {"/etc/init.d", TREE, NOTHING, S, TAKES_NODE, E, "it runs at boot", NULL},
    {"/etc/ld.so.preload", 0, NOTHING, S, TAKES_NODE, E, "every program loads it", NULL},
    {"/etc/default", TREE, NOTHING, S, TAKES_NODE, E, "environment and arguments of the node's services", NULL},
    {"/etc/sysconfig", TREE, NOTHING, S, TAKES_NODE, E, "environment and arguments of the node's services", NULL},
    {"/etc/udev/rules.d", TREE, NOTHING, S, TAKES_NODE, E, "names programs that run as root for a device", NULL},
    {"/etc/pam.d", TREE, NOTHING, S, TAKES_NODE, E, "who may log in, and what runs then", NULL},
    {"/etc/passwd", 0, NOTHING, S, TAKES_NODE, E, "who is root", NULL},
    {"/etc/containerd", TREE, NOTHING, S, TAKES_NODE, E, "names the programs that run containers", NULL},
    {"/etc/docker", TREE, NOTHING, S, TAKES_NODE, E, "names the programs that run containers", NULL},
    {"/var/lib/kubelet/config.yaml", 0, NOTHING, S, TAKES_NODE, E, "the kubelet's settings: whom it lets in, what it runs", NULL},
    {"/var/lib/kubelet/kubeadm-flags.env", 0, NOTHING, S, TAKES_NODE, E, "the kubelet's arguments", NULL},
    {"/etc/profile.d", TREE, NOTHING, S, TAKES_NODE, E, "every login runs it", NULL},
    {"/etc/ssh", TREE, TAKES_NODE, M, TAKES_NODE, E, "keys and settings of the SSH server", NULL},
    {"/etc/sudoers", PREFIX | TREE, NOTHING, S, TAKES_NODE, E, "who may become root", NULL},
    {"/etc/cni/net.d", TREE, NOTHING, S, TAKES_NODE, E, "names the plugins that run as root at the next pod", NULL},
    {"/opt/cni/bin", TREE, NOTHING, S, TAKES_NODE, E, "plugins that run as root at the next pod", NULL},
    {"/usr", 0, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/usr/bin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/usr/sbin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/usr/lib", PREFIX | TREE, NOTHING, S, TAKES_NODE, E, "programs and libraries of the node", NULL},
    {"/usr/local", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/bin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/sbin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/lib", PREFIX | TREE, NOTHING, S, TAKES_NODE, E, "libraries of the node", NULL},
    {"/opt", 0, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/opt/bin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/home/kubernetes/bin", TREE, NOTHING, S, TAKES_NODE, E, "programs of the node", NULL},
    {"/boot", TREE, NOTHING, S, TAKES_NODE, M, "the kernel of the next boot", NULL},
    /* container runtimes and other masters of processes */
    {"/run/docker.sock", SOCKET, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", "docker"},
    {"/run/containerd/containerd.sock", SOCKET, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", "containerd"},
    {"/run/k3s/containerd/containerd.sock", SOCKET | NAMED, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", NULL},
    {"/var/snap/microk8s/common/run/containerd.sock", SOCKET | NAMED, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", NULL},
    {"/run/crio/crio.sock", SOCKET, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", "cri-o"},
    {"/run/podman/podman.sock", SOCKET | NAMED, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", NULL},
    {"/run/cri-dockerd.sock", SOCKET, NOTHING, S, TAKES_NODE, T, "the container runtime's socket", "docker"},
    {"/run/buildkit/buildkitd.sock", SOCKET | NAMED, NOTHING, S, TAKES_NODE, T, "the builder's socket", NULL},
    {"/run/systemd", SOCKET | NAMED, NOTHING, S, TAKES_NODE, E, "systemd's socket and units", NULL},
    {"/run/systemd/private", SOCKET | NAMED, NOTHING, S, TAKES_NODE, E, "systemd's socket: root may start programs", NULL},
    {"/run/systemd/system", TREE | NAMED, NOTHING, S, TAKES_NODE, E, "systemd runs what is defined there", NULL},
    {"/run/dbus", SOCKET | NAMED, NOTHING, S, TAKES_NODE, E, "the system bus: systemd starts programs for root", NULL},
    {"/run/dbus/system_bus_socket", SOCKET | NAMED, NOTHING, S, TAKES_NODE, E, "the system bus: systemd starts programs for root", NULL},
    {"/run/containerd", TREE, NOTHING, S, TAKES_NODE, E, "state and files of the containers", NULL},
    {"/var/lib/containerd", TREE, NOTHING, S, TAKES_NODE, E, "files of the containers", NULL},
    {"/var/lib/docker", TREE, NOTHING, S, TAKES_NODE, E, "files of the containers", NULL},
    {"/var/lib/containers", TREE, NOTHING, S, TAKES_NODE, E, "files of the containers", NULL},
    /* the kernel's own file systems */
    {"/proc", 0, NOTHING, S, TAKES_NODE, E, "the kernel runs what core_pattern names", NULL},
    {"/proc/sys", 0, NOTHING, S, TAKES_NODE, E, "the kernel runs what core_pattern names", NULL},
    {"/proc/sys/kernel", 0, NOTHING, S, TAKES_NODE, E, "the kernel runs what core_pattern names", NULL},
    {"/proc/sys/kernel/core_pattern", 0, NOTHING, S, TAKES_NODE, E, "the kernel runs what it names", NULL},
    {"/sys", 0, NOTHING, S, TAKES_NODE, M, "settings of the kernel", NULL},
    {"/sys/kernel/debug", TREE, NOTHING, S, TAKES_NODE, M, "debugging access to the kernel", NULL},
    {"/sys/fs/cgroup", TREE, NOTHING, S, TAKES_NODE, M, "control groups of the node", NULL},
    {"/sys/fs/bpf", TREE, NOTHING, S, TAKES_NODE, M, "programs loaded into the kernel", NULL},
    {"/dev", PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "disks and memory of the node", NULL},
    {"/dev/mem", PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "memory of the node", NULL},
    {"/dev/sd", PREFIX | PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "a disk of the node", NULL},
    {"/dev/vd", PREFIX | PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "a disk of the node", NULL},
    {"/dev/xvd", PREFIX | PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "a disk of the node", NULL},
    {"/dev/nvme", PREFIX | PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "a disk of the node", NULL},
    {"/dev/mapper", TREE | PRIVILEGED, TAKES_NODE, E, TAKES_NODE, E, "disks of the node", NULL},
    /* mostly harmless */
    {"/etc", TREE, NOTHING, S, TAKES_NODE, H, "settings of the node's programs", NULL},
    {"/opt", TREE, NOTHING, S, TAKES_NODE, H, "programs of the node, used or not", NULL},
    {"/tmp", 0, NOTHING, S, TAKES_NODE, H, "temporary files of the node's programs", NULL},
    {"/mnt", 0, NOTHING, S, TAKES_NODE, H, "what is mounted there is not known", NULL},
    {"/data", 0, NOTHING, S, TAKES_NODE, H, "what lies there is not known", NULL},
    {"/lib/modules", TREE, NOTHING, S, TAKES_NODE, H, "kernel modules", NULL},
    {"/usr/lib/modules", TREE, NOTHING, S, TAKES_NODE, H, "kernel modules", NULL},
    {"/etc/localtime", 0, NOTHING, S, TAKES_NODE, H, "a file that programs of the node parse", NULL},
    {"/run/xtables.lock", 0, NOTHING, S, TAKES_NODE, H, "a file that programs of the node open", NULL},
    {"/etc/ssl/certs", TREE, NOTHING, S, TAKES_NODE, H, "whom the node trusts", NULL},
    {"/etc/pki", TREE, NOTHING, S, TAKES_NODE, H, "whom the node trusts", NULL},
    {"/etc/ca-certificates", TREE, NOTHING, S, TAKES_NODE, H, "whom the node trusts", NULL},
    {"/usr/share/ca-certificates", TREE, NOTHING, S, TAKES_NODE, H, "whom the node trusts", NULL},
    {"/usr/local/share/ca-certificates", TREE, NOTHING, S, TAKES_NODE, H, "whom the node trusts", NULL},
};
/* clang-format on */

#undef S
#undef T
#undef E
#undef M
#undef H

/* Adds the components of `path` to `out`; `..` stops at `floor`. */
static void resolve(GString *out, const char *path, size_t floor)
{
    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.') {
            const char *slash = strrchr(out->str, '/');
            size_t to = slash ? (size_t)(slash - out->str) : 0;
            g_string_truncate(out, to < floor ? floor : to);
        } else if (n && !(n == 1 && path[0] == '.')) {
            g_string_append_c(out, '/');
            g_string_append_len(out, path, (gssize)n);
        }
        path += n;
        path += *path == '/';
    }
}

/* Whether `path` is `dir` or lies inside it; every path lies inside "/". */
static bool inside(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    if (n == 1)
        return true;
    return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

const char *hostpath_normalise(struct arena *a, const char *path, const char *sub)
{
    if (*path != '/')
        return NULL;

    g_autoptr(GString) out = g_string_new(NULL);
    resolve(out, path, 0);
    if (sub)
        resolve(out, sub, out->len);
    if (inside(out->str, "/var/run"))
        g_string_erase(out, 0, 4);
    return out->len ? arena_strndup(a, out->str, out->len) : "/";
}

/* Where the mount stands towards a row. */
enum relation { APART, IS, ABOVE, BELOW };

static enum relation relate(const char *path, const struct row *r)
{
    if (strcmp(path, r->path) == 0)
        return IS;
    if (inside(r->path, path))
        return ABOVE;
    if (r->flags & PREFIX && g_str_has_prefix(path, r->path)) {
        const char *rest = path + strlen(r->path);
        return !strchr(rest, '/') ? IS : r->flags & TREE ? BELOW : APART;
    }
    return r->flags & TREE && inside(path, r->path) ? BELOW : APART;
}

static void improve(struct hostpath_gain *g, const struct row *r, enum edge_class class,
                    const char *why)
{
    enum verdict verdict = why ? VERDICT_UNKNOWN : VERDICT_YES;

    if (g->any && (verdict > g->verdict || (verdict == g->verdict && class >= g->class)))
        return;
    *g = (struct hostpath_gain){true, class, verdict, r->path, r->note, why};
}

static void add_read(struct hostpath_effect *e, const struct row *r, bool control_plane)
{
    if (r->read == SHOWS_SECRETS && control_plane)
        improve(&e->read_secrets, r, r->read_class, NULL);
    if (r->read == TAKES_CLUSTER && control_plane)
        improve(&e->read_admin, r, r->read_class, NULL);
    if (r->read == TAKES_NODE || (r->read == TAKES_CLUSTER && !control_plane))
        improve(&e->read_node, r, r->read_class, NULL);
}

static void add_write(struct hostpath_effect *e, const struct row *r, bool control_plane,
                      const char *why)
{
    bool cluster = r->write == TAKES_CLUSTER || r->write == CLUSTER_ONLY;

    if (cluster && control_plane)
        improve(&e->write_admin, r, r->write_class, why);
    if (r->write == TAKES_NODE || (r->write == TAKES_CLUSTER && !control_plane))
        improve(&e->write_node, r, r->write_class, why);
}

/* Whether the row lies on a file system that is mounted somewhere below `path`: a read-only bind
 * mount of `path` leaves that one writable (unless recursiveReadOnly). */
static bool on_submount(const char *path, const struct row *r)
{
    static const char *const points[] = {
        "/boot", "/dev", "/proc", "/run", "/sys/fs/cgroup", "/sys/fs/bpf", "/sys/kernel/debug",
        "/sys"};

    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        if (inside(r->path, points[i]))
            return inside(points[i], path) && strcmp(points[i], path) != 0;
    return false;
}

static void apply(struct hostpath_effect *e, const struct row *r, enum relation rel,
                  const char *path, const struct hostpath_where *where)
{
    const char *why = NULL;

    if (r->flags & PRIVILEGED && !where->privileged)
        return;
    if (rel == ABOVE && r->flags & NAMED)
        return;
    if (r->flags & SOCKET && r->runtime && !g_str_has_prefix(where->runtime, r->runtime)) {
        /* Another runtime than the socket's: named, it may still be there; else surely not. */
        if (rel == ABOVE && *where->runtime)
            return;
        why = "the node does not say that it runs this container runtime";
    }
    add_read(e, r, where->control_plane);
    if (where->read_only && !(r->flags & SOCKET)) {
        if (rel != ABOVE || !on_submount(path, r))
            return;
        why = "readOnly leaves file systems mounted below writable, unless recursiveReadOnly";
    }
    add_write(e, r, where->control_plane, why);
}

/* Directories of keys that tools make in any home; the second component tells a home of its own. */
static bool is_home(const char *path)
{
    static const char *const keys[] = {"/.ssh", "/.kube", "/.aws", "/.docker"};
    const char *user = g_str_has_prefix(path, "/home/") ? path + 6 : NULL;

    if (user && !strchr(user, '/'))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *at = strstr(path, keys[i]);
        size_t n = strlen(keys[i]);
        if (at && (at[n] == '\0' || at[n] == '/'))
            return true;
    }
    return false;
}

/* A public certificate is no key, whatever tree it lies in. */
static bool is_public(const char *path)
{
    return g_str_has_suffix(path, ".crt") || g_str_has_suffix(path, ".pub");
}

struct hostpath_effect hostpath_judge(const char *path, const struct hostpath_where *where)
{
    static const struct row home = {.path = "a home directory",
                                    .read = TAKES_NODE,
                                    .read_class = CLASS_MODERATE,
                                    .write = TAKES_NODE,
                                    .write_class = CLASS_EASY,
                                    .note = "keys and login scripts of a user"};
    struct hostpath_effect e = {0};
    const struct row *around = NULL;
    bool named = false;

    if (is_public(path))
        return e;
    /* Of the trees around the mount only the innermost speaks, and only if no row names it. */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum relation rel = relate(path, &rows[i]);
        if (rel == IS || rel == ABOVE)
            apply(&e, &rows[i], rel, path, where);
        else if (rel == BELOW && (!around || strlen(rows[i].path) > strlen(around->path)))
            around = &rows[i];
        named |= rel == IS;
    }
    if (around && !named)
        apply(&e, around, BELOW, path, where);
    if (is_home(path))
        apply(&e, &home, IS, path, where);
    return e;
}
